/** The codes of errors, and which of them say that the network was at fault and may be well again soon. */
import { readProperty } from '../kernel/guarded.js'
import { errorsBehind } from './error-chain.js'

/**
 * What the operating system (connect(2), getaddrinfo(3)), Node's streams and undici (its `Errors` page) say when a connection did not come about, broke,
 * or took too long. Not among them: ENOTFOUND, a name there is none of, mostly misspelt; EADDRINUSE, which a server says; what certificates say.
 */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  // Of a client: it ran out of local ports.
  'EADDRNOTAVAIL',
  // The answer ended in the middle; node-fetch says no more than that.
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
])

/** What `AbortSignal.timeout()` makes fetch throw has this name, and no code but an old number. */
const TIMEOUT = 'TimeoutError'

/**
 * The code, such as `ECONNRESET`, of the first network fault that passes among an error, its causes and their members; `TimeoutError` for one of
 * `AbortSignal.timeout()`. Undefined where there is none. Never throws.
 */
export function networkCodeOf(error: unknown): string | undefined {
  for (const one of errorsBehind(error)) {
    const code = readProperty(one, 'code')
    if (typeof code === 'string' && TRANSIENT_CODES.has(code)) return code
    if (readProperty(one, 'name') === TIMEOUT) return TIMEOUT
  }
  return undefined
}

/** The `code` of an error, of its causes and of their members, as far as they are texts, the nearest first. Never throws. */
export function errorCodesOf(error: unknown): readonly string[] {
  return errorsBehind(error)
    .map((one) => readProperty(one, 'code'))
    .filter((code) => typeof code === 'string')
}
