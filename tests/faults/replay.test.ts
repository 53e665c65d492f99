/** Dead letters outlive the command that sends them again: the small version of `npm run faults -- retry --only replay`. */
import { expect, it } from 'vitest'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { chanceOf } from './plan.js'
import { replay } from './replay.js'
import { stageOn } from './stage-of-test.js'

describeWithRabbit('dead letters', (rabbit) => {
  it('all come back and are counted, though `taskalope dlq retry` is killed between sending one and taking it out', async () => {
    const stage = stageOn(rabbit, 'replay')

    const verdict = await replay(stage, { calls: 300, killBroker: false, chance: chanceOf(1) })

    expect([...verdict.failures, ...verdict.invalid]).toEqual([])
    expect(verdict).toMatchObject({ result: 'passed', lost: [] })
    expect(verdict.duplicates.length).toBeGreaterThan(0)
  }, 60_000)
})
