/** Calls that wait in the broker outlive its death: the small version of `npm run faults -- retry --only delays`. */
import { expect, it } from 'vitest'
import { describeWithOwnNode, startOwnNode } from '../support/rabbitmq.js'
import { delays } from './delays.js'
import { chanceOf } from './plan.js'
import { stageOnNode } from './stage-of-test.js'

describeWithOwnNode('delayed calls', () => {
  it('all run, none too early and none without a reason twice, though the broker is killed while they wait', async () => {
    const stage = stageOnNode(await startOwnNode(), 'delays')

    const verdict = await delays(stage, {
      ...{ calls: 400, kills: 1, longestMs: 4_000, sendingSeconds: 2, deadLetterRetryMs: 3_000 },
      chance: chanceOf(1),
    })

    expect([...verdict.failures, ...verdict.invalid]).toEqual([])
    expect(verdict).toMatchObject({ result: 'passed', lost: [], counts: { accepted: 400 } })
    expect(verdict.lateness?.earliest).toBeGreaterThanOrEqual(0)
  }, 90_000)
})
