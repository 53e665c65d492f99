/** Moments as ISO 8601 text: strict, by the calendar, and in the form Python writes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatDateTime,
  isPythonMoment,
  parseDateTime,
  parseZonedDateTime,
} from '../../../src/kernel/iso-date-time.js'

const MINUTE = 60_000

describe('parseDateTime', () => {
  it.each([
    ['2031-01-02T03:04:05.678901+00:00', Date.UTC(2031, 0, 2, 3, 4, 5, 678)],
    ['2031-01-02T03:04:05', Date.UTC(2031, 0, 2, 3, 4, 5)],
    ['2031-01-02 03:04:05', Date.UTC(2031, 0, 2, 3, 4, 5)],
    ['2031-01-02T03:04', Date.UTC(2031, 0, 2, 3, 4)],
    ['2031-01-02', Date.UTC(2031, 0, 2)],
    ['2031-01-02T03:04:05.1Z', Date.UTC(2031, 0, 2, 3, 4, 5, 100)],
    ['2031-01-02T03:04:05.123Z', Date.UTC(2031, 0, 2, 3, 4, 5, 123)],
    ['2031-01-02T03:04:05.999999999Z', Date.UTC(2031, 0, 2, 3, 4, 5, 999)],
    ['2031-01-02T03:04:05+05:30', Date.UTC(2031, 0, 2, 3, 4, 5) - 330 * MINUTE],
    ['2031-01-02T03:04:05-0800', Date.UTC(2031, 0, 2, 3, 4, 5) + 480 * MINUTE],
    ['2031-01-02T03:04:05-08', Date.UTC(2031, 0, 2, 3, 4, 5) + 480 * MINUTE],
    ['1900-01-01T00:00:00+00:53:28', Date.UTC(1900, 0, 1) - 53 * MINUTE - 28_000],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['9999-12-31T23:59:59.999999Z', 253_402_300_799_999],
  ])('reads %s', (text, epochMs) => {
    expect(parseDateTime(text)).toBe(epochMs)
  })

  it.each([
    '',
    '1',
    'garbage',
    '2026-02-30T00:00:00Z',
    '2027-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-01-02T24:00:00Z',
    '2026-01-02T23:60:00Z',
    '2026-01-02T23:59:60Z',
    '2026-01-02T03:04:05+25:00',
    '2026-01-02T03:04:05+01:60',
    '2026-01-02T03:04:05.Z',
    '2026-01-02T03:04:05.1234567890Z',
    '2026-01-02T',
    '2026-01-02T3:04:05',
    '2026-1-2',
    '+275760-09-13T00:00:00Z',
    '2026-01-02T03:04:05Z ',
    '2026-01-02T03:04:05Zulu',
    '２０２６-01-02',
    '2026-01-02T03:04:05\n',
  ])('refuses %j', (text) => {
    expect(parseDateTime(text)).toBeUndefined()
  })
})

describe('parseZonedDateTime', () => {
  it.each([
    '2031-01-02T03:04:05Z',
    '2031-01-02 03:04+01:00',
    '2031-01-02T03:04-08',
    '2031-01-02T03:04:05.5+0530',
  ])('reads %s as the one that takes any', (text) => {
    expect(parseZonedDateTime(text)).toBe(parseDateTime(text))
    expect(parseZonedDateTime(text)).toEqual(expect.any(Number))
  })

  it.each(['2031-01-02T03:04:05', '2031-01-02', '2031-01-02Z', '2031-01-02-08', '2031-02-30T03:04:05Z', ''])(
    'refuses %j',
    (text) => {
      expect(parseZonedDateTime(text)).toBeUndefined()
    },
  )
})

describe('formatDateTime', () => {
  it('writes six digits of a second, or none', () => {
    expect(formatDateTime(Date.UTC(2031, 0, 2, 3, 4, 5, 6))).toBe('2031-01-02T03:04:05.006000+00:00')
    expect(formatDateTime(-1000)).toBe('1969-12-31T23:59:59+00:00')
  })

  it('is read back exactly, for every moment Python knows', () => {
    const moments = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })

    fc.assert(fc.property(moments, (epochMs) => parseDateTime(formatDateTime(epochMs)) === epochMs))
  })
})

describe('isPythonMoment', () => {
  it('holds from the first moment of year 1 to the last of 9999', () => {
    expect(isPythonMoment(-62_135_596_800_000)).toBe(true)
    expect(isPythonMoment(-62_135_596_800_001)).toBe(false)
    expect(isPythonMoment(253_402_300_799_999)).toBe(true)
    expect(isPythonMoment(253_402_300_800_000)).toBe(false)
  })
})
