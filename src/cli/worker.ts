/** `taskalope worker`: starts a worker, says what it does, and stops it when a signal asks: warm first, then cold. */
import type { Taskalope } from '../app.js'
import { keepProcessAlive } from '../kernel/clock.js'
import type { Logger } from '../kernel/logger.js'
import type { WorkerInput } from './command-inputs.js'
import { connectWithin } from './connect.js'
import type { ExitCode } from './exit-codes.js'
import { requireTasks } from './find-app.js'
import { isEmbedded, nobodyThere, openApp } from './open-app.js'
import type { Output } from './output.js'
import type { Surroundings } from './surroundings.js'
import { commandLogger } from './terminal-logger.js'
import { tellBanner } from './worker-banner.js'
import { WorkerStop } from './worker-stop.js'

/** Runs until it is told to stop, or cannot start. */
export async function runWorker(input: WorkerInput, surroundings: Surroundings): Promise<ExitCode> {
  const { output, stderr, folder, version } = surroundings
  const logger = commandLogger(input.logLevel ?? 'info', stderr, output.json)
  const { app, modules, loggerTaken } = await openApp(input, { folder, logger, results: true })
  requireTasks(app, modules)
  await refuseNobody(input, app)
  const worker = app.worker(workerOptions(input, app))
  const queues = input.queues ?? app.queues()
  await tellBanner({ version, app, worker, queues, modules }, output)
  warn(input, loggerTaken, output)
  return work({ app, worker, input, logger }, surroundings)
}

interface Running {
  readonly app: Taskalope
  readonly worker: ReturnType<Taskalope['worker']>
  readonly input: WorkerInput
  readonly logger: Logger
}

async function work(
  { app, worker, input, logger }: Running,
  { output, fatal }: Surroundings,
): Promise<ExitCode> {
  const stop = new WorkerStop({ worker, output, logger, fatal })
  // Nothing else keeps the process alive on the embedded broker, or between two attempts to connect.
  const alive = keepProcessAlive()
  try {
    const started = start({ app, worker, input, logger }, output)
    if (await Promise.race([started.then(() => false), stop.asked.then(() => true)])) started.catch(() => {})
    await stop.asked
    return await stop.carryOut()
  } finally {
    stop.end()
    await app.close()
    alive.stop()
  }
}

async function start({ app, worker, input }: Running, output: Output): Promise<void> {
  await connectWithin(app, input.connectTimeoutMs, output)
  await worker.start()
  const count = worker.queues.length
  output.tell(
    { event: 'ready', queues: worker.queues },
    `Ready: waiting for calls on ${count === 1 ? '1 queue' : `${count} queues`}.`,
  )
}

async function refuseNobody({ broker }: WorkerInput, app: Taskalope): Promise<void> {
  if (broker !== undefined || !(await isEmbedded(app))) return
  throw nobodyThere(
    'This worker would work on the embedded broker inside its own process, where nothing that another process sends can ever arrive.',
    '\nOr, for tasks that the modules themselves send: taskalope worker … --broker memory://',
  )
}

function workerOptions(input: WorkerInput, app: Taskalope) {
  const { queues = app.queues(), concurrency, prefetch, shutdownTimeoutMs, name } = input
  return {
    queues,
    ...(concurrency !== undefined && { concurrency }),
    ...(prefetch !== undefined && { prefetch }),
    ...(shutdownTimeoutMs !== undefined && { shutdownTimeout: shutdownTimeoutMs }),
    ...(name !== undefined && { name }),
  }
}

function warn({ broker = '', logLevel }: WorkerInput, loggerTaken: boolean, output: Output): void {
  const warnings = [
    /:\/\/[^/@]*:[^/@]+@/.test(broker) &&
      'The password in --broker is shown by `ps` to everybody on this machine. TASKALOPE_BROKER_URL is not.',
    logLevel !== undefined &&
      !loggerTaken &&
      'The app logs through a logger of its own, so --log-level changes nothing.',
  ]
  for (const text of warnings) if (text !== false) output.note({ warning: text }, `Note: ${text}`)
}
