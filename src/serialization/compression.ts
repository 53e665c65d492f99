/** Celery's `compression` header: which ones are read, and inflating within bounds. */
import { inflate, type ZlibOptions } from 'node:zlib'
import { MessageError } from '../kernel/errors.js'
import { escapeControls } from '../kernel/safe-text.js'
import type { SizeLimits } from './serializer.js'

/** All three names mean a zlib stream (RFC 1950): Python's `zlib.compress` under the name of gzip. */
const ZLIB_NAMES: ReadonlySet<string> = new Set(['application/x-gzip', 'gzip', 'zlib'])

/** How many times its own size a body may inflate to; honest text stays far below, a bomb goes to 1000. */
const LARGEST_RATIO = 100
/** What any body may inflate to: below this a bomb does no harm, and short repetitive data is common. */
const HARMLESS_BYTES = 64 * 1024

/**
 * The body a compressed one stands for. Inflates off the main thread, and no further than the limits.
 * @throws MessageError ERR_COMPRESSION_REFUSED (synchronously), ERR_BODY_BOMB, ERR_COMPRESSION_CORRUPT
 */
export function decompress(body: Uint8Array, compression: string, limits: SizeLimits): Promise<Uint8Array> {
  if (!ZLIB_NAMES.has(compression)) {
    throw new MessageError(
      'ERR_COMPRESSION_REFUSED',
      `The body is compressed as "${escapeControls(compression.slice(0, 80))}", which is not read here. Send it as zlib, or uncompressed.`,
    )
  }
  const maxOutputLength = Math.min(
    limits.inflatedBytes,
    Math.max(body.length * LARGEST_RATIO, HARMLESS_BYTES),
  )
  return inflateWithin(body, maxOutputLength)
}

/** What `inflate` hands over with `info: true`. */
interface Inflated {
  readonly buffer: Buffer
  /** `bytesWritten` is how much of the input the stream was made of. */
  readonly engine: { readonly bytesWritten: number }
}

function inflateWithin(body: Uint8Array, maxOutputLength: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options: ZlibOptions = { maxOutputLength, info: true }
    inflate(body, options, (error, result) => {
      if (error) return reject(refusal(error, body.length, maxOutputLength))
      const { buffer, engine } = result as unknown as Inflated
      if (engine.bytesWritten !== body.length) return reject(corrupt(body.length))
      resolve(buffer)
    })
  })
}

function refusal(error: NodeJS.ErrnoException, bytes: number, maxOutputLength: number): MessageError {
  if (error.code !== 'ERR_BUFFER_TOO_LARGE') return corrupt(bytes, error)
  return new MessageError(
    'ERR_BODY_BOMB',
    `The compressed body of ${bytes} bytes inflates to more than ${maxOutputLength} bytes. Send it uncompressed, or raise the limit.`,
  )
}

function corrupt(bytes: number, cause?: Error): MessageError {
  return new MessageError(
    'ERR_COMPRESSION_CORRUPT',
    `The compressed body of ${bytes} bytes is not one whole zlib stream. What Celery calls gzip is zlib, without a gzip header.`,
    cause === undefined ? {} : { cause },
  )
}
