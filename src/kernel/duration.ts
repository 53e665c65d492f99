/** Reads '30s' or 30_000 into milliseconds, and refuses anything else. */
import { DeclarationError, PayloadError } from './errors.js'
import { cutText, safeInspect } from './safe-text.js'

/** A unit a duration may carry: milliseconds, seconds, minutes, hours, days. */
export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd'

/** Text such as `'500ms'`, `'20m'`, `'1h30m'`, `'2d'`. */
export type DurationString = `${number}${DurationUnit}` | `${number}h${number}m` | `${number}m${number}s`

/** A span of time: a bare number is milliseconds, text carries its unit. */
export type Duration = number | DurationString

/** The longest delay there is, 2^28 - 1 seconds or 8.5 years: what 28 bits hold, as Celery has it too. */
export const MAX_DELAY_MS = (2 ** 28 - 1) * 1000

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y

/**
 * The duration in milliseconds, zero included. `what` names the option in the error.
 * @throws DeclarationError ERR_OPTION_INVALID for anything that is no finite, non-negative duration.
 */
export function durationMs(duration: Duration, what: string): number {
  const ms = readDuration(duration)
  if (ms === undefined) throw new DeclarationError('ERR_OPTION_INVALID', `${what} ${explain(duration)}`)
  return ms
}

/**
 * Like `durationMs`, for an option of one call; `soWhat` is the last sentence of the error, empty where the call is sent already.
 * @throws PayloadError ERR_DELAY_INVALID
 */
export function callDurationMs(duration: Duration, what: string, soWhat = 'Nothing was sent.'): number {
  const ms = readDuration(duration)
  if (ms === undefined) {
    throw new PayloadError('ERR_DELAY_INVALID', `${what} ${explain(duration)} ${soWhat}`.trimEnd())
  }
  return ms
}

/** Seconds as a duration. */
export const seconds = (count: number): Duration => count * 1000
/** Minutes as a duration. */
export const minutes = (count: number): Duration => count * 60_000
/** Hours as a duration. */
export const hours = (count: number): Duration => count * 3_600_000

/** The duration in milliseconds; undefined for anything that is no finite, non-negative duration. */
export function readDuration(duration: unknown): number | undefined {
  if (typeof duration === 'number') return Number.isFinite(duration) && duration >= 0 ? duration : undefined
  return typeof duration === 'string' && duration !== '' ? readText(duration) : undefined
}

function readText(text: string): number | undefined {
  let total = 0
  PART.lastIndex = 0
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text)
    if (!part) return undefined
    total += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? NaN)
  }
  return Number.isFinite(total) ? total : undefined
}

function explain(duration: unknown): string {
  const shown =
    typeof duration === 'string' ? `"${duration.slice(0, 40)}"` : cutText(safeInspect(duration), 40)
  return `is ${shown}, which is no duration. Write milliseconds as a number, or text like '500ms', '20m', '1h30m', '2d'.`
}
