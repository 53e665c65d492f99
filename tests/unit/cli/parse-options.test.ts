/** Checks what may be typed behind an option, and how the rest is refused. */
import { describe, expect, it } from 'vitest'
import { jsonArray, jsonObject } from '../../../src/cli/parse-json.js'
import {
  duration,
  moment,
  nameList,
  oneName,
  quoted,
  waitDuration,
  wholeNumber,
} from '../../../src/cli/parse-options.js'
import { UsageError } from '../../../src/cli/usage-error.js'

describe('A whole number', () => {
  const parse = wholeNumber('--concurrency', 1, 10_000)

  it.each([
    ['1', 1],
    ['10000', 10_000],
    ['0050', 50],
  ])('%j is %d', (text, number) => {
    expect(parse(text)).toBe(number)
  })

  it.each(['0', '-1', 'abc', 'NaN', '1e9', '10001', '1.5', '', ' ', '0x10', 'Infinity', '1\n2'])(
    'is not %j, which is refused in one line',
    (text) => {
      expect(() => parse(text)).toThrow(UsageError)
      expect(() => parse(text)).toThrow(
        /^--concurrency is "[^\n]*"; it must be a whole number from 1 to 10000\.$/,
      )
    },
  )
})

describe('A duration', () => {
  it.each([
    ['500ms', 500],
    ['25s', 25_000],
    ['1h30m', 5_400_000],
    ['0s', 0],
  ] as const)('%j is %d ms', (text, ms) => {
    expect(duration('--expires')(text)).toBe(ms)
  })

  it.each(['25', '-5m', '1e3s', 'soon', '', '5 m'])('is not %j', (text) => {
    expect(() => duration('--expires')(text)).toThrow(
      `--expires is ${quoted(text)}; it must be a duration with its unit, such as 500ms, 25s, 20m or 1h30m.`,
    )
  })

  it('of --wait is not the arguments of the call, which is said', () => {
    expect(waitDuration('5s')).toBe(5000)
    expect(() => waitDuration('[2, 3]')).toThrow('Put --wait behind the arguments')
  })
})

describe('A moment', () => {
  it.each([
    ['2031-01-02T03:04:05Z', Date.UTC(2031, 0, 2, 3, 4, 5)],
    ['2031-01-02 04:04+01:00', Date.UTC(2031, 0, 2, 3, 4)],
    ['2001-01-01T00:00:00Z', Date.UTC(2001, 0, 1)],
  ])('%j is %d', (text, epochMs) => {
    expect(moment('--eta')(text)).toBe(epochMs)
  })

  it.each(['2031-01-02T03:04:05', '2031-01-02', '2031-02-30T00:00:00Z', '1', 'tomorrow', '', '5m'])(
    'is not %j',
    (text) => {
      expect(() => moment('--eta')(text)).toThrow(
        `--eta is ${quoted(text)}; it must be a date and a time with its zone, such as`,
      )
    },
  )
})

describe('A list of names', () => {
  const parse = nameList('--queues')

  it('has commas between them', () => {
    expect(parse('images, mail', undefined)).toEqual(['images', 'mail'])
  })

  it('adds to what was given before', () => {
    expect(parse('mail', ['images'])).toEqual(['images', 'mail'])
  })

  it.each(['', 'a,,b', ',', 'a, '])('with an empty name is refused: %j', (text) => {
    expect(() => parse(text, undefined)).toThrow('names with commas between them, none empty')
  })

  it('with a name twice is refused', () => {
    expect(() => parse('a,b,a', undefined)).toThrow('--queues names "a" twice.')
    expect(() => parse('a', ['a'])).toThrow('--queues names "a" twice.')
  })
})

describe('A name', () => {
  it('is not empty', () => {
    expect(oneName('--id')('order-1')).toBe('order-1')
    expect(() => oneName('--id')(' ')).toThrow('--id is empty')
  })
})

describe('The arguments of a call', () => {
  it('are a JSON array, exactly as typed', () => {
    expect(jsonArray('ARGS', '[2, "x", null, {"a": [true]}]')).toEqual([2, 'x', null, { a: [true] }])
    expect(jsonArray('ARGS', '[9007199254740993]')).toEqual([9007199254740993n])
    expect(jsonArray('ARGS', '[{"__type__": "datetime", "__value__": "2024-01-01T00:00:00+00:00"}]')).toEqual(
      [new Date('2024-01-01T00:00:00Z')],
    )
  })

  it.each([
    ['{"a": 1}', 'an object'],
    ['2', 'a number'],
    ['null', 'null'],
    ['"[2]"', 'a string'],
  ])('that are %s are refused', (text, kind) => {
    expect(() => jsonArray('ARGS', text)).toThrow(
      `ARGS must be a JSON array with one element for each argument, such as '[2, 3]', and it is ${kind}.`,
    )
  })

  it.each([
    ['[2, x]', 'character 4'],
    ["['a']", 'character 1'],
    ['[1, 2', 'character 5'],
  ])('that are no JSON are refused with the position: %s', (text, position) => {
    expect(() => jsonArray('ARGS', text)).toThrow(UsageError)
    expect(() => jsonArray('ARGS', text)).toThrow(new RegExp(`^ARGS cannot be read: .*${position}[^\n]*$`))
  })

  it.each(['', '[{"__proto__": 1}]', '['.repeat(100) + ']'.repeat(100)])(
    'that no message can carry are refused: %.20s',
    (text) => {
      expect(() => jsonArray('ARGS', text)).toThrow(UsageError)
    },
  )
})

describe('Keyword arguments', () => {
  it('are a JSON object', () => {
    expect(jsonObject('--kwargs', '{"c": 4}')).toEqual({ c: 4 })
  })

  it.each(['[1]', 'null', '"c"', '{"__type__": "datetime", "__value__": "2024-01-01T00:00:00"}'])(
    'are not %s',
    (text) => {
      expect(() => jsonObject('--kwargs', text)).toThrow(/^--kwargs must be a JSON object/)
    },
  )
})

describe('What was typed', () => {
  it('is quoted without control characters, without passwords, and never at length', () => {
    expect(quoted('a\u001b[2J')).toBe('"a\\u001b[2J"')
    expect(quoted('amqp://me:S3CR3T-CANARY@host')).not.toContain('CANARY')
    expect(quoted('x'.repeat(1000)).length).toBeLessThan(100)
  })
})
