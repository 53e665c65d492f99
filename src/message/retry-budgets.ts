/** What each retry policy has used of its budget, as the JSON text of one header: `{"http":2,"slow":[1,4500]}`, written and strictly read. */
import { MAX_DELAY_MS } from '../kernel/duration.js'
import { isRetryKey, MOST_BUDGETS, MOST_RETRIES } from '../retry/retry-limits.js'
import { NO_BUDGETS, type BudgetUse, type RetryBudgets } from '../retry/retry-types.js'

/** Room for the longest that is written, and the end of what is parsed. */
const LONGEST_TEXT = 32 * 1024

/**
 * The text of the header; undefined where nothing was used. What has no place in it is left out, the oldest entries first: those retries are
 * then in Celery's sum alone, where they count against every policy.
 */
export function writeBudgets(budgets: RetryBudgets): string | undefined {
  const kept = [...budgets].filter(([key]) => isRetryKey(key)).slice(-MOST_BUDGETS)
  if (kept.length === 0) return undefined
  // Not by assignment, for which "__proto__" is no key.
  return JSON.stringify(Object.fromEntries(kept.map(([key, use]) => [key, writeUse(use)])))
}

/** What the text says: a number is what was used, a pair that and the last delay. Undefined for anything that was not written by `writeBudgets`. */
export function readBudgets(text: string): RetryBudgets | undefined {
  const table = text.length > LONGEST_TEXT ? undefined : parsed(text)
  if (typeof table !== 'object' || table === null || Array.isArray(table)) return undefined
  const entries = Object.entries(table)
  if (entries.length > MOST_BUDGETS) return undefined
  if (entries.length === 0) return NO_BUDGETS
  const budgets = new Map<string, BudgetUse>()
  for (const [key, value] of entries) {
    const use = readUse(value)
    if (!isRetryKey(key) || use === undefined) return undefined
    budgets.set(key, use)
  }
  return budgets
}

function writeUse({ used, lastDelayMs }: BudgetUse): number | [number, number] {
  const count = Math.min(used, MOST_RETRIES)
  return lastDelayMs === undefined ? count : [count, Math.min(Math.round(lastDelayMs), MAX_DELAY_MS)]
}

function readUse(value: unknown): BudgetUse | undefined {
  if (isCount(value, MOST_RETRIES)) return { used: value }
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [used, lastDelayMs] = value as unknown[]
  if (!isCount(used, MOST_RETRIES) || !isCount(lastDelayMs, MAX_DELAY_MS)) return undefined
  return { used, lastDelayMs }
}

/** Whether a value is a whole number from 0 to `most`. */
export function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
