/** How delays are written: rounded up, in bits, at the level of the top one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DELAY_LEVELS,
  delayKey,
  delayLevelName,
  delaySeconds,
  deliverBinding,
  deliverExchange,
  entryLevel,
  literalQueue,
  queueOfDelayKey,
} from '../../../src/broker/delay-key.js'
import { MAX_DELAY_MS } from '../../../src/kernel/duration.js'

const seconds = fc.integer({ min: 1, max: 2 ** 28 - 1 })

describe('the seconds of a delay', () => {
  it.each([
    [-Infinity, 0],
    [-1, 0],
    [0, 0],
    [0.001, 1],
    [1, 1],
    [1000, 1],
    [1000.5, 2],
    [1001, 2],
    [MAX_DELAY_MS, 2 ** 28 - 1],
  ])('of %d ms are %d', (delayMs, expected) => {
    expect(delaySeconds('q', delayMs)).toBe(expected)
  })

  it.each([MAX_DELAY_MS + 1, Infinity, NaN])(
    'do not exist for %d ms, and the error names the queue',
    (delayMs) => {
      const ask = () => delaySeconds('mail', delayMs)

      expect(ask).toThrow(expect.objectContaining({ name: 'PayloadError', code: 'ERR_DELAY_RANGE' }))
      expect(ask).toThrow(/"mail".*Nothing was sent/)
    },
  )
})

describe('the key of a message that waits', () => {
  it('has 28 bits that add up to the delay, the highest first, and then the queue, dots and all', () => {
    fc.assert(
      fc.property(seconds, (wait) => {
        const words = delayKey('a.b', wait).split('.')

        expect(words.slice(DELAY_LEVELS)).toEqual(['a', 'b'])
        const levels = words.slice(0, DELAY_LEVELS).map((bit, index) => Number(bit) * 2 ** (27 - index))
        expect(levels.reduce((sum, ms) => sum + ms)).toBe(wait)
      }),
    )
  })

  it('fits into a routing key for the longest name of a queue', () => {
    expect(delayKey('q'.repeat(199), 1)).toHaveLength(255)
  })

  it('is met by the binding of its queue, word for word', () => {
    const binding = deliverBinding('a.b').split('.')
    const key = delayKey('a.b', 5).split('.')

    expect(binding).toHaveLength(key.length)
    expect(binding.every((word, index) => word === '*' || word === key[index])).toBe(true)
    expect(binding.slice(DELAY_LEVELS)).toEqual(['a', 'b'])
  })
})

describe('the queue of a message that waits', () => {
  it.each(['mail', 'a.b', '*', '#', 'a.*.#', '*.*', 'a*', '0.1.x', '1'])(
    'is read back from the key as %s',
    (queue) => {
      expect(queueOfDelayKey(delayKey(literalQueue(queue), 5))).toBe(queue)
    },
  )

  it.each([
    'mail',
    '',
    delayKey('', 1),
    delayKey('mail', 1).slice(2),
    `2${delayKey('mail', 1).slice(1)}`,
    ` ${delayKey('mail', 1)}`,
  ])('is not read from another key: %s', (key) => {
    expect(queueOfDelayKey(key)).toBeUndefined()
  })
})

describe('the level where a message enters', () => {
  it('is that of its top bit', () => {
    fc.assert(
      fc.property(seconds, (wait) => {
        const level = entryLevel(wait)

        expect(2 ** level <= wait && wait < 2 ** (level + 1)).toBe(true)
      }),
    )
  })

  it('has a name in the namespace, as has the end', () => {
    expect([delayLevelName('shop', 27), deliverExchange('shop')]).toEqual([
      'shop.delay.27',
      'shop.delay.deliver',
    ])
  })
})
