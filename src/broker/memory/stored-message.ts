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
  /** When it expires, by the monotonic clock; undefined when it does not. */
  readonly expiresAt: number | undefined
  /** How often it came back after being handed out. */
  returns: number
}

/** Deeper tables than this are refused, before the stack is used up. */
const DEEPEST_TABLE = 200

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

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

/** A header table of its own, without prototype. */
export function copyHeaders(headers: Headers): Record<string, HeaderValue> {
  return copyTable(headers, '', 0)
}

function copyTable(table: Headers, path: string, depth: number): Record<string, HeaderValue> {
  if (depth > DEEPEST_TABLE) throw invalid(path, `it is nested deeper than ${DEEPEST_TABLE} levels`)
  const copy = Object.create(null) as Record<string, HeaderValue>
  for (const key of Object.keys(table)) copy[key] = copyValue(table[key], path, key, depth)
  return copy
}

function copyValue(value: unknown, path: string, key: string, depth: number): HeaderValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  if (typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX) return value
  const here = path === '' ? key : `${path}.${key}`
  if (typeof value !== 'object') throw invalid(here, `a ${describe(value)} cannot be in a header table`)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return copyArray(value, here, depth + 1)
  return copyTable(value as Headers, here, depth + 1)
}

function copyArray(values: readonly unknown[], path: string, depth: number): readonly HeaderValue[] {
  if (depth > DEEPEST_TABLE) throw invalid(path, `it is nested deeper than ${DEEPEST_TABLE} levels`)
  return values.map((value, index) => copyValue(value, path, String(index), depth))
}

function describe(value: unknown): string {
  if (typeof value === 'number') return 'NaN'
  return typeof value === 'bigint' ? 'bigint beyond 64 bits' : typeof value
}

function invalid(path: string, why: string): PayloadError {
  return new PayloadError(
    'ERR_HEADER_INVALID',
    `Header "${path.slice(0, 100)}" cannot be sent: ${why}. Nothing was sent.`,
    { issues: [{ path, message: why }] },
  )
}
