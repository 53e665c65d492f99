/** The message of a call that comes again: its next attempt after a failure, and the same one where it is only put off. */
import { formatDateTime } from '../kernel/iso-date-time.js'
import type { RetryBudgets } from '../retry/retry-types.js'
import type { Serializer } from '../serialization/serializer.js'
import { encodeTaskMessage } from './codec.js'
import { forwardedMessage } from './forward.js'
import { ownField } from './header-fields.js'
import { CELERY, LANGUAGE, RETRY } from './headers.js'
import { MOST_RETRIES } from '../retry/retry-limits.js'
import { writeBudgets } from './retry-budgets.js'
import { writeMoment } from './retry-fields.js'
import type { TaskMessage } from './task-message.js'
import type { HeaderValue, WireMessage } from './wire-message.js'

/** What the next attempt is told. */
export interface NextAttempt {
  /** 0 and less: at once. */
  readonly delayMs: number
  /** The time of the failure, epoch milliseconds; the delay counts from here. */
  readonly nowMs: number
  /** What each policy has used, this retry included. */
  readonly budgets: RetryBudgets
  /** When the call's first attempt failed, epoch milliseconds. */
  readonly firstFailedAt: number
}

/**
 * The call once more, its id, body and callers untouched: `retries` is one more, and `eta` what Celery expects there, null where it is to run at once.
 * A message of protocol 1, which has no place for what is said here, becomes one of protocol 2, written by `serializer`.
 */
export function nextAttempt(
  wire: WireMessage,
  message: TaskMessage,
  retry: NextAttempt,
  serializer: Serializer,
): WireMessage {
  const delayMs = Math.max(0, Math.ceil(retry.delayMs))
  const isProtocolTwo = ownField(wire.headers, CELERY.task) !== undefined
  return forwardedMessage(isProtocolTwo ? wire : inProtocolTwo(wire, message, serializer), {
    [CELERY.lang]: LANGUAGE,
    [CELERY.retries]: Math.min(message.retries + 1, MOST_RETRIES),
    [CELERY.eta]: delayMs === 0 ? null : formatDateTime(retry.nowMs + delayMs),
    [RETRY.budgets]: writeBudgets(retry.budgets),
    [RETRY.delay]: delayMs === 0 ? undefined : delayMs,
    [RETRY.firstFailedAt]: writeMoment(retry.firstFailedAt),
  })
}

/** The same message, to be put off: nothing in it changes but what the broker wrote. */
export function postponed(wire: WireMessage): WireMessage {
  return forwardedMessage(wire)
}

function inProtocolTwo(wire: WireMessage, message: TaskMessage, serializer: Serializer): WireMessage {
  // Protocol 1 is Python's, which knows no tagged bigint; the caller's headers came in and are in `wire`.
  const { body, properties, headers } = encodeTaskMessage({ ...message, headers: {} }, serializer, {
    bareBigInt: true,
  })
  const merged = Object.assign(Object.create(null) as Record<string, HeaderValue>, wire.headers, headers)
  delete merged[CELERY.compression]
  return { body, properties: { ...wire.properties, ...properties }, headers: merged }
}
