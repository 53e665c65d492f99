/** Reads what was typed after an option; what cannot be meant is refused in one line. */
import { durationMs, type DurationString } from '../kernel/duration.js'
import { parseZonedDateTime } from '../kernel/iso-date-time.js'
import { safeText } from '../kernel/safe-text.js'
import { UsageError } from './usage-error.js'

/** A whole number within bounds, both included. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    throw new UsageError(`${option} is ${quoted(text)}; it must be a whole number from ${least} to ${most}.`)
  }
}

/** A number above 0, whole or not. */
export function positiveNumber(option: string, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN
    if (number > 0 && number <= most) return number
    throw new UsageError(`${option} is ${quoted(text)}; it must be a number above 0, up to ${most}.`)
  }
}

/** A duration in milliseconds. Without a unit it is refused: on a command line nobody can tell seconds from milliseconds. */
export function duration(option: string): (text: string) => number {
  return (text) => {
    const ms = msOf(text)
    if (ms !== undefined) return ms
    throw new UsageError(
      `${option} is ${quoted(text)}; it must be a duration with its unit, such as 500ms, 25s, 20m or 1h30m.`,
    )
  }
}

/** A moment in epoch milliseconds. Without its zone it is refused: the worker's machine may be in another one. */
export function moment(option: string): (text: string) => number {
  return (text) => {
    const epochMs = parseZonedDateTime(text)
    if (epochMs !== undefined) return epochMs
    throw new UsageError(
      `${option} is ${quoted(text)}; it must be a date and a time with its zone, such as 2031-01-02T03:04:05Z or 2031-01-02T03:04+01:00.`,
    )
  }
}

/** The duration of `--wait`, which may be left out; what stands behind it is then easily taken for one. */
export function waitDuration(text: string): number {
  if (!/^[[{]/.test(text)) return duration('--wait')(text)
  throw new UsageError(
    `--wait was followed by ${quoted(text)}. Put --wait behind the arguments, or write --wait=60s.`,
  )
}

/** Names with commas between them, none empty and none twice; given again, the option adds to what it had. */
export function nameList(option: string): (text: string, before: readonly string[] | undefined) => string[] {
  return (text, before = []) => {
    const names = [...before, ...text.split(',').map((name) => name.trim())]
    if (names.includes('')) {
      throw new UsageError(
        `${option} is ${quoted(text)}; it must be names with commas between them, none empty.`,
      )
    }
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new UsageError(`${option} names ${quoted(twice)} twice.`)
    return names
  }
}

/** One name, which must not be empty. */
export function oneName(option: string): (text: string) => string {
  return (text) => {
    if (text.trim() !== '') return text
    throw new UsageError(`${option} is empty; it must be a name.`)
  }
}

/** Bytes. */
const LONGEST_QUOTE = 80

/** What was typed, as it may stand in a message: bounded, without control characters, without the password of a URL. */
export function quoted(text: string): string {
  return `"${safeText(text, LONGEST_QUOTE)}"`
}

function msOf(text: string): number | undefined {
  try {
    return durationMs(text as DurationString, '')
  } catch {
    return undefined
  }
}
