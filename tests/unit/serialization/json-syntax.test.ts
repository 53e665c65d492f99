/** The position of the first thing that is no JSON. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonErrorPosition } from '../../../src/serialization/json-syntax.js'

describe('jsonErrorPosition', () => {
  it.each([
    ['', 0],
    ['  ', 2],
    ['{oops', 1],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{"a":1,}', 7],
    ['{"a":}', 5],
    ['{1:2}', 1],
    ['[1}', 2],
    ['{]', 1],
    ['[', 1],
    ['1 1', 2],
    ['[01]', 2],
    ['[1.]', 2],
    ['["a\nb"]', 1],
    ['["\\x"]', 1],
    ['["abc', 1],
    ['[,1]', 1],
    [':', 0],
    ['[NaN, -Infinity, oops]', 17],
    ['truefalse', 4],
  ])('of %j is %d', (text, position) => {
    expect(jsonErrorPosition(text)).toBe(position)
  })

  it('is the end for every text that is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonErrorPosition(text)).toBe(text.length)
      }),
    )
  })

  it('is found in a string of megabytes', () => {
    expect(jsonErrorPosition(`["${'\\n'.repeat(2_000_000)}" x]`)).toBe(4_000_004)
  })
})
