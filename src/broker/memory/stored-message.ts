/** A message as a queue of the embedded broker keeps it, and how messages cross by value: copied in, copied out. */
import { PayloadError } from '../../kernel/errors.js'
import type { HeaderValue, Headers, WireMessage } from '../../message/wire-message.js'

/** A message at its place in a queue. */
export interface StoredMessage {
  /** Its place: what a queue got first has the lowest number. */
  readonly place: number
  readonly message: WireMessage
  readonly exchange: string
  readonly routingKey: string
  /** It has waited here as long as it was sent to. */
  readonly delayed: boolean
  /** When it expires, by the monotonic clock; undefined when it does not. */
  readonly expiresAt: number | undefined
  /** How often it came back after being handed out. */
  returns: number
}

/** As on the wire: nothing legitimate nests deeper. */
const DEEPEST_TABLE = 64
const LONGEST_KEY_BYTES = 255
const INT64_LIMIT = 2 ** 63

/**
 * The same message with nothing shared: what its owner changes later is not seen on this side.
 * @throws PayloadError ERR_HEADER_INVALID for a header that no header table can hold.
 */
export function copyMessage(message: WireMessage): WireMessage {
  return {
    // `from` copies; `slice` of a Buffer would be a view on the same bytes.
    body: Buffer.from(message.body),
    properties: { ...message.properties },
    headers: copyHeaders(message.headers),
  }
}

/** A header table of its own, without prototype, its values as they come out of RabbitMQ. */
export function copyHeaders(headers: Headers): Record<string, HeaderValue> {
  return copyTable(headers, '', 0)
}

function copyTable(table: Headers, path: string, depth: number): Record<string, HeaderValue> {
  checkDepth(path, depth)
  const copy = Object.create(null) as Record<string, HeaderValue>
  for (const key of Object.keys(table)) {
    const value: unknown = table[key]
    if (value === undefined) continue
    if (key.length * 3 > LONGEST_KEY_BYTES) checkKey(key, path)
    copy[key] = isPlain(value) ? value : copyValue(value, path === '' ? key : `${path}.${key}`, depth)
  }
  return copy
}

/** What needs neither copying nor looking at twice: nearly everything. */
function isPlain(value: unknown): value is string | number | boolean | null {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    value === null ||
    (typeof value === 'number' && Number.isSafeInteger(value))
  )
}

function copyValue(value: unknown, path: string, depth: number): HeaderValue {
  if (isPlain(value)) return value
  if (typeof value === 'number') return copyNumber(value, path)
  if (typeof value === 'bigint') return copyBigint(value, path)
  if (typeof value !== 'object') throw invalid(path, `a header cannot be a ${typeof value}`)
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return copyArray(value, path, depth + 1)
  return copyTable(value as Headers, path, depth + 1)
}

/** An integer beyond 2^53 travels as one of 64 bits, and comes out as a bigint. */
function copyNumber(value: number, path: string): number | bigint {
  if (!Number.isFinite(value)) throw invalid(path, `a header cannot be ${value}`)
  return Number.isInteger(value) && Math.abs(value) < INT64_LIMIT ? BigInt(value) : value
}

function copyBigint(value: bigint, path: string): number | bigint {
  if (BigInt.asIntN(64, value) !== value) throw invalid(path, 'an integer beyond 64 bits cannot be a header')
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function copyArray(values: readonly unknown[], path: string, depth: number): readonly HeaderValue[] {
  checkDepth(path, depth)
  return values.map((value, index) => copyValue(value, `${path}[${index}]`, depth))
}

function checkDepth(path: string, depth: number): void {
  if (depth > DEEPEST_TABLE) throw invalid(path, `headers nest deeper than ${DEEPEST_TABLE}`)
}

function checkKey(key: string, path: string): void {
  if (Buffer.byteLength(key) <= LONGEST_KEY_BYTES) return
  throw invalid(`${path}.${key}`, `a header name takes more than ${LONGEST_KEY_BYTES} bytes`)
}

function invalid(path: string, why: string): PayloadError {
  const place = path.length > 100 ? `${path.slice(0, 99)}…` : path
  return new PayloadError(
    'ERR_HEADER_INVALID',
    `Header "${place}" cannot be sent: ${why}. Nothing was sent.`,
    {
      issues: [{ path, message: why }],
    },
  )
}
