/** How many arguments a task takes. */
import { describe, expect, it } from 'vitest'
import { arityOfEmitted, arityOfParams, checkArity } from '../../../src/payload/arity.js'
import { optional } from '../../../src/payload/param-spec.js'

describe('checkArity', () => {
  const task = (min: number | undefined, max: number | undefined) => ({ arity: { min, max } })

  it('finds nothing wrong where nothing is known', () => {
    for (const count of [0, 1, 1000]) expect(checkArity(task(undefined, undefined), count)).toEqual([])
  })

  it('finds nothing wrong within the limits, both included', () => {
    for (const count of [1, 2, 3]) expect(checkArity(task(1, 3), count)).toEqual([])
    expect(checkArity(task(0, 0), 0)).toEqual([])
  })

  it.each([
    [1, 3, 4, '4 were given, and it takes at most 3'],
    [undefined, 1, 2, '2 were given, and it takes at most 1'],
    [0, 0, 1, '1 was given, and it takes none'],
    [2, 3, 1, '1 was given, and it takes at least 2'],
    [1, undefined, 0, 'none was given, and it takes at least 1'],
  ])('with a least of %s and a most of %s says of %s: %s', (min, max, count, message) => {
    expect(checkArity(task(min, max), count)).toEqual([{ path: '', message }])
  })
})

describe('the arity of params', () => {
  it('needs everything up to the last parameter that is not optional', () => {
    expect(arityOfParams([])).toEqual({ min: 0, max: 0 })
    expect(arityOfParams([String, Number])).toEqual({ min: 2, max: 2 })
    expect(arityOfParams([String, optional(Number), optional(Date)])).toEqual({ min: 1, max: 3 })
    expect(arityOfParams([optional(String), Number])).toEqual({ min: 2, max: 2 })
    expect(arityOfParams([optional(String)])).toEqual({ min: 0, max: 1 })
  })
})

describe('the arity of emitted types', () => {
  it('has no least, because they do not say what may be left out', () => {
    expect(arityOfEmitted([String, Number], (a: string, b = 1) => [a, b])).toEqual({ min: undefined, max: 2 })
    expect(arityOfEmitted([], () => 1)).toEqual({ min: undefined, max: 0 })
  })

  it('has no most for a function that takes any number', () => {
    expect(arityOfEmitted([Number], (...all: number[]) => all)).toEqual({ min: undefined, max: undefined })
  })
})
