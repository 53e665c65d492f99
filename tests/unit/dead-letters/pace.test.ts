/** Checks that a pace is kept, on a clock that moves when told to. */
import { describe, expect, it } from 'vitest'
import { Pace } from '../../../src/dead-letters/pace.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'

/** Asks again and again, and says how many were let go. */
function asking(pace: Pace, signal?: AbortSignal) {
  const letGo = { count: 0 }
  void (async () => {
    while (!signal?.aborted) {
      await pace.next(signal)
      letGo.count += 1
    }
  })()
  return letGo
}

describe('a pace', () => {
  it.each([
    [0.5, 10_000, 6],
    [2, 5000, 11],
    [10, 10_000, 101],
    [400, 1000, 401],
  ])('of %d a second lets go, in %d ms, %i', async (rate, ms, most) => {
    const clock = new FakeClock()
    const { signal } = new AbortController()
    const asked = asking(new Pace(rate, clock), signal)

    await clock.advance(ms)

    expect(asked.count).toBeLessThanOrEqual(most)
    expect(asked.count).toBeGreaterThanOrEqual(most * 0.9)
  })

  it('does not make up for a pause with a burst', async () => {
    const clock = new FakeClock()
    const pace = new Pace(10, clock)
    await pace.next()
    await clock.advance(60_000)
    const asked = asking(pace)

    await clock.advance(1000)

    expect(asked.count).toBeLessThanOrEqual(12)
  })

  it('ends its wait when it is called off', async () => {
    const clock = new FakeClock()
    const pace = new Pace(0.001, clock)
    const stop = new AbortController()
    await pace.next()
    const waiting = pace.next(stop.signal)

    stop.abort()

    await expect(waiting).resolves.toBeUndefined()
  })

  it('without a limit never waits', async () => {
    const clock = new FakeClock()
    const pace = new Pace(Infinity, clock)

    // A wait would never end: this clock stands still.
    for (let count = 0; count < 1000; count += 1) await pace.next()

    expect(clock.waiting).toBe(0)
  })
})
