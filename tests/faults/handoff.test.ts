/** What a worker's death costs where the next attempt is on the broker already: the small version of `npm run faults -- retry --only handoff`. */
import { expect, it } from 'vitest'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { HANDOFF_POINTS, handoff } from './handoff.js'
import { stageOn } from './stage-of-test.js'

describeWithRabbit('a worker that is killed', (rabbit) => {
  it('with the next attempt sent and this one not acknowledged costs what the table says', async () => {
    const point = HANDOFF_POINTS.find(({ name }) => name === 'after-retry-publish')
    if (!point) throw new Error('There is no such step.')

    const sight = await handoff(stageOn(rabbit, 'handoff'), point, 3)

    expect([...sight.verdict.failures, ...sight.verdict.invalid]).toEqual([])
    expect(sight).toMatchObject({ crashes: 3, firstAgain: 3, secondAgain: 3, deadAgain: 0 })
    expect(sight.verdict).toMatchObject({ result: 'passed', lost: [] })
  }, 60_000)
})
