/** The fault test `replay`: thousands of dead letters are sent again from the command line, which is killed, and so is the broker. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, type Verdict } from './checker.js'
import { plannedCalls, type Chance } from './plan.js'
import { ladderQueues, lookAtDead, readyIn } from './queues.js'
import type { Actor, Stage } from './stage.js'

/** How much of it. */
export interface ReplayOptions {
  readonly calls: number
  /** Whether the broker is killed as well as the command line; takes a stage with a node of its own. */
  readonly killBroker: boolean
  readonly chance: Chance
}

const CLI = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist/cli/main.js')
const CONCURRENCY = 50
/** How many letters the command line has on their way at a time; each may go twice. */
const AT_A_TIME = 100
const PERCENT_STUBBORN = 10
/** A run that is to be interrupted takes this long. */
const SECONDS = 6

/**
 * All calls fail, are replayed through two kills, and succeed; but for the stubborn ones, which fail again, are replayed once more, and end
 * as dead letters that were replayed twice.
 */
export async function replay(stage: Stage, options: ReplayOptions): Promise<Verdict> {
  const { calls, chance } = options
  const planned = plannedCalls(calls, () => ({
    work: { stubborn: chance.whole(1, 100) <= PERCENT_STUBBORN },
  }))
  const stubborn = new Set(planned.filter(({ work }) => work.stubborn).map(({ id }) => id))
  const producer = stage.startProducer(planned)
  await workThrough(stage, { life: 0, failing: 'all' })
  await stage.until(() => producer.gone, { what: 'everything is sent' })

  await replayOverKills(stage, options)
  await workThrough(stage, { life: 1, failing: 'stubborn' })
  await replayTheRest(stage)
  await workThrough(stage, { life: 2, failing: 'stubborn' })
  for (const dead of await lookAtDead(stage.options.url, deadLettersOf(stage))) {
    stage.record({ ev: 'dead', ...dead })
  }
  return check(stage.ledger.events(), {
    calls,
    faults: { 'cli-kill': 1, ...(options.killBroker && { 'broker-kill': 1 }) },
    endsDead: ({ id }) => stubborn.has(id),
    replays: 2,
    lives: ({ id }) => (stubborn.has(id) ? 3 : 2),
    // The stubborn ones come three times, and take their copies along.
    maxDuplicates: 2 * 2 * AT_A_TIME,
  })
}

/** A worker runs everything that is there, and is stopped. */
async function workThrough(
  stage: Stage,
  how: { readonly life: number; readonly failing: string },
): Promise<void> {
  const worker = await stage.startWorker({ concurrency: CONCURRENCY, ...how })
  await stage.untilQuiet([stage.queue, ...ladderQueues(stage.options.namespace)])
  worker.kill('SIGTERM')
  await stage.until(() => worker.gone, { what: 'the worker has stopped' })
}

async function replayOverKills(stage: Stage, { calls, killBroker }: ReplayOptions): Promise<void> {
  const { url } = stage.options
  const passes = Math.floor(calls / 4)
  const first = startRetry(stage, [], { TASKALOPE_FAILPOINT: `after-replay-publish:exit@${passes}` })
  await stage.until(() => first.gone, { what: 'the command line kills itself' })
  if ((await first.ended).signal === 'SIGKILL') {
    stage.record({ ev: 'fault', what: 'cli-kill', pid: first.pid })
    stage.options.say(`\`dlq retry\` is killed after ${await readyIn(url, [stage.queue])} letters.`)
  }
  if (!killBroker) return replayTheRest(stage)

  await stage.queuesAreOnDisk([stage.queue, deadLettersOf(stage)])
  const second = startRetry(stage, ['--rate', String(Math.ceil(calls / SECONDS))])
  const isHalfWay = async () => second.gone || (await readyIn(url, [stage.queue])) >= calls / 2
  await stage.until(isHalfWay, { what: 'half of the letters are sent again' })
  const connections = await stage.connections()
  await stage.killBroker()
  // Who has no connection, or has ended, is not hit by it.
  if (!second.gone && connections > 0) stage.record({ ev: 'disconnect', pid: second.pid })
  await stage.restartBroker()
  await stage.until(() => second.gone, { timeoutMs: 120_000, what: '`dlq retry` has ended' })
  stage.options.say(`\`dlq retry\` ended with exit code ${(await second.ended).exitCode}.`)
  await replayTheRest(stage)
}

/** As somebody would who sees that some are left. */
async function replayTheRest(stage: Stage): Promise<void> {
  const rest = startRetry(stage, [])
  await stage.until(() => rest.gone, { timeoutMs: 120_000, what: '`dlq retry` has ended' })
}

function startRetry(
  stage: Stage,
  options: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Actor {
  const { url, namespace } = stage.options
  const where = ['--broker', url, '--namespace', namespace, '--connect-timeout', '60s']
  return stage.run('dlq-retry', [CLI, 'dlq', 'retry', '--yes', '--json', ...where, ...options], env)
}

function deadLettersOf(stage: Stage): string {
  return `${stage.options.namespace}.dead`
}
