/** Delays grow as asked, stay in their bounds, and never become what no broker can wait for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffDelayMs } from '../../../src/retry/backoff.js'
import type { Backoff } from '../../../src/retry/retry-types.js'

const STEADY: Backoff = { type: 'exponential', baseMs: 1000, factor: 2, maxMs: 600_000, jitter: 'none' }
const halfway = () => 0.5

const delays = (backoff: Partial<Backoff>, retries: number[], random = halfway) =>
  retries.map((retry) => backoffDelayMs({ ...STEADY, ...backoff }, retry, random))

const anyBackoff = fc
  .record({
    type: fc.constantFrom<Backoff['type']>('fixed', 'linear', 'exponential', 'decorrelated'),
    baseMs: fc.double({ min: 0.001, max: 1e9, noNaN: true }),
    factor: fc.double({ min: 1, max: 100, noNaN: true }),
    beyond: fc.integer({ min: 0, max: 1_000_000_000 }),
    jitter: fc.constantFrom<Backoff['jitter']>('none', 'equal', 'full'),
  })
  .map(({ beyond, ...rest }): Backoff => ({ ...rest, maxMs: Math.ceil(rest.baseMs) + beyond }))
const anyRetry = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1_000_000 }))
const anyChance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('a delay without jitter', () => {
  it('doubles from 1 s to 10 min when exponential', () => {
    expect(delays({}, [1, 2, 3, 10, 11, 12])).toEqual([1000, 2000, 4000, 512_000, 600_000, 600_000])
  })

  it('is multiplied by the factor', () => {
    expect(delays({ factor: 3 }, [1, 2, 3])).toEqual([1000, 3000, 9000])
  })

  it('grows by the base when linear', () => {
    expect(delays({ type: 'linear' }, [1, 2, 3, 600, 601])).toEqual([1000, 2000, 3000, 600_000, 600_000])
  })

  it('stays when fixed', () => {
    expect(delays({ type: 'fixed' }, [1, 2, 1_000_000])).toEqual([1000, 1000, 1000])
  })

  it('is the longest where the exact one is more than a number can hold', () => {
    expect(delays({ factor: 100 }, [1025, 1_000_000])).toEqual([600_000, 600_000])
  })

  it('never shrinks from retry to retry', () => {
    fc.assert(
      fc.property(anyBackoff, anyRetry, (backoff, retry) => {
        fc.pre(backoff.type !== 'decorrelated')
        const [now, next] = delays({ ...backoff, jitter: 'none' }, [retry, retry + 1])

        expect(next).toBeGreaterThanOrEqual(now ?? NaN)
      }),
    )
  })
})

describe('jitter', () => {
  it.each([
    ['full', 0, 0],
    ['full', 0.5, 2000],
    ['full', 0.9999, 4000],
    ['equal', 0, 2000],
    ['equal', 0.5, 3000],
    ['equal', 0.9999, 4000],
    ['none', 0.1, 4000],
  ] as const)('%s makes of 4 s, at a chance of %d, %d ms', (jitter, chance, ms) => {
    expect(delays({ jitter }, [3], () => chance)).toEqual([ms])
  })

  it('is taken from the longest delay, not cut off by it', () => {
    expect(delays({ jitter: 'full' }, [1_000_000])).toEqual([300_000])
  })

  it('keeps to its range: from 0, or from the half, up to the delay without it', () => {
    fc.assert(
      fc.property(anyBackoff, anyRetry, anyChance, (backoff, retry, chance) => {
        fc.pre(backoff.type !== 'decorrelated')
        const [steady = NaN] = delays({ ...backoff, jitter: 'none' }, [retry])
        const [delay] = delays(backoff, [retry], () => chance)
        const lowest = { none: steady, equal: Math.floor(steady / 2), full: 0 }[backoff.jitter]

        expect(delay).toBeGreaterThanOrEqual(lowest)
        expect(delay).toBeLessThanOrEqual(steady)
      }),
    )
  })
})

describe('a decorrelated delay', () => {
  const decorrelated: Backoff = { ...STEADY, type: 'decorrelated' }

  it('is by chance between the base and three times the last one', () => {
    expect(backoffDelayMs(decorrelated, 4, () => 0, 5000)).toBe(1000)
    expect(backoffDelayMs(decorrelated, 4, halfway, 5000)).toBe(8000)
    expect(backoffDelayMs(decorrelated, 4, () => 0.99999, 5000)).toBe(15_000)
  })

  it('grows from the base where there is no last one', () => {
    expect(backoffDelayMs(decorrelated, 1, halfway)).toBe(2000)
  })

  it('is at least the base, also when the last one was shorter than a third of it', () => {
    expect(backoffDelayMs(decorrelated, 2, halfway, 1)).toBe(1000)
  })

  it('is at most the longest', () => {
    expect(backoffDelayMs(decorrelated, 2, halfway, 600_000_000)).toBe(600_000)
  })
})

describe('any delay', () => {
  it('is a whole number of milliseconds from 0 to the longest, whatever was asked', () => {
    const anyLast = fc.option(fc.double({ min: 0, max: 2 ** 60, noNaN: true }), { nil: undefined })
    fc.assert(
      fc.property(anyBackoff, anyRetry, anyChance, anyLast, (backoff, retry, chance, last) => {
        const delay = backoffDelayMs(backoff, retry, () => chance, last)

        expect(Number.isSafeInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(backoff.maxMs)
      }),
      { numRuns: 1000 },
    )
  })
})
