/** How long a server asks us to wait: Retry-After, out of an error of whatever HTTP client. */
import { types } from 'node:util'
import { systemClock } from '../kernel/clock.js'
import { MAX_DELAY_MS } from '../kernel/duration.js'
import { isList, readProperty } from '../kernel/guarded.js'
import { causesOf } from './error-chain.js'
import { parseHttpDate } from './http-date.js'

const HEADER = 'retry-after'
/** Headers that are looked through for it, where they are no `Headers`. */
const MOST_HEADERS = 1000

/**
 * Milliseconds from `nowMs` (epoch milliseconds; default now), that the server asks to wait: 0 for a moment that has passed, at most 2^28 - 1 s; undefined where
 * nothing that can be understood is said. Looks at the error and its causes for the header in `response.headers` and `headers` (a `Headers`, an object,
 * or a list, as fetch, axios, got and undici have them), for `retryAfterMs`, a number, and for `retryAfter`, a text as in the header or a Date;
 * a bare number there is not taken, because libraries mean seconds as well as milliseconds by it. Never throws.
 */
export function retryAfterMs(error: unknown, nowMs: number = systemClock.now()): number | undefined {
  for (const one of causesOf(error)) {
    const ms = saidMs(one, nowMs)
    if (ms !== undefined) return Math.min(MAX_DELAY_MS, Math.max(0, Math.ceil(ms)))
  }
  return undefined
}

function saidMs(error: object, nowMs: number): number | undefined {
  const ownMs = readProperty(error, 'retryAfterMs')
  if (typeof ownMs === 'number' && ownMs >= 0) return ownMs
  const headerMs =
    headerFieldMs(headersOf(readProperty(error, 'response')), nowMs) ?? headerFieldMs(headersOf(error), nowMs)
  return headerMs ?? momentMs(readProperty(error, 'retryAfter'), nowMs)
}

function headersOf(response: unknown): unknown {
  return typeof response === 'object' && response !== null ? readProperty(response, 'headers') : undefined
}

function headerFieldMs(headers: unknown, nowMs: number): number | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined
  return fieldMs(fieldOf(headers), nowMs)
}

/** What the header field says, in whatever way the headers are kept. */
function fieldOf(headers: object): unknown {
  try {
    const field = callGet(headers)
    if (field !== undefined && field !== null) return field
    return isList(headers) ? fieldInList(headers) : fieldInObject(headers)
  } catch {
    return undefined
  }
}

function callGet(headers: object): unknown {
  const get = readProperty(headers, 'get')
  return typeof get === 'function' ? (get.call(headers, HEADER) as unknown) : undefined
}

/** `[name, value, name, value]` as on a socket, or `[[name, value], …]`. */
function fieldInList(list: readonly unknown[]): unknown {
  const fields = list.slice(0, MOST_HEADERS).flat()
  const at = fields.findIndex((field, index) => index % 2 === 0 && isName(field))
  return at < 0 ? undefined : fields[at + 1]
}

function fieldInObject(headers: object): unknown {
  const name = Object.keys(headers).slice(0, MOST_HEADERS).find(isName)
  return name === undefined ? undefined : readProperty(headers, name)
}

function isName(name: unknown): boolean {
  return textOf(name)?.toLowerCase() === HEADER
}

function fieldMs(field: unknown, nowMs: number): number | undefined {
  const first = isList(field) ? readProperty(field, 0) : field
  if (typeof first === 'number') return Number.isInteger(first) && first >= 0 ? first * 1000 : undefined
  const text = textOf(first)?.trim()
  if (text === undefined) return undefined
  // RFC 9110 section 10.2.3: whole seconds, or a date.
  return /^\d+$/.test(text) ? Number(text) * 1000 : aheadMs(parseHttpDate(text, nowMs), nowMs)
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  // Undici keeps names and values as the bytes they came as.
  return types.isUint8Array(value) ? new TextDecoder('latin1').decode(value) : undefined
}

function momentMs(said: unknown, nowMs: number): number | undefined {
  if (typeof said === 'string') return fieldMs(said, nowMs)
  return types.isDate(said) ? aheadMs(Date.prototype.getTime.call(said), nowMs) : undefined
}

function aheadMs(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined || Number.isNaN(atMs) ? undefined : atMs - nowMs
}
