/** The headers of a dead letter: why a message was parked, by whom and when; written when parking, read by the tooling. */
import type { ErrorCode } from '../kernel/errors.js'
import { safeLines, safeText } from '../kernel/safe-text.js'
import { ownField } from './header-fields.js'
import { DEAD_LETTER } from './headers.js'
import type { Headers, HeaderValue } from './wire-message.js'

const LONGEST_MESSAGE = 1024
const LONGEST_STACK = 8 * 1024

/** Why a message is parked. Times are epoch milliseconds. */
export interface DeadLetterReason {
  readonly code: ErrorCode
  /** The name of the error's class, such as `MessageError` or the task's own. */
  readonly errorName: string
  readonly message: string
  readonly stack?: string | undefined
  readonly at: number
  readonly worker: string
  /** The queue it came from. */
  readonly queue: string
  /** How many attempts were made at it: 0 when it could not be run at all. */
  readonly attempts: number
  /** When it failed for the first time; default: now, at `at`. */
  readonly firstFailedAt?: number | undefined
}

/** A dead letter's reason as it can be read back: anybody may have written these headers, so each part may be missing. */
export interface DeadLetterNote {
  readonly code: string | undefined
  readonly errorName: string | undefined
  readonly message: string | undefined
  readonly stack: string | undefined
  readonly at: number | undefined
  readonly worker: string | undefined
  readonly queue: string | undefined
  readonly attempts: number | undefined
  readonly firstFailedAt: number | undefined
}

/** The headers that say why; text is escaped, redacted and cut: the message to 1 KB, the stack to 8 KB. Cannot throw. */
export function deadLetterHeaders(reason: DeadLetterReason): Headers {
  const headers: Record<string, HeaderValue> = {
    __proto__: null,
    [DEAD_LETTER.code]: reason.code,
    [DEAD_LETTER.class]: safeText(reason.errorName, LONGEST_MESSAGE),
    [DEAD_LETTER.message]: safeText(reason.message, LONGEST_MESSAGE),
    [DEAD_LETTER.at]: iso(reason.at),
    [DEAD_LETTER.worker]: safeText(reason.worker, LONGEST_MESSAGE),
    [DEAD_LETTER.queue]: safeText(reason.queue, LONGEST_MESSAGE),
    [DEAD_LETTER.attempts]: reason.attempts,
    [DEAD_LETTER.firstFailedAt]: iso(reason.firstFailedAt ?? reason.at),
  }
  if (reason.stack !== undefined) headers[DEAD_LETTER.stack] = safeLines(reason.stack, LONGEST_STACK)
  return headers
}

/** What a dead letter says of itself; undefined for a message that carries no such headers. Parts of the wrong type count as missing. */
export function readDeadLetter(headers: Headers): DeadLetterNote | undefined {
  if (!Object.values(DEAD_LETTER).some((name) => Object.hasOwn(headers, name))) return undefined
  return {
    code: text(headers, DEAD_LETTER.code),
    errorName: text(headers, DEAD_LETTER.class),
    message: text(headers, DEAD_LETTER.message),
    stack: text(headers, DEAD_LETTER.stack),
    at: moment(headers, DEAD_LETTER.at),
    worker: text(headers, DEAD_LETTER.worker),
    queue: text(headers, DEAD_LETTER.queue),
    attempts: count(headers, DEAD_LETTER.attempts),
    firstFailedAt: moment(headers, DEAD_LETTER.firstFailedAt),
  }
}

function iso(epochMs: number): string {
  const date = new Date(epochMs)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}

function text(headers: Headers, name: string): string | undefined {
  const value = ownField(headers, name)
  return typeof value === 'string' ? value : undefined
}

function moment(headers: Headers, name: string): number | undefined {
  const epochMs = Date.parse(text(headers, name) ?? '')
  return Number.isNaN(epochMs) ? undefined : epochMs
}

function count(headers: Headers, name: string): number | undefined {
  const value = ownField(headers, name)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
