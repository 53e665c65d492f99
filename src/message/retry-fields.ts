/** The headers of a call that is tried again, or put off: read from the table, and written into a new one. */
import { MAX_DELAY_MS } from '../kernel/duration.js'
import { parseDateTime } from '../kernel/iso-date-time.js'
import { LONGEST_KEY, MOST_BUDGETS, MOST_RETRIES } from '../retry/retry-limits.js'
import type { RetryBudgets } from '../retry/retry-types.js'
import { invalid, ownField } from './header-fields.js'
import { CELERY, LANGUAGE, RETRY } from './headers.js'
import { isCount, readBudgets, writeBudgets } from './retry-budgets.js'
import type { TaskMessage } from './task-message.js'
import type { Headers, HeaderValue } from './wire-message.js'

/** What of a message only our own headers say. Ours are written by ourselves alone, so nothing in them is coerced. */
export type RetryFields = Pick<TaskMessage, 'budgets' | 'delayMs' | 'firstFailedAt'>

/** @throws MessageError ERR_HEADER_INVALID for a header that is there and was not written by this library. */
export function budgetsField(headers: Headers): RetryBudgets | undefined {
  const value = ownField(headers, RETRY.budgets)
  if (value === undefined) return undefined
  const budgets = typeof value === 'string' ? readBudgets(value) : undefined
  if (budgets !== undefined) return budgets
  const rule = `must be a JSON object of up to ${MOST_BUDGETS} policies, each a key of 1 to ${LONGEST_KEY} characters with the retries it has used`
  throw invalid(RETRY.budgets, `${rule}, 0 to ${MOST_RETRIES}, or a pair of them and the last delay`)
}

/**
 * The relative delay; undefined where the message is not as this library sent it. Celery 5.6 copies headers it does not know onto its own retries,
 * whose delay is another one: it is `lang` that says who wrote a message last.
 * @throws MessageError ERR_HEADER_INVALID for a header that is there and was not written by this library.
 */
export function delayField(headers: Headers): number | undefined {
  const value = ownField(headers, RETRY.delay)
  if (value === undefined) return undefined
  if (isCount(value, MAX_DELAY_MS)) return ownField(headers, CELERY.lang) === LANGUAGE ? value : undefined
  throw invalid(RETRY.delay, `must be a whole number of milliseconds from 0 to ${MAX_DELAY_MS}`)
}

/** @throws MessageError ERR_HEADER_INVALID for a header that is there and was not written by this library. */
export function firstFailedAtField(headers: Headers): number | undefined {
  const value = ownField(headers, RETRY.firstFailedAt)
  if (value === undefined) return undefined
  const at = typeof value === 'string' ? parseDateTime(value) : undefined
  if (at !== undefined) return at
  throw invalid(RETRY.firstFailedAt, 'must be a date and time in ISO 8601')
}

/** The headers that say it; undefined where there is nothing to say, as in every call that is neither tried again nor put off. */
export function retryHeaders({ budgets, delayMs, firstFailedAt }: RetryFields): Headers | undefined {
  const used = budgets === undefined ? undefined : writeBudgets(budgets)
  if (used === undefined && delayMs === undefined && firstFailedAt === undefined) return undefined
  const headers: Record<string, HeaderValue> = {}
  if (used !== undefined) headers[RETRY.budgets] = used
  if (delayMs !== undefined) headers[RETRY.delay] = delayMs
  if (firstFailedAt !== undefined) headers[RETRY.firstFailedAt] = writeMoment(firstFailedAt)
  return headers
}

/** A moment as it stands in our own headers. */
export function writeMoment(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
