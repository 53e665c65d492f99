/** The tagged values inside JSON: kombu's `__type__` for Date and bytes, our own `__taskalope__` for bigint, Map and Set; written and restored. */
import { MessageError } from '../kernel/errors.js'
import { formatDateTime, isPythonMoment, parseDateTime } from '../kernel/iso-date-time.js'
import { escapeControls } from '../kernel/safe-text.js'
import { MAX_INTEGER_DIGITS } from './limits.js'

/** The key that names the type in kombu's tags (5.3 and later). */
export const KOMBU_TAG = '__type__'
/** The key that names the type in our own. */
export const OWN_TAG = '__taskalope__'
/** The key that holds the value, in both. */
export const TAG_VALUE = '__value__'

/** The opening of a tag in JSON text; its value and a brace follow. */
export const openTag = (tag: string, type: string): string => `{"${tag}":"${type}","${TAG_VALUE}":`

const OPEN_DATETIME = openTag(KOMBU_TAG, 'datetime')
const OPEN_MOMENT = openTag(OWN_TAG, 'datetime')
const OPEN_BASE64 = openTag(KOMBU_TAG, 'base64')
const OPEN_BIGINT = openTag(OWN_TAG, 'bigint')
const OPEN_NUMBER = openTag(OWN_TAG, 'number')

/** A valid Date as JSON text; outside Python's years only we can read it. */
export function dateTag(epochMs: number): string {
  if (!isPythonMoment(epochMs)) return `${OPEN_MOMENT}${epochMs}}`
  return `${OPEN_DATETIME}"${formatDateTime(epochMs)}"}`
}

/** Bytes as JSON text. */
export function bytesTag(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return `${OPEN_BASE64}"${view.toString('base64')}"}`
}

/** An integer, given as its digits, as JSON text that comes back as `bigint`. */
export const bigintTag = (digits: string): string => `${OPEN_BIGINT}"${digits}"}`

/** `NaN`, `Infinity` or `-Infinity`, which JSON has no word for. Never sent: it stands in while a text from Python is read. */
export const numberTag = (word: string): string => `${OPEN_NUMBER}"${word}"}`

/**
 * Puts the values in place of their tags, anywhere in a freshly parsed value, in place.
 * Dates come back as `Date`, bytes as `Buffer`; Python's date, time, decimal and uuid, for which JavaScript has no type, as their text.
 * @throws MessageError ERR_FORBIDDEN_KEY, ERR_TAG_UNKNOWN
 */
export function restoreTags(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? restoreArray(value) : restoreObject(value as Record<string, unknown>)
}

function restoreArray(array: unknown[]): unknown[] {
  for (let index = 0; index < array.length; index += 1) array[index] = restoreTags(array[index])
  return array
}

function restoreObject(object: Record<string, unknown>): unknown {
  const keys = Object.keys(object)
  for (const key of keys) {
    if (key === '__proto__') throw forbiddenKey()
    object[key] = restoreTags(object[key])
  }
  if (keys.length !== 2 || !Object.hasOwn(object, TAG_VALUE)) return object
  // Exactly these two keys, as kombu has it: a dict with a third one is only a dict.
  if (Object.hasOwn(object, KOMBU_TAG)) return restore(KOMBU_TYPES, object[KOMBU_TAG], object[TAG_VALUE])
  if (Object.hasOwn(object, OWN_TAG)) return restore(OWN_TYPES, object[OWN_TAG], object[TAG_VALUE])
  return object
}

type Restorer = (value: unknown) => unknown

/** Each gives undefined for what is not a value of its type. */
const KOMBU_TYPES: ReadonlyMap<unknown, Restorer> = new Map<unknown, Restorer>([
  ['datetime', (value) => (typeof value === 'string' ? dateOf(parseDateTime(value)) : undefined)],
  ['date', textOnly],
  ['time', textOnly],
  ['decimal', textOnly],
  ['uuid', uuidText],
  ['bytes', (value) => (typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined)],
  ['base64', (value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : undefined)],
])

const OWN_TYPES: ReadonlyMap<unknown, Restorer> = new Map<unknown, Restorer>([
  ['bigint', bigintOf],
  ['map', (value) => (isEntries(value) ? new Map(value) : undefined)],
  ['set', (value) => (Array.isArray(value) ? new Set(value) : undefined)],
  ['datetime', (value) => (typeof value === 'number' ? dateOf(value) : undefined)],
  ['number', (value) => (value === 'NaN' ? Number.NaN : value === '-Infinity' ? -Infinity : Infinity)],
])

function restore(types: ReadonlyMap<unknown, Restorer>, type: unknown, value: unknown): unknown {
  const restorer = types.get(type)
  const restored = restorer?.(value)
  if (restored !== undefined) return restored
  const name = typeof type === 'string' ? `"${escapeControls(type.slice(0, 80))}"` : `of type ${typeof type}`
  throw new MessageError(
    'ERR_TAG_UNKNOWN',
    restorer
      ? `The body has a value tagged ${name} that is not one. The sender's tag and value do not belong together.`
      : `The body has a value with the unknown tag ${name}. Send plain data, or one of the types both sides know.`,
  )
}

/** The refusal of an own key `__proto__`, which would change what an object is once it is copied. */
function forbiddenKey(): MessageError {
  return new MessageError(
    'ERR_FORBIDDEN_KEY',
    'The body has an object with the key "__proto__". Rename that key at the sender; it is never accepted.',
  )
}

function textOnly(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function dateOf(epochMs: number | undefined): Date | undefined {
  const date = new Date(epochMs ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function uuidText(value: unknown): string | undefined {
  const given =
    typeof value === 'object' && value !== null && Object.hasOwn(value, 'hex')
      ? (value as { hex: unknown }).hex
      : value
  const hex = typeof given === 'string' ? given.replaceAll('-', '').toLowerCase() : ''
  const parts = /^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/.exec(hex)
  return parts?.slice(1).join('-')
}

function bigintOf(value: unknown): bigint | undefined {
  const isInteger =
    typeof value === 'string' && value.length <= MAX_INTEGER_DIGITS + 1 && /^-?\d+$/.test(value)
  return isInteger ? BigInt(value) : undefined
}

function isEntries(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 2)
}
