/** The default serializer: JSON that Python's kombu reads too, with tagged values for what JSON has no word for. */
import { MessageError } from '../kernel/errors.js'
import { jsonErrorPosition } from './json-syntax.js'
import { replaceIn, scanJson } from './json-scan.js'
import { JsonWriter } from './json-writer.js'
import { checkBodySize, sizeLimits } from './limits.js'
import type { EncodeOptions, Serializer, SizeLimits } from './serializer.js'
import { restoreTags } from './tagged-values.js'

/**
 * The serializer for `application/json`.
 *
 * Out: plain JSON values as they are; `Date` and bytes in kombu's tagged form, `bigint`, `Map` and `Set` in one of our own; absent
 * optional properties are left out, and `-0` becomes 0. Whatever JSON would change silently is refused with its path.
 * In: everything Python writes. Integers beyond 2^53 come back as `bigint`, bare `NaN` and `Infinity` as numbers, tagged bytes as
 * `Buffer`, Python's date, time, decimal and uuid as text. Of a key that comes twice the last one counts.
 */
export function jsonSerializer(limits: Partial<SizeLimits> = {}): Serializer {
  const bounds = sizeLimits(limits)
  return Object.freeze({
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    encode: (value: unknown, options: EncodeOptions) => new JsonWriter(bounds, options).encode(value),
    decode: (bytes: Uint8Array) => decode(bytes, bounds),
  })
}

/** Refuses bytes that are not UTF-8, where Buffer would put U+FFFD; a byte order mark is dropped. */
const UTF8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array, limits: SizeLimits): unknown {
  if (bytes.length === 0)
    throw new MessageError('ERR_BODY_EMPTY', 'The body is empty: not one byte was sent.')
  checkBodySize(bytes, limits.inflatedBytes)
  const text = decodeUtf8(bytes)
  const replacements = scanJson(text, limits)
  const isPlain = replacements.length === 0
  const value = parse(isPlain ? text : replaceIn(text, replacements), text)
  return !isPlain || mayHoldTags(text) ? restoreTags(value) : value
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new MessageError(
      'ERR_BODY_NOT_UTF8',
      `The body of ${bytes.length} bytes is not UTF-8. Encode it as UTF-8 at the sender.`,
    )
  }
}

/** Parses a text; a refusal tells the place in `original`, the text as it came. */
function parse(text: string, original: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without the cause: its message quotes the body.
    throw new MessageError(
      'ERR_BODY_NOT_JSON',
      `The body is not JSON: it goes wrong at character ${jsonErrorPosition(original)} of ${original.length}. Look at what the sender writes.`,
    )
  }
}

/** Whether a key of two underscores can be in it, `__proto__` included; an underscore can also be written as an escape. */
function mayHoldTags(text: string): boolean {
  return text.includes('__') || text.includes('\\u005')
}
