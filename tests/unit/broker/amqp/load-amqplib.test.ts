/** The amqplib this library loads: mended inside, of the version the mending was made for, and not the application's own. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadAmqplib } from '../../../../src/broker/amqp/load-amqplib.js'

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('amqplib'))
const inside = (file: string): unknown => require(join(folder, file))

interface Codec {
  encodeTable(buffer: Buffer, table: object, offset: number): number
  decodeFields(bytes: Buffer): object
}

describe('loading amqplib', () => {
  it('is about the version that was looked into: look again when this fails', () => {
    const { version } = inside('package.json') as { version: string }
    const ours = require('../../../../package.json') as { dependencies: Record<string, string> }

    expect(version).toBe('2.3.1')
    expect(ours.dependencies['amqplib']).toBe(version)
  })

  it('gives the same one each time', () => {
    expect(loadAmqplib()).toBe(loadAmqplib())
  })

  it('leaves the amqplib of the application as it is, whichever is loaded first', () => {
    const theirs = require('amqplib') as object
    const codec = inside('lib/codec.js') as Codec
    const ours = loadAmqplib()

    expect(ours).not.toBe(theirs)
    expect(require('amqplib')).toBe(theirs)
    expect(inside('lib/codec.js')).toBe(codec)
    const buffer = Buffer.alloc(64)
    const size = codec.encodeTable(buffer, { n: 300 }, 0)
    expect(buffer.subarray(4, size).toString('latin1')).toBe('\u0001ns\u0001\u002c')
  })

  it('finds what it mends where it is: a codec read while loading, formats, the first frames', () => {
    const codec = inside('lib/codec.js') as Codec
    const format = inside('lib/format.js') as Record<string, unknown>
    const { Connection } = inside('lib/connection.js') as {
      Connection: { prototype: Record<string, unknown> }
    }

    expect([codec.encodeTable.length, codec.decodeFields.length]).toEqual([3, 1])
    expect([typeof format['inspect'], typeof format['closeMessage']]).toEqual(['function', 'function'])
    expect(typeof Connection.prototype['acceptLoop']).toBe('function')
  })
})
