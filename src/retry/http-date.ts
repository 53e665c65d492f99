/** Moments as HTTP writes them, in the three forms of RFC 9110 section 5.6.7, read by the calendar. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const TIME = String.raw`(?<hours>\d\d):(?<minutes>\d\d):(?<seconds>\d\d)`
const MONTH = `(?<month>${MONTHS.join('|')})`
const DAY = 'mon|tue|wed|thu|fri|sat|sun'
const LONG_DAY = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday'

const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(String.raw`^(?:${DAY}), (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`, 'i'),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(String.raw`^(?:${LONG_DAY}), (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT$`, 'i'),
  // Sun Nov  6 08:49:37 1994
  new RegExp(String.raw`^(?:${DAY}) ${MONTH} (?<day>\d\d| \d) ${TIME} (?<year>\d{4})$`, 'i'),
]

/** Epoch milliseconds; undefined for any other text, and for days and times there are not. `nowMs` tells which century a year of two digits is in. */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups
    if (parts) return momentOf(parts as Parts, nowMs)
  }
  return undefined
}

/** The parts a form has, all of them. */
type Part = 'day' | 'month' | 'year' | 'hours' | 'minutes' | 'seconds'
type Parts = Readonly<Record<Part, string>>

function momentOf(parts: Parts, nowMs: number): number | undefined {
  const midnight = midnightOf(parts, nowMs)
  const clockMs = clockMsOf(parts)
  return midnight === undefined || clockMs === undefined ? undefined : midnight + clockMs
}

function midnightOf({ day, month, year }: Parts, nowMs: number): number | undefined {
  const index = MONTHS.indexOf(month.toLowerCase())
  const midnight = new Date(0)
  midnight.setUTCFullYear(
    year.length === 2 ? fullYear(Number(year), nowMs) : Number(year),
    index,
    Number(day),
  )
  // A day that this month has not got, 00 or up to 99, is one of another month.
  return midnight.getUTCMonth() === index ? midnight.getTime() : undefined
}

/** A year of two digits that seems to be more than 50 years ahead is the most recent one of that ending. */
function fullYear(year: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear()
  const inThisCentury = thisYear - (thisYear % 100) + year
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury
}

function clockMsOf(parts: Parts): number | undefined {
  const [hours, minutes, seconds] = [Number(parts.hours), Number(parts.minutes), Number(parts.seconds)]
  // 60 is a leap second, which the grammar has.
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}
