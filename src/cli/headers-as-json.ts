/** A header table in what JSON has: bytes as base64, large integers as text. */
import type { DeadLetter } from '../app.js'

type Headers = DeadLetter['headers']
type HeaderValue = Headers[string]

/** The same table; a key `__proto__` is a key like any other. */
export function headersAsJson(headers: Headers): Record<string, unknown> {
  const table = Object.create(null) as Record<string, unknown>
  for (const [name, value] of Object.entries(headers)) table[name] = asJson(value)
  return table
}

function asJson(value: HeaderValue): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return { base64: Buffer.from(value).toString('base64') }
  return Array.isArray(value) ? value.map(asJson) : headersAsJson(value as Headers)
}
