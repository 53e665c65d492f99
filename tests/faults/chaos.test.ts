/** Retries outlive the workers that make them: the small version of `npm run faults -- retry --only chaos`. */
import { expect, it } from 'vitest'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { chaos } from './chaos.js'
import { chanceOf } from './plan.js'
import { stageOn } from './stage-of-test.js'

describeWithRabbit('calls that fail a few times', (rabbit) => {
  it('have every attempt and succeed, though their workers are killed at random', async () => {
    const stage = stageOn(rabbit, 'chaos')

    const verdict = await chaos(stage, { calls: 200, kills: 4, chance: chanceOf(1) })

    expect([...verdict.failures, ...verdict.invalid]).toEqual([])
    expect(verdict).toMatchObject({ result: 'passed', lost: [], counts: { accepted: 200, dead: 0 } })
  }, 60_000)
})
