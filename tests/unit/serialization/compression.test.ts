/** Compressed bodies: zlib within bounds, everything else refused. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decompress } from '../../../src/serialization/compression.js'
import { DEFAULT_LIMITS } from '../../../src/serialization/limits.js'

const text = Buffer.from('[[1, 2], {}, null]')
const zlib = deflateSync(text)

describe('decompress', () => {
  it.each(['application/x-gzip', 'gzip', 'zlib'])('reads a zlib stream under the name %s', async (name) => {
    expect(await decompress(zlib, name, DEFAULT_LIMITS)).toEqual(text)
  })

  it.each(['application/x-bz2', 'bzip2', 'zstd', 'rot13', '', 'Application/x-gzip', '\u001b[31m'])(
    'refuses %j, and says so without control characters',
    (name) => {
      expect(() => decompress(zlib, name, DEFAULT_LIMITS)).toThrow(
        expect.objectContaining({
          code: 'ERR_COMPRESSION_REFUSED',
          message: expect.not.stringContaining('\u001b'),
        }),
      )
    },
  )

  it.each([
    ['plain text', text],
    ['a real gzip file', gzipSync(text)],
    ['a raw deflate stream', deflateRawSync(text)],
    ['brotli', brotliCompressSync(text)],
    ['a stream that breaks off', zlib.subarray(0, -3)],
    ['a stream with something after it', Buffer.concat([zlib, Buffer.from('x')])],
    ['two streams', Buffer.concat([zlib, zlib])],
    [
      'a stream with a wrong checksum',
      Buffer.concat([zlib.subarray(0, -1), Buffer.from([(zlib.at(-1) ?? 0) ^ 1])]),
    ],
  ])('refuses %s', async (_, body) => {
    await expect(decompress(body, 'zlib', DEFAULT_LIMITS)).rejects.toMatchObject({
      code: 'ERR_COMPRESSION_CORRUPT',
    })
  })

  it('stops a bomb where it passes 100 times its size', async () => {
    const small = deflateSync(Buffer.alloc(5 * 1024 * 1024))
    const large = deflateSync(Buffer.alloc(100 * 1024 * 1024))

    await expect(decompress(small, 'zlib', DEFAULT_LIMITS)).rejects.toMatchObject({ code: 'ERR_BODY_BOMB' })
    await expect(decompress(large, 'zlib', DEFAULT_LIMITS)).rejects.toMatchObject({ code: 'ERR_BODY_BOMB' })
  })

  it('stops at the limit for inflated bodies, whatever the ratio', async () => {
    const body = deflateSync(Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251)))

    expect(await decompress(body, 'zlib', { ...DEFAULT_LIMITS, inflatedBytes: 1000 })).toHaveLength(1000)
    await expect(decompress(body, 'zlib', { ...DEFAULT_LIMITS, inflatedBytes: 999 })).rejects.toMatchObject({
      code: 'ERR_BODY_BOMB',
    })
  })

  it('lets small bodies repeat themselves as they like', async () => {
    const body = deflateSync(Buffer.alloc(60 * 1024))

    expect(body.length * 100).toBeLessThan(60 * 1024)
    expect(await decompress(body, 'zlib', DEFAULT_LIMITS)).toHaveLength(60 * 1024)
  })
})
