/** The bounds of what a policy can ask for, and what is taken where it says nothing. */
import type { Backoff } from './retry-types.js'

/** Retries beyond the first run, unless a policy says otherwise. */
export const DEFAULT_MAX = 3
/** No call is tried again more often, whatever its policies allow: the headers count no further. */
export const MOST_RETRIES = 1_000_000
/** Budgets that one message has room for. */
export const MOST_BUDGETS = 64
/** Characters in the key of a budget. */
export const LONGEST_KEY = 100
/** The key of the budget that `throw new Retry()` uses. */
export const EXPLICIT_KEY = 'explicit'

/** From 1 s to 10 min, doubling, with full jitter. */
export const DEFAULT_BACKOFF: Backoff = Object.freeze({
  type: 'exponential',
  baseMs: 1000,
  factor: 2,
  maxMs: 600_000,
  jitter: 'full',
})

/** Whether a value can name a budget: 1 to 100 characters that every log and header can show. */
export function isRetryKey(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_KEY) return false
  return !/[\p{Cc}\p{Cs}]/u.test(value)
}

/** Whether a value says how many retries there may be. */
export function isMax(value: unknown): value is number {
  if (value === Infinity) return true
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_RETRIES
}
