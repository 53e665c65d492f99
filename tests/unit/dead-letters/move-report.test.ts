/** Checks how a run counts, within bounds, and what it counts anew after a lost connection. */
import { describe, expect, it } from 'vitest'
import { Tally } from '../../../src/dead-letters/move-report.js'

describe('a tally', () => {
  it('counts what stays by reason and queue', () => {
    const tally = new Tally(false)
    tally.skip('unroutable', 'a')
    tally.skip('unroutable', 'a')
    tally.skip('unroutable', 'b')
    tally.skip('no-queue', undefined)

    expect(tally.report()).toMatchObject({
      skipped: 4,
      skippedBecause: [
        { why: 'unroutable', queue: 'a', count: 2 },
        { why: 'unroutable', queue: 'b', count: 1 },
        { why: 'no-queue', queue: undefined, count: 1 },
      ],
    })
  })

  it('has a hundred kinds and one more, whatever queues are made up', () => {
    const tally = new Tally(false)
    for (let count = 0; count < 5000; count += 1) tally.skip('unroutable', `queue-${count}`)
    tally.skip('unroutable', 'queue-7')

    const { skipped, skippedBecause } = tally.report()

    expect([skipped, skippedBecause.length]).toEqual([5001, 101])
    expect(skippedBecause[7]).toEqual({ why: 'unroutable', queue: 'queue-7', count: 2 })
    expect(skippedBecause.at(-1)).toEqual({ why: 'other', queue: undefined, count: 4900 })
  })

  it('begins again with what was moved', () => {
    const tally = new Tally(false)
    Object.assign(tally, { visited: 10, matched: 8, moved: 5 })
    tally.skip('unroutable', 'a')

    tally.startAgain()

    expect(tally.report()).toMatchObject({ visited: 5, matched: 5, moved: 5, skipped: 0, skippedBecause: [] })
  })
})
