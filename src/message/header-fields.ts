/** Single fields of a received header table, or of a protocol 1 body: read as own properties only, and either understood or refused by name. */
import { MessageError } from '../kernel/errors.js'
import { parseDateTime } from '../kernel/iso-date-time.js'
import { CELERY } from './headers.js'
import type { Headers } from './wire-message.js'
import { MOST_RETRIES } from '../retry/retry-limits.js'

/** A table whose values are not to be trusted. */
export type Fields = Readonly<Record<string, unknown>>

/** Bytes of a task's name on the wire. */
export const LONGEST_NAME = 200
/** Bytes of an id. */
export const LONGEST_ID = 255

/** The field's value; undefined where it is missing, null or only inherited. */
export function ownField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined
}

/** Whether a value is a table of its own, and no list and no bytes. */
export function isTable(value: unknown): value is Headers {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** @throws MessageError ERR_HEADER_INVALID for anything but text, null or nothing. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = ownField(fields, name)
  if (value === undefined || typeof value === 'string') return value
  throw invalid(name, 'must be text or null')
}

/** A name or an id: text of 1 to `longest` bytes without control characters. A whole number becomes its text, as in Celery. */
export function nameField(fields: Fields, name: string, longest: number): string | undefined {
  const value = ownField(fields, name)
  if (value === undefined) return undefined
  const text = isWholeNumber(value) ? String(value) : value
  if (typeof text === 'string' && isWireName(text, longest)) return text
  throw invalid(name, `must be text of 1 to ${longest} bytes without control characters`)
}

/** Whether a text can be a name or an id on the wire. */
export function isWireName(text: string, longest: number): boolean {
  if (text === '' || text.length > longest || UNPRINTABLE.test(text)) return false
  return text.length * 3 <= longest || Buffer.byteLength(text) <= longest
}

const UNPRINTABLE = /\p{Cc}|\p{Surrogate}/u

/** Retries so far: 0 where nothing is said; digits as text are read, as Celery does. */
export function retriesField(fields: Fields): number {
  const value = ownField(fields, CELERY.retries) ?? 0
  const retries = typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value
  if (isWholeNumber(retries) && retries >= 0 && retries <= MOST_RETRIES) return Number(retries)
  throw invalid(CELERY.retries, `must be a whole number from 0 to ${MOST_RETRIES}`)
}

/** A whole number from 0, such as a place in a group. */
export function indexField(fields: Fields, name: string): number | undefined {
  const value = ownField(fields, name)
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(name, 'must be a whole number from 0, or null')
}

/** True, or false for everything Celery writes for it. */
export function flagField(fields: Fields, name: string): boolean {
  const value = ownField(fields, name) ?? false
  if (typeof value === 'boolean') return value
  throw invalid(name, 'must be true, false or null')
}

/** A moment in ISO 8601, as epoch milliseconds; without an offset it is UTC. */
export function momentField(fields: Fields, name: string): number | undefined {
  const value = ownField(fields, name)
  if (value === undefined) return undefined
  const epochMs = typeof value === 'string' ? parseDateTime(value) : undefined
  if (epochMs !== undefined) return epochMs
  throw invalid(name, 'must be a date and time in ISO 8601, or null')
}

/** Celery's `timelimit`: hard before soft, in seconds, whole or not; null, `[]` and 0 mean none. */
export function timeLimitField(fields: Fields): {
  readonly hardMs: number | undefined
  readonly softMs: number | undefined
} {
  const value = ownField(fields, CELERY.timeLimit) ?? []
  if (!Array.isArray(value) || value.length > 2)
    throw invalid(CELERY.timeLimit, 'must be [hard, soft] in seconds, or null')
  return { hardMs: secondsToMs(value[0]), softMs: secondsToMs(value[1]) }
}

function secondsToMs(value: unknown): number | undefined {
  const seconds = value === undefined || value === null ? 0 : value
  const ms =
    typeof seconds === 'number' || typeof seconds === 'bigint'
      ? Math.round(Number(seconds) * 1000)
      : Number.NaN
  if (Number.isSafeInteger(ms) && ms >= 0) return ms === 0 ? undefined : ms
  throw invalid(CELERY.timeLimit, 'must be [hard, soft] in seconds, or null')
}

/** The refusal of a field, by its name and never with its value. */
export function invalid(name: string, rule: string): MessageError {
  return new MessageError('ERR_HEADER_INVALID', `The header "${name}" ${rule}. Correct it at the sender.`)
}

function isWholeNumber(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}
