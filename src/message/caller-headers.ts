/** Headers that users add to a call: checked and copied before anything is sent, since a broken header table costs the channel. */
import { PayloadError } from '../kernel/errors.js'
import { escapeControls } from '../kernel/safe-text.js'
import { isPlainArray, isPlainObject, taggedKindOf, wordsFor } from '../serialization/value-kind.js'
import { isWireName } from './header-fields.js'
import { isBrokerName, isCeleryName, OWN_PREFIX } from './headers.js'
import type { Headers, HeaderValue } from './wire-message.js'

/** Bytes of all the headers of a call, names included. */
export const MOST_HEADER_BYTES = 32 * 1024
/** Arrays and tables inside each other. */
export const DEEPEST_HEADER = 8
/** Bytes of a header's name, a short string in AMQP. */
const LONGEST_HEADER_NAME = 255

/**
 * A copy of the headers that can travel. Left out: what is undefined, and what is inherited.
 * @throws PayloadError ERR_HEADER_INVALID for what AMQP has no type for, or would change; for names of the protocol and the broker; for too much
 */
export function checkCallerHeaders(headers: Readonly<Record<string, unknown>>): Headers {
  try {
    return copyCallerTable(headers)
  } catch (thrown) {
    if (thrown instanceof PayloadError) throw thrown
    throw refusal('', 'cannot be read', thrown)
  }
}

function copyCallerTable(headers: Readonly<Record<string, unknown>>): Headers {
  const size: Size = { bytes: 0 }
  for (const name of Object.keys(headers)) {
    if (isReserved(name)) throw refusal(name, 'is a name of the protocol or the broker; choose another one')
  }
  return copyTable(headers, { path: '', depth: 1, size })
}

/** Celery's names, ours, and those RabbitMQ acts on. */
function isReserved(name: string): boolean {
  return isCeleryName(name) || isBrokerName(name) || name.startsWith(OWN_PREFIX)
}

interface Size {
  bytes: number
}

/** Where in the headers a table or an array is. */
interface Place {
  readonly path: string
  readonly depth: number
  readonly size: Size
}

function copyTable(table: object, place: Place): Readonly<Record<string, HeaderValue>> {
  checkDepth(place)
  const copy = Object.create(null) as Record<string, HeaderValue>
  for (const name of Object.keys(table)) {
    const path = place.path === '' ? name : `${place.path}.${name}`
    const value: unknown = (table as Record<string, unknown>)[name]
    checkName(name, path)
    if (value === undefined) continue
    grow(place, path, Buffer.byteLength(name))
    copy[name] = copyValue(value, { ...place, path })
  }
  return copy
}

function checkName(name: string, path: string): void {
  if (!isWireName(name, LONGEST_HEADER_NAME)) {
    throw refusal(path, `needs a name of 1 to ${LONGEST_HEADER_NAME} bytes without control characters`)
  }
  // amqplib reads a table with the key "!" as a typed value, and "__proto__" would not stay a key.
  if (name === '!' || name === '__proto__') throw refusal(path, 'has a name that cannot be sent')
}

function copyArray(items: readonly unknown[], place: Place): readonly HeaderValue[] {
  checkDepth(place)
  // Not with map, which passes over the holes.
  return Array.from(items, (item, index) => copyValue(item, { ...place, path: `${place.path}[${index}]` }))
}

function copyValue(value: unknown, place: Place): HeaderValue {
  grow(place, place.path, typeof value === 'string' ? Buffer.byteLength(value) : 8)
  switch (typeof value) {
    case 'string':
      return copyText(value, place)
    case 'number':
      if (Number.isFinite(value)) return value
      throw refusal(place.path, `is ${value}, over which the broker closes the connection`)
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return value
      throw refusal(place.path, 'is an integer of more than 64 bits')
    case 'boolean':
      return value
    case 'object':
      return value === null ? null : copyObject(value, { ...place, depth: place.depth + 1 })
    default:
      throw refusal(place.path, `is ${wordsFor(value)}`)
  }
}

/** AMQP text is UTF-8, which has no bytes for half a character: it would arrive as U+FFFD. */
function copyText(text: string, place: Place): string {
  if (/\p{Surrogate}/u.test(text))
    throw refusal(place.path, 'is text with half a character in it (a lone surrogate)')
  return text
}

function copyObject(value: object, place: Place): HeaderValue {
  if (Array.isArray(value) && isPlainArray(value)) return copyArray(value, place)
  if (taggedKindOf(value) === 'bytes') {
    grow(place, place.path, (value as Uint8Array).length)
    return Uint8Array.from(value as Uint8Array)
  }
  if (!Array.isArray(value) && isPlainObject(value)) return copyTable(value, place)
  throw refusal(
    place.path,
    `is ${wordsFor(value)}; headers take text, numbers, booleans, null, bytes, arrays and plain objects`,
  )
}

function checkDepth(place: Place): void {
  if (place.depth > DEEPEST_HEADER)
    throw refusal(place.path, `lies deeper than ${DEEPEST_HEADER} arrays and objects, or contains itself`)
}

function grow(place: Place, path: string, bytes: number): void {
  place.size.bytes += bytes
  if (place.size.bytes > MOST_HEADER_BYTES) {
    throw refusal(
      path,
      `makes the headers larger than ${MOST_HEADER_BYTES} bytes; send large data as an argument`,
    )
  }
}

function refusal(path: string, why: string, cause?: unknown): PayloadError {
  const name = escapeControls(path.length > 200 ? `${path.slice(0, 200)}…` : path)
  const what = path === '' ? 'The headers of the call' : `The header "${name}" of the call`
  const options = cause === undefined ? {} : { cause }
  return new PayloadError('ERR_HEADER_INVALID', `${what} ${why}. Nothing was sent.`, {
    ...options,
    issues: [{ path: name, message: why }],
  })
}
