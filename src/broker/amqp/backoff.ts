/** How long to wait before the next attempt to connect: full jitter, so that a thousand clients do not come back together. */

const FIRST_MS = 100
const MOST_MS = 5000

/** A random wait from 0 up to 100 ms after the first failure, up to twice that after each further one, never more than 5 s. */
export function reconnectDelayMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1))
  return Math.round(random() * ceiling)
}
