/** The times of a call: when it is due and when it expires, and what is refused with which code. */
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_DELAY_MS } from '../../../src/kernel/duration.js'
import { expiryOf, waitOf } from '../../../src/task/call-times.js'

const NOW = Date.UTC(2030, 0, 1)
const YEAR_1 = Date.parse('0001-01-01T00:00:00Z')

const wait = (options: object) => waitOf('add', options, NOW)
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ name: 'PayloadError', code, message: expect.stringMatching(message) })

describe('a countdown', () => {
  it.each<[unknown, number]>([
    [1, 1],
    [0.2, 1],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 32, 2 ** 32],
    ['50d', 4_320_000_000],
    [MAX_DELAY_MS, MAX_DELAY_MS],
  ])('of %j is due %d ms from now', (countdown, delayMs) => {
    expect(wait({ countdown })).toEqual({ etaAt: NOW + delayMs, delayMs })
  })

  it.each([0, '0s', -0])('of %j is none', (countdown) => {
    expect(wait({ countdown })).toBeUndefined()
  })

  it.each([
    ...[NaN, -5, -0.001, Infinity, -Infinity, null, true, {}, [], Symbol('x'), 10n, new Date(NOW)],
    ...['10', '-5m', '', '1e3s', '1,5s', ' 5s', '5 s', '1e400s', '9'.repeat(400) + 's', 'soon'],
  ])('of %o is refused', (countdown) => {
    expect(() => wait({ countdown })).toThrow(
      refused('ERR_DELAY_INVALID', /^Option "countdown" of "add" is .*Nothing was sent\.$/),
    )
  })

  it.each([MAX_DELAY_MS + 1, 1e12, '3650d', Number.MAX_SAFE_INTEGER, 1e300])(
    'of %j is more than a broker keeps a message',
    (countdown) => {
      expect(() => wait({ countdown })).toThrow(
        refused(
          'ERR_DELAY_RANGE',
          /^Option "countdown" of "add" is too far ahead: .*8\.5 years.*Nothing was sent/,
        ),
      )
    },
  )
})

describe('an eta', () => {
  it.each<[unknown, number]>([
    ['2030-01-01T00:00:05Z', NOW + 5000],
    ['2030-01-01T01:00:05+01:00', NOW + 5000],
    ['2029-12-31 19:00:05.250-05:00', NOW + 5250],
    ['2030-01-01T00:00:05.123456+00:00', NOW + 5123],
    ['2030-01-01T00:00+0000', NOW],
    ['2001-01-01T00:00:00Z', Date.UTC(2001, 0, 1)],
    [new Date(NOW + 1), NOW + 1],
    [new Date(NOW - 1), NOW - 1],
    [new Date(YEAR_1), YEAR_1],
    [new Date(NOW + MAX_DELAY_MS), NOW + MAX_DELAY_MS],
    [runInNewContext(`new Date(${NOW})`), NOW],
  ])('of %o is that moment, the past included', (eta, etaAt) => {
    expect(wait({ eta })).toEqual({ etaAt, delayMs: undefined })
  })

  it.each([
    ...['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-10T00:00:00Z', '2025-02-29T12:00:00Z'],
    ...['1', '', 'garbage', 'tomorrow', '1700000000', '2030-01-01', '2030-01-01Z', '2030-W01-1T00:00:00Z'],
    ...['2030-01-01T00:00:05', '2030-01-01 00:00', '2030-01-01T00:00:05 Z', '2030-01-01T00:00:05z'],
    ...[
      '2030-01-01T00:00:05+25:00',
      '2030-01-01T00:00:05+01:60',
      '2030-01-01T24:00:00Z',
      '2030-01-01T23:59:60Z',
    ],
    ...['275761-01-01T00:00:00Z', '+275760-01-01T00:00:00Z', '0000-01-01T00:00:00Z', '-0001-01-01T00:00:00Z'],
    ...[new Date(NaN), new Date(8.64e15), new Date(Date.UTC(10_000, 0, 1)), new Date(YEAR_1 - 1)],
    ...[5, NOW, null, {}, [], true, Symbol('x'), { getTime: () => NOW }, '5m\u001b[31m'],
  ])('of %o is refused', (eta) => {
    expect(() => wait({ eta })).toThrow(
      refused(
        'ERR_ETA_INVALID',
        /^Option "eta" of "add" is [^\u0000-\u001f]*ISO 8601 with its zone[^\u0000-\u001f]*Nothing was sent\.$/,
      ),
    )
  })

  it.each([new Date(NOW + MAX_DELAY_MS + 1), '9999-01-01T00:00:00Z'])('of %o is too far ahead', (eta) => {
    expect(() => wait({ eta })).toThrow(refused('ERR_DELAY_RANGE', /^Option "eta" of "add" is too far ahead/))
  })

  it('and a countdown together are refused, and none of them is no wait', () => {
    expect(() => wait({ countdown: 1, eta: new Date(NOW) })).toThrow(
      refused('ERR_OPTION_INVALID', /"eta" of "add" stands beside "countdown"; give one/),
    )
    expect(wait({})).toBeUndefined()
  })

  it('as text is the moment that JavaScript means by the same text', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(NOW - 1e12), max: new Date(NOW + 2e11), noInvalidDate: true }),
        (moment) => {
          expect(wait({ eta: moment.toISOString() })).toEqual(wait({ eta: moment }))
        },
      ),
    )
  })
})

describe('when a call expires', () => {
  const expiry = (expires: unknown, waits?: object) =>
    expiryOf('add', expires as never, { nowMs: NOW, wait: waits && wait(waits) })

  it.each<[unknown, number | undefined]>([
    [undefined, undefined],
    [0, NOW],
    ['1h', NOW + 3_600_000],
    [new Date(NOW + 5), NOW + 5],
    [new Date(YEAR_1), YEAR_1],
    [runInNewContext(`new Date(${NOW})`), NOW],
  ])('%o is %o', (expires, at) => {
    expect(expiry(expires)).toBe(at)
  })

  it.each([
    ...['soon', -1, NaN, Infinity, null, {}, Symbol('x')],
    ...[1e300, 9e15, '99999999d'],
    ...[new Date(NaN), new Date(-2e14), new Date(Date.UTC(10_000, 0, 1))],
  ])('%o is refused', (expires) => {
    expect(() => expiry(expires)).toThrow(
      refused('ERR_DELAY_INVALID', /^Option "expires" of "add".*Nothing was sent\.$/),
    )
  })

  it.each<[unknown, object]>([
    ['5m', { countdown: '5m' }],
    ['4m', { countdown: '5m' }],
    [0, { countdown: 1 }],
    [new Date(NOW + 999), { countdown: '1s' }],
    [new Date(NOW + 1000), { eta: new Date(NOW + 1000) }],
    ['1s', { eta: '2030-01-01T00:00:02Z' }],
    [new Date(NOW - 5), { eta: new Date(NOW - 4) }],
  ])('%o is too early for %o', (expires, waits) => {
    expect(() => expiry(expires, waits)).toThrow(
      refused(
        'ERR_EXPIRES_BEFORE_ETA',
        /"expires" of "add" is over by the time the call is due.*counts from now/,
      ),
    )
  })

  it.each<[unknown, object]>([
    ['301s', { countdown: '5m' }],
    [new Date(NOW + 1001), { eta: new Date(NOW + 1000) }],
    [0, { eta: new Date(NOW - 60_000) }],
    [0, { countdown: 0 }],
  ])('%o is late enough for %o', (expires, waits) => {
    expect(expiry(expires, waits)).toBeGreaterThanOrEqual(NOW)
  })
})
