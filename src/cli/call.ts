/** `taskalope call`: sends one call by its name, and waits for its result where that is asked. */
import { valueToJson, type Taskalope } from '../app.js'
import { systemClock } from '../kernel/clock.js'
import { BrokerError, isTaskalopeError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import type { CallInput } from './command-inputs.js'
import { connectWithin } from './connect.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { isEmbedded, nobodyThere, openApp } from './open-app.js'
import { jsonLine, type Output } from './output.js'
import { jsonArray, jsonObject } from './parse-json.js'
import { quoted } from './parse-options.js'
import type { Surroundings } from './surroundings.js'
import { commandLogger } from './terminal-logger.js'

/** Prints the id of the call or, having waited, its result. */
export async function call(input: CallInput, { output, stderr, folder }: Surroundings): Promise<ExitCode> {
  const args = input.args === undefined ? [] : jsonArray('ARGS', input.args)
  const options = sendOptions(input)
  // What goes wrong on the way to a broker is told once, as an error; what a task logs that this process carries out is not.
  const isElsewhere = (input.broker ?? process.env['TASKALOPE_BROKER_URL'] ?? '') !== ''
  const logger = commandLogger(isElsewhere ? 'silent' : 'warn', stderr, output.json)
  const { app } = await openApp(input, {
    ...{ folder, logger, results: input.waitMs !== undefined },
    // How a queue is to be declared only the app knows that works on it; declared otherwise, it would stand in that app's way.
    declareQueues: !isElsewhere || (input.modules.length > 0 && input.queue === undefined),
  })
  try {
    if (await isEmbedded(app)) refuseNobody(input, app)
    await connectWithin(app, input.connectTimeoutMs, output)
    warnOfTypo(input.task, app, output)
    await sendAndTell(input, { app, args, options }, output)
    return EXIT.done
  } finally {
    await app.close()
  }
}

/** On the embedded broker only this very process can carry the call out, and only while it waits. */
function refuseNobody({ task, waitMs, broker }: CallInput, app: Taskalope): void {
  if (waitMs !== undefined && app.registry.has(task)) return
  if (broker !== undefined && waitMs !== undefined) return
  throw nobodyThere(
    'The call would go to the embedded broker inside this process, and be gone with it.',
    '\nOr let this process carry it out: taskalope call … --load ./dist/tasks.js --wait',
  )
}

/** Only a warning: a task of another program need not be known here. */
function warnOfTypo(task: string, app: Taskalope, output: Output): void {
  const names = app.registry.names()
  if (names.length === 0 || app.registry.has(task)) return
  const [nearest] = nearestNames(task, names)
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  const text = `${quoted(task)} is not among the ${names.length} loaded tasks; it is sent all the same.${hint}`
  output.note({ warning: text }, text)
}

interface Call {
  readonly app: Taskalope
  readonly args: readonly unknown[]
  readonly options: ReturnType<typeof sendOptions>
}

async function sendAndTell(input: CallInput, { app, args, options }: Call, output: Output): Promise<void> {
  const { task, waitMs } = input
  const queue = input.queue ?? app.registry.get(task)?.queue ?? app.defaultQueue
  const result = await app.sendTask(task, args, { ...options, queue }).catch((error: unknown) => {
    throw isUnroutable(error) ? noQueue(queue, error) : error
  })
  const fact = { id: result.id, task, queue }
  if (waitMs === undefined) return output.tell(fact, result.id)
  const dueInMs = timeUntilDue(input)
  if (!output.json) {
    const due = dueInMs === 0 ? '' : `due in ${durationInWords(dueInMs)}; `
    const limit = `waiting up to ${durationInWords(waitMs)}${dueInMs === 0 ? '' : ' after that'}`
    output.note(fact, `Sent to queue ${quoted(queue)} as ${result.id}; ${due}${limit}.`)
  }
  const value = valueToJson(await result.get({ timeout: dueInMs + waitMs }))
  output.tell(`${jsonLine({ ...fact, state: 'SUCCESS' }).slice(0, -1)},"result":${value}}`, value)
}

/** In whole seconds, as the broker counts. */
function timeUntilDue({ countdownMs = 0, etaAt }: CallInput): number {
  const ms = etaAt === undefined ? countdownMs : etaAt - systemClock.now()
  return Math.max(0, Math.ceil(ms / 1000) * 1000)
}

function isUnroutable(error: unknown): error is BrokerError {
  return isTaskalopeError(error, 'ERR_REFUSED') && (error as BrokerError).reason === 'unroutable'
}

function noQueue(queue: string, cause: BrokerError): BrokerError {
  return new BrokerError(
    'ERR_REFUSED',
    `There is no queue ${quoted(queue)}, so nothing was sent. Start a worker, which declares its queues, or name the modules of the task with --load.`,
    { cause, reason: 'unroutable' },
  )
}

function sendOptions(input: CallInput) {
  const { kwargs, priority, countdownMs, etaAt, expiresMs, id, ignoreResult } = input
  return {
    ...(kwargs !== undefined && { kwargs: jsonObject('--kwargs', kwargs) }),
    ...(priority !== undefined && { priority }),
    ...(countdownMs !== undefined && { countdown: countdownMs }),
    ...(etaAt !== undefined && { eta: new Date(etaAt) }),
    ...(expiresMs !== undefined && { expires: expiresMs }),
    ...(id !== undefined && { taskId: id }),
    ...(ignoreResult && { ignoreResult }),
  }
}
