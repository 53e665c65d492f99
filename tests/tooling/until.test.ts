/** What tests rely on when they wait: `until` ends, and says what it waited for. */
import { describe, expect, it } from 'vitest'
import { until } from '../support/until.js'

describe('until', () => {
  it('gives the first truthy answer', async () => {
    const answers = [undefined, 0, 'here', 'too late']

    expect(await until(() => answers.shift())).toBe('here')
  })

  it('takes a condition that throws for one that is not true yet', async () => {
    let looks = 0
    const condition = () => {
      if (++looks < 3) throw new Error('not yet')
      return looks
    }

    expect(await until(condition)).toBe(3)
  })

  it('fails with the condition and its last answer', async () => {
    const count: number = 3

    await expect(until(() => count === 4, { timeoutMs: 30 })).rejects.toThrow(
      'Not within 30 ms: count === 4. The last answer was false.',
    )
  })

  it('fails with what was thrown last as its cause', async () => {
    const thrown = new Error('no such queue')
    const condition = () => Promise.reject(thrown)

    const failure: unknown = await until(condition, { timeoutMs: 30, what: 'the queue is there' }).catch(
      (e: unknown) => e,
    )

    expect(failure).toMatchObject({
      message: 'Not within 30 ms: the queue is there. The last look threw: no such queue',
      cause: thrown,
    })
  })
})
