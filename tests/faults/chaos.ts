/** The fault test `chaos`: tasks that fail a few times and then succeed, while their workers are killed at random. */
import { check, type Verdict } from './checker.js'
import { plannedCalls, type Chance } from './plan.js'
import { ladderQueues } from './queues.js'
import type { Actor, Stage } from './stage.js'

/** How much of it. */
export interface ChaosOptions {
  readonly calls: number
  readonly kills: number
  readonly chance: Chance
}

const WORKERS = 2
const CONCURRENCY = 10
const MOST_FAILURES = 5
const RETRY_MS = [0, 300, 1_000]

/** Sends everything at once, and kills one worker or the other each time so and so many tasks have been entered. */
export async function chaos(stage: Stage, { calls, kills, chance }: ChaosOptions): Promise<Verdict> {
  const workers: Actor[] = []
  for (let started = 0; started < WORKERS; started++) workers.push(await newWorker(stage))
  const planned = plannedCalls(calls, () => ({
    work: {
      fails: chance.whole(0, MOST_FAILURES),
      retries: MOST_FAILURES,
      retryMs: RETRY_MS[chance.whole(0, RETRY_MS.length - 1)] ?? 0,
      workMs: chance.whole(2, 30),
    },
  }))
  const runsBetween = planned.reduce((sum, { work }) => sum + (work.fails ?? 0) + 1, 0) / (kills + 1)
  const producer = stage.startProducer(planned)

  let nextAt = 0
  for (let killed = 0; killed < kills; killed++) {
    nextAt += Math.ceil((runsBetween * chance.whole(50, 100)) / 100)
    await stage.until(() => stage.ledger.progress().runs >= nextAt, { what: `${nextAt} runs` })
    const victim = chance.whole(0, WORKERS - 1)
    const worker = workers[victim]
    if (worker) await stage.kill(worker, 'worker-kill')
    workers[victim] = await newWorker(stage)
  }
  await stage.until(() => producer.gone, { what: 'everything is sent' })
  await stage.untilQuiet([stage.queue, ...ladderQueues(stage.options.namespace)])
  return check(stage.ledger.events(), {
    calls,
    faults: { 'worker-kill': kills },
    // Each call in the victim's hands runs again, and where its next attempt was sent already, all that follow do.
    maxDuplicates: kills * CONCURRENCY * (MOST_FAILURES + 1),
  })
}

function newWorker(stage: Stage): Promise<Actor> {
  return stage.startWorker({ concurrency: CONCURRENCY })
}
