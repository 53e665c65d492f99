/** The fault test `handoff`: a worker kills itself at each step between a task's end and its acknowledgement, and what that may cost is a table. */
import { check, type Verdict } from './checker.js'
import { historyOf, type Call } from './history.js'
import { plannedCalls, type PlannedCall } from './plan.js'
import { ladderQueues, lookAtDead } from './queues.js'
import type { Stage } from './stage.js'

/** How often something may happen again, as least and most times per crash. */
type Range = readonly [least: number, most: number]

/** A step, and what dying there may cost. */
export interface HandoffPoint {
  readonly name: string
  /** In words. */
  readonly allowed: string
  /** Further runs of a first attempt. */
  readonly first: Range
  /** Further runs of a second attempt. */
  readonly second: Range
  /** Further copies among the dead letters. */
  readonly dead: Range
  readonly call: (calls: number) => Omit<PlannedCall, 'id'>
}

/** What was seen at one point. */
export interface HandoffSight {
  readonly point: string
  readonly allowed: string
  readonly crashes: number
  readonly firstAgain: number
  readonly secondAgain: number
  readonly deadAgain: number
  readonly verdict: Verdict
}

const REACHED_WITHIN_MS = 30_000
const NEVER: Range = [0, 0]
const ONCE: Range = [1, 1]
const PERHAPS: Range = [0, 1]

const retried = (): Omit<PlannedCall, 'id'> => ({ work: { fails: 1, retries: 3, retryMs: 1_000 } })
const parked = (): Omit<PlannedCall, 'id'> => ({ work: { fails: 1 } })
/** Each of the crashing workers takes a second or so until it is there, and must still find a call that is not due. */
const putOff = (calls: number): Omit<PlannedCall, 'id'> => ({
  delayMs: 6_000 + calls * 1_500,
  road: 'eta',
  work: {},
})

/** Every step of the handoff, in the order in which a delivery passes them. */
export const HANDOFF_POINTS: readonly HandoffPoint[] = [
  point('before-start', 'each attempt runs once', {}),
  point('after-start', 'the attempt runs again', { first: PERHAPS, second: PERHAPS }),
  point('before-retry-publish', 'the attempt runs again; the next one is there once', { first: ONCE }),
  point('after-retry-publish', 'the attempt runs again, and so does the next one, which is there twice', {
    first: ONCE,
    second: ONCE,
  }),
  point('after-ack', 'nothing, or as after-retry-publish where the acknowledgement had not left', {
    first: PERHAPS,
    second: PERHAPS,
  }),
  point('before-park', 'the attempt runs again; one dead letter', { first: ONCE, call: parked }),
  point('after-park', 'the attempt runs again; two dead letters', { first: ONCE, dead: ONCE, call: parked }),
  point('before-postpone-publish', 'nothing', { call: putOff }),
  point('after-postpone-publish', 'it is put off twice, and runs twice', { first: ONCE, call: putOff }),
]

/** One point: as many calls as workers that die there, each on another call, and then one that stays. */
export async function handoff(stage: Stage, point: HandoffPoint, calls: number): Promise<HandoffSight> {
  const planned = plannedCalls(calls, () => point.call(calls))
  const producer = stage.startProducer(planned)
  await stage.until(() => producer.gone, { what: 'everything is sent' })

  for (let crash = 0; crash < calls; crash++) if (!(await crashOnce(stage, point.name, crash))) break
  await stage.startWorker({ concurrency: 1 })
  await stage.untilQuiet([stage.queue, ...ladderQueues(stage.options.namespace)], { silenceMs: 1_500 })
  const { namespace, url } = stage.options
  for (const dead of await lookAtDead(url, `${namespace}.dead`, 1_000)) stage.record({ ev: 'dead', ...dead })
  return sightOf(stage, point, calls)
}

/**
 * The second worker finds what the first one left in hand, passes the point with it, and dies at the next call. False where none died, and
 * the run proves nothing.
 */
async function crashOnce(stage: Stage, name: string, crash: number): Promise<boolean> {
  const passes = crash === 0 ? 1 : 2
  const failpoint = { TASKALOPE_FAILPOINT: `${name}:exit@${passes}` }
  const worker = stage.start('worker', { concurrency: 1 }, failpoint)
  const deadline = performance.now() + REACHED_WITHIN_MS
  await stage.until(() => worker.gone || performance.now() > deadline)
  if (!worker.gone) {
    await stage.kill(worker, 'worker-kill')
    return false
  }
  const { signal } = await worker.ended
  if (signal !== 'SIGKILL') {
    throw new Error(`A worker that should die at ${name} ended by itself:\n${worker.output()}`)
  }
  stage.record({ ev: 'fault', what: 'failpoint', pid: worker.pid })
  return true
}

function sightOf(stage: Stage, point: HandoffPoint, calls: number): HandoffSight {
  const events = stage.ledger.events()
  const { calls: byId, outages } = historyOf(events)
  const all = [...byId.values()]
  const crashes = outages.filter(({ what }) => what === 'failpoint').length
  const sight = {
    firstAgain: sum(all, (call) => again(call, 1)),
    secondAgain: sum(all, (call) => again(call, 2)),
    deadAgain: sum(all, ({ dead }) => Math.max(0, dead.length - 1)),
  }
  const verdict = check(events, { calls, faults: { failpoint: calls } })
  const failures = [
    ...verdict.failures,
    ...outside('first attempts', sight.firstAgain, point.first, crashes),
    ...outside('second attempts', sight.secondAgain, point.second, crashes),
    ...outside('dead letters', sight.deadAgain, point.dead, crashes),
  ]
  const result = failures.length > 0 ? 'failed' : verdict.result
  return {
    point: point.name,
    allowed: point.allowed,
    crashes,
    ...sight,
    verdict: { ...verdict, result, failures },
  }
}

function again({ runs }: Call, attempt: number): number {
  return Math.max(0, runs.filter((run) => run.attempt === attempt).length - 1)
}

function sum(calls: readonly Call[], of: (call: Call) => number): number {
  return calls.reduce((total, call) => total + of(call), 0)
}

function outside(what: string, seen: number, [least, most]: Range, crashes: number): string[] {
  if (seen >= least * crashes && seen <= most * crashes) return []
  return [
    `${seen} repeated ${what} at ${crashes} crashes; allowed are ${least * crashes} to ${most * crashes}.`,
  ]
}

function point(
  name: string,
  allowed: string,
  costs: Partial<Omit<HandoffPoint, 'name' | 'allowed'>>,
): HandoffPoint {
  return { name, allowed, first: NEVER, second: NEVER, dead: NEVER, call: retried, ...costs }
}
