/** The fault tests are worth something: programs that break the promises on purpose are found out. */
import { expect, it } from 'vitest'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { check, type Verdict } from './checker.js'
import { plannedCalls } from './plan.js'
import { stageOn } from './stage-of-test.js'
import type { Actor, Stage } from './stage.js'

const CALLS = 10
const work = { fails: 1, retries: 3, retryMs: 0 }

describeWithRabbit('the fault tests catch', (rabbit) => {
  it.each(['before its task runs', 'before the retry is sent'])(
    'a worker that acknowledges a call %s',
    async (acknowledges) => {
      const stage = stageOn(rabbit, `early-${acknowledges.split(' ').join('-')}`)
      const producer = stage.startProducer(plannedCalls(CALLS, () => ({ work })))
      await stage.until(() => producer.gone, { what: 'everything is sent' })

      const mutant = stage.start('mutant-worker', { acknowledges, diesAt: 5 })
      await itDied(stage, mutant)
      const verdict = await workOff(stage)

      expect(verdict.result).toBe('failed')
      expect(verdict.lost).toHaveLength(1)
    },
    60_000,
  )

  it('a sender that waits for no confirmation', async () => {
    const stage = stageOn(rabbit, 'unconfirmed')
    const worker = await stage.startWorker()
    const mutant = stage.startProducer(
      plannedCalls(CALLS, () => ({ work })),
      {},
      'mutant-producer',
    )
    await itDied(stage, mutant)
    const verdict = await workOff(stage, worker)

    expect(verdict.result).toBe('failed')
    expect(verdict.lost).toHaveLength(CALLS)
  }, 60_000)
})

async function itDied(stage: Stage, mutant: Actor): Promise<void> {
  await stage.until(() => mutant.gone, { what: 'the mutant dies' })
  expect(await mutant.ended).toMatchObject({ signal: 'SIGKILL' })
  stage.record({ ev: 'fault', what: 'failpoint', pid: mutant.pid })
}

/** A proper worker does what is left to do. */
async function workOff(stage: Stage, worker?: Actor): Promise<Verdict> {
  if (!worker) await stage.startWorker()
  await stage.untilQuiet([stage.queue], { timeoutMs: 4_000 })
  return check(stage.ledger.events(), { calls: CALLS, faults: { failpoint: 1 } })
}
