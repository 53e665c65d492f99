/** Moments as ISO 8601 text: written as Python's isoformat() does, read strictly and by the calendar. */

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](.+))?$/
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2}){0,2})?$/
const OFFSET = /^([+-])(\d{2}):?(\d{2})?:?(\d{2})?$/

const YEAR_1 = new Date(0).setUTCFullYear(1, 0, 1)
const YEAR_10000 = Date.UTC(10_000, 0, 1)

/** Whether Python's datetime, which knows the years 1 to 9999, can hold this moment. */
export function isPythonMoment(epochMs: number): boolean {
  return epochMs >= YEAR_1 && epochMs < YEAR_10000
}

/**
 * Epoch milliseconds as `2031-01-02T03:04:05.678000+00:00`, the form every Python reads: before 3.11 it knows neither `Z`
 * nor three digits of a second, and Celery 5.2 takes the fraction for microseconds. Years 1 to 9999 only.
 */
export function formatDateTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString()
  return epochMs % 1000 === 0 ? `${iso.slice(0, 19)}+00:00` : `${iso.slice(0, 23)}000+00:00`
}

/**
 * The moment a text names, in epoch milliseconds; what is finer than that is cut off. Text without an offset is UTC, as Celery
 * means it. Undefined for anything else: a day that is not in the calendar, an hour 24, a bare number.
 */
export function parseDateTime(text: string): number | undefined {
  const [matched, year, month, day, clock] = DATE.exec(text) ?? []
  if (matched === undefined) return undefined
  const midnight = readDate(Number(year), Number(month), Number(day))
  const clockMs = clock === undefined ? 0 : readClock(clock)
  if (midnight === undefined || clockMs === undefined) return undefined
  return midnight + clockMs
}

/** Like `parseDateTime`, for text that says in which zone it is: `Z`, or an offset. Without one, nobody can tell which moment is meant. */
export function parseZonedDateTime(text: string): number | undefined {
  const clock = DATE.exec(text)?.[4] ?? ''
  return TIME.exec(clock)?.[5] === undefined ? undefined : parseDateTime(text)
}

function readDate(year: number, month: number, day: number): number | undefined {
  const midnight = new Date(0)
  midnight.setUTCFullYear(year, month - 1, day)
  const isInCalendar = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day
  return isInCalendar ? midnight.getTime() : undefined
}

/** The milliseconds from midnight UTC to a time of day, its offset taken off. */
function readClock(clock: string): number | undefined {
  const [matched, hours, minutes, seconds = '0', fraction = '', offset = 'Z'] = TIME.exec(clock) ?? []
  const offsetMs = offset === 'Z' ? 0 : readOffset(offset)
  if (matched === undefined || offsetMs === undefined) return undefined
  const ofDay = timeOfDayMs(Number(hours), Number(minutes), Number(seconds))
  return ofDay === undefined ? undefined : ofDay + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetMs
}

function readOffset(offset: string): number | undefined {
  const [, sign, hours, minutes = '0', seconds = '0'] = OFFSET.exec(offset) ?? []
  const size = timeOfDayMs(Number(hours), Number(minutes), Number(seconds))
  return size === undefined || sign === '+' ? size : -size
}

function timeOfDayMs(hours: number, minutes: number, seconds: number): number | undefined {
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}
