/** Retry-After is found in the errors of every HTTP client, understood as RFC 9110 has it, and never gets in the way. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../../src/retry/retry-after.js'

const NOW = Date.UTC(2031, 0, 2, 3, 4, 5)
const LONGEST_DELAY_MS = 268_435_455_000

const saying = (field: unknown) => ({ response: { headers: { 'retry-after': field } } })
const asked = (error: unknown) => retryAfterMs(error, NOW)

function refuse(): never {
  throw new Error('trap')
}

describe('Retry-After is found', () => {
  const response = new Response('', { status: 429, headers: { 'Retry-After': '120' } })
  const headers = { 'Content-Type': 'text/plain', 'Retry-After': '120' }
  const { 'Content-Type': type, 'Retry-After': field } = headers
  // As AxiosHeaders does it.
  const axiosHeaders = { get: (name: string) => (name.toLowerCase() === 'retry-after' ? field : undefined) }

  it.each([
    ['in the Response of fetch', { response }],
    ['in a Response that is the cause', new Error('bad answer', { cause: response })],
    ['in a Response itself', response],
    ['in the headers of axios', { response: { headers: axiosHeaders } }],
    ['in a plain object, whatever its letters', { response: { headers } }],
    ['in an object of the prototype null', { headers: Object.assign(Object.create(null), headers) }],
    ['on the error, as undici has it', { headers: { 'retry-after': '120' } }],
    ['in a list of names and values', { headers: ['Content-Type', type, 'Retry-After', field] }],
    [
      'in a list of bytes',
      { headers: ['Content-Type', type, 'Retry-After', field].map(Buffer.from as never) },
    ],
    ['in a list of pairs', { headers: Object.entries(headers) }],
    ['where a field has several values', { headers: { 'retry-after': ['120', '240'] } }],
    ['where an empty `headers` of the response hides it', { response: { headers: {} }, headers }],
    ['in a cause of a cause', new Error('a', { cause: new Error('b', { cause: { response } }) })],
    ['as a text of its own', { retryAfter: '120' }],
    ['as a Date', { retryAfter: new Date(NOW + 120_000) }],
    ['in milliseconds', { retryAfterMs: 120_000 }],
  ])('%s', (_, error) => {
    expect(asked(error)).toBe(120_000)
  })

  it('of the outermost error first', () => {
    expect(asked({ ...saying('1'), cause: saying('2') })).toBe(1000)
    expect(asked({ ...saying('soon'), cause: saying('2') })).toBe(2000)
  })

  it('in a chain that is a circle, and not beyond the eighth cause', () => {
    const circle: { cause?: unknown } = {}
    circle.cause = { cause: circle }
    const deep = (depth: number): unknown => (depth === 0 ? saying('5') : { cause: deep(depth - 1) })

    expect(asked(circle)).toBeUndefined()
    expect(asked(deep(7))).toBe(5000)
    expect(asked(deep(8))).toBeUndefined()
  })

  it.each([
    ['a bare number, which some mean as seconds and some as milliseconds', { retryAfter: 120 }],
    ['a value where a name should be', { headers: ['x', 'retry-after', '120', 'y'] }],
    ['a name without a value', { headers: ['retry-after'] }],
    ['a response that is none', { response: 'retry-after: 120' }],
    ['headers that are none', { headers: 'retry-after: 120' }],
    ['an Invalid Date', { retryAfter: new Date(NaN) }],
    ['a negative number of milliseconds', { retryAfterMs: -1 }],
    ['no number of milliseconds', { retryAfterMs: NaN }],
    ['an error that says nothing', new Error('x')],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'retry-after: 120'],
  ])('not in %s', (_, error) => {
    expect(asked(error)).toBeUndefined()
  })
})

describe('Retry-After means', () => {
  it.each<[unknown, number | undefined]>([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['0', 0],
    ['007', 7000],
    [120, 120_000],
    ['9'.repeat(400), LONGEST_DELAY_MS],
    ['1.5', undefined],
    [1.5, undefined],
    ['-5', undefined],
    [-5, undefined],
    ['+5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['5s', undefined],
    ['', undefined],
    ['soon', undefined],
    [NaN, undefined],
    [Infinity, undefined],
    [{}, undefined],
    [[], undefined],
    [true, undefined],
    [null, undefined],
  ])('%j: %j ms', (field, ms) => {
    expect(asked(saying(field))).toBe(ms)
  })

  it.each([
    ['the form of today', 'Thu, 02 Jan 2031 03:06:05 GMT', 120_000],
    ['the form of RFC 850', 'Thursday, 02-Jan-31 03:06:05 GMT', 120_000],
    ['the form of asctime()', 'Thu Jan  2 03:06:05 2031', 120_000],
    ['letters of any case', 'thu, 02 JAN 2031 03:06:05 gmt', 120_000],
    ['a leap second', 'Wed, 31 Dec 2031 23:59:60 GMT', Date.UTC(2032, 0, 1) - NOW],
    ['a leap day', 'Sun, 29 Feb 2032 00:00:00 GMT', Date.UTC(2032, 1, 29) - NOW],
    ['a moment in the past', 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['this very moment', 'Thu, 02 Jan 2031 03:04:05 GMT', 0],
    ['two digits of the year, 50 years ahead', 'Saturday, 02-Jan-81 03:04:05 GMT', LONGEST_DELAY_MS],
    ['two digits of a year in the last century', 'Friday, 02-Jan-82 03:04:05 GMT', 0],
    ['a moment too far ahead', 'Fri, 01 Jan 9999 00:00:00 GMT', LONGEST_DELAY_MS],
  ])('a date: %s', (_, date, ms) => {
    expect(asked(saying(date))).toBe(ms)
  })

  it.each([
    'Sun, 30 Feb 2031 00:00:00 GMT',
    'Sun, 29 Feb 2031 00:00:00 GMT',
    'Thu, 00 Jan 2031 00:00:00 GMT',
    'Thu, 02 Jan 2031 24:00:00 GMT',
    'Thu, 02 Jan 2031 00:60:00 GMT',
    'Thu, 02 Jan 2031 00:00:61 GMT',
    'Thu, 02 Foo 2031 00:00:00 GMT',
    'Thu, 2 Jan 2031 00:00:00 GMT',
    'Thu, 02 Jan 2031 00:00:00 UTC',
    'Thu, 02 Jan 2031 00:00:00 +0000',
    '2031-01-02T03:06:05Z',
    'Thu, 02 Jan 31 00:00:00 GMT',
    'tomorrow',
  ])('nothing, where the date is none: %s', (date) => {
    expect(asked(saying(date))).toBeUndefined()
  })

  it('a year before 100 as that year', () => {
    expect(asked(saying('Sat, 02 Jan 0050 03:04:05 GMT'))).toBe(0)
  })
})

describe('looking for Retry-After never throws', () => {
  const hostile = () => new Proxy({}, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse })
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    return proxy
  }

  it.each([
    ['an error whose every look throws', hostile()],
    ['a response whose every look throws', { response: hostile() }],
    ['headers whose every look throws', { headers: hostile() }],
    ['headers whose get() throws', { headers: { get: refuse } }],
    ['headers that are revoked', { headers: revoked() }],
    ['a field that is revoked', { headers: { 'retry-after': revoked() } }],
    [
      'a field whose getter throws',
      { headers: Object.defineProperty({}, 'retry-after', { enumerable: true, get: refuse }) },
    ],
    ['a list with a revoked name', { headers: [revoked(), '120'] }],
    ['a Date that is revoked', { retryAfter: revoked() }],
    ['a cause whose every look throws', new Error('x', { cause: hostile() })],
  ])('at %s', (_, error) => {
    expect(asked(error)).toBeUndefined()
  })

  it('whatever is thrown', () => {
    const anyField = fc.oneof(fc.anything(), fc.string(), fc.constantFrom('120', 'Thu Jan  2 03:06:05 2031'))
    const anyError = fc.oneof(
      fc.anything(),
      anyField.map(saying),
      fc.anything().map((headers) => ({ headers })),
      fc.anything().map((cause) => new Error('x', { cause })),
    )
    fc.assert(
      fc.property(anyError, (error) => {
        const ms = asked(error) ?? 0

        expect(Number.isSafeInteger(ms) && ms >= 0 && ms <= LONGEST_DELAY_MS).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
