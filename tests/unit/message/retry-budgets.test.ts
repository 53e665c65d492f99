/** What policies have used, in a header and back: whatever is written is read, and nothing else is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_DELAY_MS } from '../../../src/kernel/duration.js'
import { readBudgets, writeBudgets } from '../../../src/message/retry-budgets.js'
import { isRetryKey, LONGEST_KEY, MOST_BUDGETS } from '../../../src/retry/retry-limits.js'
import type { BudgetUse } from '../../../src/retry/retry-types.js'

const NASTY_KEYS = ['__proto__', 'constructor', 'toString', '0', '42', '-1', '"', '\\', '💥']

const keys = fc.oneof(
  fc.constantFrom(...NASTY_KEYS),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }).filter(isRetryKey),
)
const uses: fc.Arbitrary<BudgetUse> = fc.record(
  { used: fc.nat(1_000_000), lastDelayMs: fc.nat(MAX_DELAY_MS) },
  { requiredKeys: ['used'] },
)
const budgets = fc
  .uniqueArray(fc.tuple(keys, uses), { selector: ([key]) => key, maxLength: MOST_BUDGETS })
  .map((entries) => new Map(entries))

describe('the budgets of retry policies', () => {
  it('are as short in the header as they can be', () => {
    const text = writeBudgets(
      new Map([
        ['http', { used: 2 }],
        ['slow', { used: 1, lastDelayMs: 4500 }],
      ]),
    )

    expect(text).toBe('{"http":2,"slow":[1,4500]}')
  })

  it('come back as they were written, whatever their keys are', () => {
    fc.assert(
      fc.property(budgets, (before) => {
        const text = writeBudgets(before)

        if (text === undefined) expect(before.size).toBe(0)
        else expect(new Map(readBudgets(text))).toEqual(before)
      }),
    )
  })

  it('never come back as anything but bounded whole numbers, from any JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.dictionary(keys, fc.anything()).map(json)), (text) => {
        const read = readBudgets(text)

        for (const [key, { used, lastDelayMs = 0 }] of read ?? []) {
          expect(key.length).toBeLessThanOrEqual(LONGEST_KEY)
          expect(Number.isInteger(used) && used >= 0 && used <= 1_000_000).toBe(true)
          expect(Number.isInteger(lastDelayMs) && lastDelayMs >= 0 && lastDelayMs <= MAX_DELAY_MS).toBe(true)
        }
        expect(read === undefined || read.size <= MOST_BUDGETS).toBe(true)
      }),
    )
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{http:2}'],
    ['half of it', '{"http":2'],
    ['a list', '[["http",2]]'],
    ['null', 'null'],
    ['a number', '2'],
    ['text', '"http"'],
    ['text for a number', '{"http":"2"}'],
    ['true for a number', '{"http":true}'],
    ['null for a number', '{"http":null}'],
    ['less than none', '{"http":-1}'],
    ['half a retry', '{"http":1.5}'],
    ['more than there may be', '{"http":1000001}'],
    ['infinity', '{"http":1e309}'],
    ['a number that is rounded', '{"http":9007199254740993}'],
    ['no number', '{"http":NaN}'],
    ['an empty key', '{"":1}'],
    ['a key that is too long', json({ ['k'.repeat(101)]: 1 })],
    ['a prototype', '{"__proto__":{"http":1}}'],
    ['an object', '{"http":{"used":1}}'],
    ['an empty pair', '{"http":[]}'],
    ['a pair without a delay', '{"http":[1]}'],
    ['a pair of three', '{"http":[1,2,3]}'],
    ['a delay below zero', '{"http":[1,-5]}'],
    ['a delay that is text', '{"http":[1,"5s"]}'],
    ['a delay without end', '{"http":[1,1e309]}'],
    ['a delay beyond the broker’s', json({ http: [1, MAX_DELAY_MS + 1] })],
    ['lists inside each other', '{"http":' + '['.repeat(15_000) + ']'.repeat(15_000) + '}'],
    ['65 policies', json(Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`key-${n}`, 1])))],
    ['a megabyte', `{"http":2${' '.repeat(1024 * 1024)}}`],
  ])('are not %s', (_what, text) => {
    expect(readBudgets(text)).toBeUndefined()
  })

  it('may be none, and may use the names of Object', () => {
    expect(readBudgets('{}')?.size).toBe(0)
    expect(readBudgets(' {"__proto__":1,"constructor":[2,0]} ')).toEqual(
      new Map([
        ['__proto__', { used: 1 }],
        ['constructor', { used: 2, lastDelayMs: 0 }],
      ]),
    )
  })

  it('count once where a key stands twice, the last time as everywhere in JSON', () => {
    expect(readBudgets('{"http":1,"http":2}')).toEqual(new Map([['http', { used: 2 }]]))
  })

  it('of more policies than a header holds are those of the last ones', () => {
    const many = new Map(Array.from({ length: 70 }, (_, n) => [`key-${n}`, { used: n }]))
    many.set('k'.repeat(101), { used: 5 })

    const read = readBudgets(writeBudgets(many) ?? '')

    expect([...(read?.keys() ?? [])]).toEqual(Array.from({ length: 64 }, (_, n) => `key-${n + 6}`))
  })

  it('stop counting at a million, and at the longest delay', () => {
    const beyond = new Map([
      ['endless', { used: 1_000_001 }],
      ['slow', { used: 1, lastDelayMs: MAX_DELAY_MS + 0.7 }],
    ])

    expect(readBudgets(writeBudgets(beyond) ?? '')).toEqual(
      new Map([
        ['endless', { used: 1_000_000 }],
        ['slow', { used: 1, lastDelayMs: MAX_DELAY_MS }],
      ]),
    )
  })
})

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
