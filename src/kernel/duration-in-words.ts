/** Writes a span of time as people type it: 25s, 1m30s, 2h. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** `90_000` is `1m30s`; parts smaller than a millisecond are left out. */
export function durationInWords(ms: number): string {
  let left = Math.max(0, Math.round(ms))
  if (left === 0) return '0s'
  let words = ''
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(left / unitMs)
    if (count > 0) words += `${count}${unit}`
    left -= count * unitMs
  }
  return words
}
