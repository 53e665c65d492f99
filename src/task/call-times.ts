/** The times of one call, checked: how long it waits, and when it stops being wanted. */
import { types } from 'node:util'
import { callDurationMs, MAX_DELAY_MS, type Duration } from '../kernel/duration.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import { PayloadError, type PayloadCode } from '../kernel/errors.js'
import { isPythonMoment, parseZonedDateTime } from '../kernel/iso-date-time.js'
import { cutText, safeInspect, safeText } from '../kernel/safe-text.js'
import type { CallOptions } from './call-options.js'

/** When a call is to run, where that is not at once; epoch milliseconds. */
export interface Wait {
  readonly etaAt: number
  /** How long from now, where the caller asked for a span of time and not for a moment. */
  readonly delayMs: number | undefined
}

/**
 * How long a call waits; undefined for one that runs at once. An `eta` in the past is kept: workers, and whoever reads the request, see it.
 * @throws PayloadError ERR_DELAY_INVALID, ERR_DELAY_RANGE, ERR_ETA_INVALID · ERR_OPTION_INVALID for both at once
 */
export function waitOf(
  taskName: string,
  { countdown, eta }: Pick<CallOptions, 'countdown' | 'eta'>,
  nowMs: number,
): Wait | undefined {
  if (countdown === undefined) return eta === undefined ? undefined : untilEta(taskName, eta, nowMs)
  if (eta === undefined) return afterCountdown(taskName, countdown, nowMs)
  throw refusal('ERR_OPTION_INVALID', taskName, 'eta', 'stands beside "countdown"; give one of them')
}

function afterCountdown(taskName: string, countdown: Duration, nowMs: number): Wait | undefined {
  const delayMs = Math.ceil(callDurationMs(countdown, optionName(taskName, 'countdown')))
  if (delayMs === 0) return undefined
  refuseTooFar(taskName, 'countdown', delayMs)
  return { etaAt: nowMs + delayMs, delayMs }
}

function untilEta(taskName: string, eta: Date | string, nowMs: number): Wait {
  const etaAt = typeof eta === 'string' ? parseZonedDateTime(eta) : dateMs(eta)
  if (etaAt === undefined || !isPythonMoment(etaAt)) throw noMoment(taskName, eta)
  refuseTooFar(taskName, 'eta', etaAt - nowMs)
  return { etaAt, delayMs: undefined }
}

function dateMs(eta: unknown): number | undefined {
  return types.isDate(eta) ? Date.prototype.getTime.call(eta) : undefined
}

function noMoment(taskName: string, eta: unknown): PayloadError {
  const shown = typeof eta === 'string' ? `"${safeText(eta, 40)}"` : cutText(safeInspect(eta), 40)
  return refusal(
    'ERR_ETA_INVALID',
    taskName,
    'eta',
    `is ${shown}, which is no moment between the years 1 and 9999. Give a Date, or text in ISO 8601 with its zone, such as 2031-01-02T03:04:05Z`,
  )
}

function refuseTooFar(taskName: string, option: string, delayMs: number): void {
  if (delayMs <= MAX_DELAY_MS) return
  throw refusal(
    'ERR_DELAY_RANGE',
    taskName,
    option,
    `is too far ahead: a call waits ${durationInWords(MAX_DELAY_MS)} (8.5 years) at most`,
  )
}

/**
 * When a call stops being wanted, epoch milliseconds; a duration counts from now.
 * @throws PayloadError ERR_DELAY_INVALID · ERR_EXPIRES_BEFORE_ETA for a call that could never run
 */
export function expiryOf(
  taskName: string,
  expires: Duration | Date | undefined,
  { nowMs, wait }: { readonly nowMs: number; readonly wait?: Wait | undefined },
): number | undefined {
  if (expires === undefined) return undefined
  const what = optionName(taskName, 'expires')
  const at = types.isDate(expires) ? expires.getTime() : nowMs + callDurationMs(expires, what)
  if (!isSendable(at)) {
    throw refusal('ERR_DELAY_INVALID', taskName, 'expires', 'is no date between the years 1 and 9999')
  }
  if (wait === undefined || at > wait.etaAt) return at
  throw refusal(
    'ERR_EXPIRES_BEFORE_ETA',
    taskName,
    'expires',
    'is over by the time the call is due, so it could never run. A duration counts from now: make it longer than the wait',
  )
}

/** Outside of these four-digit years ISO 8601 needs a longer one, which Python cannot read; a day is left for its time zones. */
function isSendable(epochMs: number): boolean {
  return isPythonMoment(epochMs) && epochMs < LAST_SENDABLE_MS
}

const LAST_SENDABLE_MS = Date.parse('9999-12-31T00:00:00Z')

function optionName(taskName: string, option: string): string {
  return `Option "${option}" of "${taskName}"`
}

function refusal(code: PayloadCode, taskName: string, option: string, why: string): PayloadError {
  return new PayloadError(code, `${optionName(taskName, option)} ${why}. Nothing was sent.`)
}
