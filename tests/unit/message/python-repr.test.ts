/** Arguments as Celery's saferepr prints them; every expectation is what Celery 5.6.3 printed for the same value. */
import { describe, expect, it } from 'vitest'
import { argsRepr, kwargsRepr } from '../../../src/message/python-repr.js'

const x = (count: number) => 'x'.repeat(count)

describe('argsRepr', () => {
  it.each<[readonly unknown[], string]>([
    [[], '()'],
    [[1], '(1,)'],
    [[1, 'a'], "(1, 'a')"],
    [["it's"], "('it\\'s',)"],
    [[true, false, null, 1.5], '(True, False, None, 1.5)'],
    [[{ a: [1, { b: [1] }] }], "({'a': [1, {...}]},)"],
    [[[[[[]]]]], '([[[...]]],)'],
    [['a\nb'], "('a\nb',)"],
    [[[], {}], '([], {})'],
    [[2n ** 70n], '(1180591620717411303424,)'],
    [[new Set(), new Set([1, 2])], '(set(), {1, 2})'],
    [[Buffer.from('abc'), Buffer.from([255, 254])], "(b'abc', b'fffe')"],
    [
      [new Date(Date.UTC(2026, 0, 2, 3, 4))],
      '(datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc),)',
    ],
    [
      [new Date(Date.UTC(2026, 0, 2, 3, 4, 0, 5))],
      '(datetime.datetime(2026, 1, 2, 3, 4, 0, 5000, tzinfo=datetime.timezone.utc),)',
    ],
  ])('%#: prints what Python prints', (args, text) => {
    expect(argsRepr(args)).toBe(text)
  })

  it.each<[string, readonly unknown[], string]>([
    ['a text of 1021 characters, which just fits', [x(1021), 1], `('${x(1021)}', ...)`],
    ['a longer text', [x(1030)], `('${x(1023)}...', ...`],
    ['a longer text, at its last blank', [`${x(1015)} ${x(20)}`], `('${x(1015)}...',)`],
    ['the brackets that are open', [[1, [2, [x(1030), 5], 6], 7]], `([1, [2, [...], 6], 7],)`],
    [
      'a list that does not fit, whose opening bracket is lost',
      [x(1020), [1, 2, 3], { a: 1 }],
      `('${x(1020)}', , ...])`,
    ],
    ['a dict that does not fit', [{ k: 'y'.repeat(3000) }], `({'k': '${'y'.repeat(1017)}...', ...,)`],
    [
      'a number, in the middle',
      Array.from({ length: 60 }, () => 12345678901234567890n),
      `(${'12345678901234567890, '.repeat(46)}12345678901..., ...)`,
    ],
  ])('is cut at 1024: %s', (_, args, text) => {
    expect(argsRepr(args)).toBe(text)
  })

  it('takes no time over what it cuts off', () => {
    const read: number[] = []
    const args = Array.from({ length: 1000 }, (_, index) => ({
      get text() {
        read.push(index)
        return x(100)
      },
    }))

    expect(argsRepr(args).length).toBeLessThan(1100)
    expect(read.length).toBeLessThan(20)
  })

  it('is text that UTF-8 can hold, and never throws', () => {
    const hostile = {
      get a() {
        throw new Error('no')
      },
    }

    expect(argsRepr(['\ud800', '😀'.repeat(600)])).not.toMatch(/\p{Surrogate}/u)
    expect(argsRepr([hostile])).toBe('...')
    expect(argsRepr([new Date(Number.NaN), undefined])).toBe('(None, None)')
  })
})

describe('kwargsRepr', () => {
  it.each<[Record<string, unknown>, string]>([
    [{}, '{}'],
    [{ y: 3, note: 'héllo' }, "{'y': 3, 'note': 'héllo'}"],
    [{ absent: undefined, map: new Map([[1, 'a']]) }, "{'map': {1: 'a'}}"],
  ])('of %j is %s', (kwargs, text) => {
    expect(kwargsRepr(kwargs)).toBe(text)
  })
})
