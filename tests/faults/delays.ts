/** The fault test `delays`: the broker is killed while thousands of calls wait in the delay ladder. */
import { check, type Verdict } from './checker.js'
import { plannedCalls, type Chance } from './plan.js'
import { ladderQueues } from './queues.js'
import type { Stage } from './stage.js'

/** How much of it. */
export interface DelaysOptions {
  readonly calls: number
  readonly kills: number
  /** The longest delay. */
  readonly longestMs: number
  /** How long sending takes, but for those that are sent after the last kill. */
  readonly sendingSeconds: number
  /** After how long RabbitMQ tries again to move on what found no way; default its own three minutes. */
  readonly deadLetterRetryMs?: number
  readonly chance: Chance
}

const WORKERS = 2
const CONCURRENCY = 20
/** What a sender may have on its way without a confirmation. */
const IN_FLIGHT = 200
const SHORTEST_MS = 1_000
/**
 * A restarted RabbitMQ (3.10.8) may start to empty a delay queue before its bindings are back. What then finds no way is tried again after
 * three minutes, and all the queue holds waits behind it: late, and not lost.
 */
const QUIET_WITHIN_MS = 500_000
/** The share that is sent after the last kill: they show what delays are like without any. */
const AFTERWARDS = 0.1

/** Sends, kills while they wait and while more are being sent, and waits until all is quiet. */
export async function delays(stage: Stage, options: DelaysOptions): Promise<Verdict> {
  const { calls, kills, chance } = options
  if (options.deadLetterRetryMs !== undefined) stage.setDeadLetterRetry(options.deadLetterRetryMs)
  const waiting = [stage.queue, ...ladderQueues(stage.options.namespace)]
  for (let started = 0; started < WORKERS; started++) await stage.startWorker({ concurrency: CONCURRENCY })
  const planned = plannedCalls(calls, () => ({
    delayMs: chance.whole(SHORTEST_MS, options.longestMs),
    work: {},
  }))
  const before = planned.slice(0, Math.ceil(calls * (1 - AFTERWARDS)))
  const producer = stage.startProducer(before, { perSecond: calls / options.sendingSeconds })

  await stage.until(() => stage.ledger.progress().submitted > 0 || producer.gone, { what: 'calls are sent' })
  await stage.queuesAreOnDisk(waiting)
  for (let killed = 0; killed < kills; killed++) {
    // The first while calls are still being sent, the others while fewer and fewer wait.
    const isTime = killed === 0 ? sent(stage, calls * 0.3) : waits(stage, before.length, 0.7 / killed)
    await stage.until(isTime, { what: 'the moment for a kill' })
    await stage.killBroker()
    await stage.restartBroker()
  }
  await stage.until(() => producer.gone, { what: 'everything is sent', timeoutMs: 120_000 })
  const another = stage.startProducer(planned.slice(before.length))
  await stage.until(() => another.gone, { what: 'the last calls are sent' })
  await stage.untilQuiet(waiting, { timeoutMs: QUIET_WITHIN_MS })
  return check(stage.ledger.events(), {
    calls,
    faults: { 'broker-kill': kills },
    maxDuplicates: kills * (WORKERS * CONCURRENCY + IN_FLIGHT),
  })
}

/** So many are sent, and some of them wait. */
function sent(stage: Stage, least: number): () => boolean {
  return () => {
    const { submitted, open } = stage.ledger.progress()
    return submitted >= least && open > 0
  }
}

/** All are sent, and no more than this share of them wait. */
function waits(stage: Stage, all: number, share: number): () => boolean {
  return () => {
    const { submitted, open } = stage.ledger.progress()
    return submitted >= all && open <= all * share
  }
}
