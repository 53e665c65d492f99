/** What counts as a duration, and what is refused. */
import { describe, expect, it } from 'vitest'
import {
  callDurationMs,
  durationMs,
  hours,
  minutes,
  seconds,
  type Duration,
} from '../../../src/kernel/duration.js'

describe('a duration', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [250, 250],
    ['500ms', 500],
    ['20m', 1_200_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1m30s', 90_000],
    [seconds(2), 2000],
    [minutes(2), 120_000],
    [hours(2), 7_200_000],
  ])('%s is %d ms', (duration, ms) => {
    expect(durationMs(duration, 'Option "x"')).toBe(ms)
  })

  it.each([
    '-5m',
    '1e3s',
    '',
    '10',
    '10 minutes',
    '0x10s',
    'm',
    '5m ',
    ' 5m',
    '1h-30m',
    NaN,
    -1,
    Infinity,
    null,
    {},
    '5M',
  ])('%j is none, and the error names the option', (wrong) => {
    const read = () => durationMs(wrong as Duration, 'Option "delay"')

    expect(read).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    expect(read).toThrow(/^Option "delay" is /)
  })

  it("of one call that is none is that call's error, and says nothing was sent", () => {
    const read = () => callDurationMs('soon' as Duration, 'Option "expires" of "add"')

    expect(read).toThrow(expect.objectContaining({ code: 'ERR_DELAY_INVALID', name: 'PayloadError' }))
    expect(read).toThrow(/Nothing was sent/)
  })
})
