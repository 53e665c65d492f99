/** Near misses of names. */
import { describe, expect, it } from 'vitest'
import { nearestNames } from '../../../src/kernel/nearest.js'

describe('nearestNames', () => {
  it.each([
    ['maxRun', ['maxRuns', 'queue'], ['maxRuns']],
    ['mail.sned', ['mail.send', 'billing.charge'], ['mail.send']],
    ['Queue', ['queue'], ['queue']],
    ['xyz', ['queue', 'name'], []],
    ['', ['a'], ['a']],
    ['ad', ['add', 'and', 'bad', 'added'], ['add', 'and', 'bad']],
  ])('of %j among %j are %j', (name, known, expected) => {
    expect(nearestNames(name, known)).toEqual(expected)
  })

  it('does not take long over a hostile name', () => {
    const hostile = 'a'.repeat(1_000_000)

    expect(nearestNames(hostile, ['a', 'b'])).toEqual([])
  })
})
