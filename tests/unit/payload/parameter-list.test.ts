/** Whether a function takes any number of arguments, as read from its source. */
import { runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { takesAnyNumber } from '../../../src/payload/parameter-list.js'

/** Written as text, so that no compiler changes it. */
const made = (source: string): unknown => runInThisContext(`(${source})`)
const method = (source: string): unknown => Object.values(made(`{ ${source} }`) as object)[0]

describe('takesAnyNumber', () => {
  it.each([
    'function () {}',
    'function named(a, b = 2) {}',
    'async (a, b) => [...a, ...b]',
    '(a = ")", b = `(${1}`) => [...a]',
    "(a = '...', b) => a",
    '(a /* ...rest */, b) => a',
    '(a, // ...rest\n b) => a',
    '(a = (1 + (2)), b = [")"]) => [...b]',
    'async function* (a) { yield* [...a] }',
  ])('is false of %s', (source) => {
    expect(takesAnyNumber(made(source))).toBe(false)
  })

  it.each([
    'send(a, b) { return [...a] }',
    'async send(a) {}',
    '*send(a) {}',
    '"with (parenthesis"(a) {}',
    '5(a) {}',
  ])('is false of the method %s', (source) => {
    expect(takesAnyNumber(method(source))).toBe(false)
  })

  it.each([
    '(...all) => all',
    'function (a, ...rest) {}',
    'async (a, ...[b, c]) => b',
    '(a /* ) */, ...rest) => a',
    "(a = ')', ...rest) => a",
    '(a = (1), ...rest) => a',
    'function () { return arguments.length }',
  ])('is true of %s', (source) => {
    expect(takesAnyNumber(made(source))).toBe(true)
  })

  it.each(['send(...all) {}', 'async send(a, ...rest) {}', 'async *send(...all) {}'])(
    'is true of the method %s',
    (source) => {
      expect(takesAnyNumber(method(source))).toBe(true)
    },
  )

  it.each([
    ['a regular expression among the defaults', made(`(a = /'/, ...rest) => 'x'`)],
    ['an arrow function without parentheses', made('a => a')],
    ['a bound function', Math.max.bind(undefined)],
    ['a function of the engine', Math.max],
    ['a method with a computed name', method(`['send'](a) {}`)],
    ['no function', 5],
  ])('is true, in doubt, of %s', (_, code) => {
    expect(takesAnyNumber(code)).toBe(true)
  })
})
