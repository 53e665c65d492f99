/** Header tables out of bytes, in amqplib's place: every type Python sends, no prototypes, bounded nesting, and never an exception. */
import { isUtf8 } from 'node:buffer'
import type { HeaderValue, Headers } from '../../message/wire-message.js'
import { UNREADABLE } from '../../message/headers.js'
import { MAX_TABLE_DEPTH } from './field-table-encoder.js'

/**
 * Reads the fields of one table. Stands in for amqplib's `decodeFields`, with its signature: that one throws, and with it the connection dies,
 * on a type it does not know (`L`, which Python writes) and on deep nesting, and sets a prototype for the key `__proto__`.
 * A table that cannot be read comes back as one that says so under `UNREADABLE`, so that its message can be parked.
 */
export function decodeFieldTable(bytes: Buffer): Headers {
  try {
    return new TableReader(bytes).readFields(bytes.length)
  } catch (error) {
    return unreadable(bytes, error instanceof Error ? error.message : 'it cannot be read')
  }
}

type ReadValue = (reader: TableReader) => HeaderValue

class TableReader {
  readonly bytes: Buffer
  #offset = 0
  #depth = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  readFields(end: number): Headers {
    const fields: Record<string, HeaderValue> = Object.create(null)
    while (this.#offset < end) {
      const key = this.#readText(this.bytes[this.claim(1)] ?? 0)
      fields[key] = this.#readValue()
    }
    this.#expectEnd(end)
    return fields
  }

  readArray(end: number): HeaderValue[] {
    const elements: HeaderValue[] = []
    while (this.#offset < end) elements.push(this.#readValue())
    this.#expectEnd(end)
    return elements
  }

  /** What lies inside a table or array of its own length. */
  readNested<T>(read: (end: number) => T): T {
    if (++this.#depth > MAX_TABLE_DEPTH) throw new RangeError(`it nests deeper than ${MAX_TABLE_DEPTH}`)
    const length = this.readLength()
    const end = this.#offset + length
    if (end > this.bytes.length) throw new RangeError('a length in it reaches beyond its end')
    const content = read(end)
    this.#depth--
    return content
  }

  /** Text, or the bytes themselves where they are not UTF-8. */
  readLongString(): HeaderValue {
    const length = this.readLength()
    const text = this.#readText(length)
    if (!text.includes('\uFFFD')) return text
    const bytes = this.bytes.subarray(this.#offset - length, this.#offset)
    return isUtf8(bytes) ? text : Buffer.from(bytes)
  }

  readBytes(): HeaderValue {
    const length = this.readLength()
    const start = this.claim(length)
    // A copy: the original is part of what the socket read, and would keep all of that.
    return Buffer.from(this.bytes.subarray(start, start + length))
  }

  readLength(): number {
    return this.bytes.readUInt32BE(this.claim(4))
  }

  /** Where the next `size` bytes start; they count as read. */
  claim(size: number): number {
    const start = this.#offset
    const end = start + size
    if (end > this.bytes.length) throw new RangeError('it is cut short')
    this.#offset = end
    return start
  }

  #readText(length: number): string {
    const start = this.claim(length)
    return this.bytes.toString('utf8', start, start + length)
  }

  #readValue(): HeaderValue {
    const tag = this.bytes[this.claim(1)] ?? 0
    const read = READERS[tag]
    if (!read)
      throw new TypeError(`it has a field of the unknown type 0x${tag.toString(16).padStart(2, '0')}`)
    return read(this)
  }

  #expectEnd(end: number): void {
    if (this.#offset !== end) throw new RangeError('a value in it reaches beyond its end')
  }
}

/** By type tag. RabbitMQ's table, and what the specification and py-amqp write besides: `L` and `U` are signed there. */
const READERS: readonly (ReadValue | undefined)[] = byTag({
  b: (reader) => reader.bytes.readInt8(reader.claim(1)),
  B: (reader) => reader.bytes.readUInt8(reader.claim(1)),
  s: (reader) => reader.bytes.readInt16BE(reader.claim(2)),
  U: (reader) => reader.bytes.readInt16BE(reader.claim(2)),
  u: (reader) => reader.bytes.readUInt16BE(reader.claim(2)),
  I: (reader) => reader.bytes.readInt32BE(reader.claim(4)),
  i: (reader) => reader.bytes.readUInt32BE(reader.claim(4)),
  l: (reader) => toInteger(reader.bytes.readBigInt64BE(reader.claim(8))),
  L: (reader) => toInteger(reader.bytes.readBigInt64BE(reader.claim(8))),
  f: (reader) => reader.bytes.readFloatBE(reader.claim(4)),
  d: (reader) => reader.bytes.readDoubleBE(reader.claim(8)),
  t: (reader) => reader.bytes[reader.claim(1)] !== 0,
  V: () => null,
  S: (reader) => reader.readLongString(),
  x: (reader) => reader.readBytes(),
  A: (reader) => reader.readNested((end) => reader.readArray(end)),
  F: (reader) => reader.readNested((end) => reader.readFields(end)),
  T: (reader) => typed('timestamp', toInteger(reader.bytes.readBigUInt64BE(reader.claim(8)))),
  D: (reader) => typed('decimal', readDecimal(reader)),
})

function readDecimal(reader: TableReader): HeaderValue {
  return {
    places: reader.bytes.readUInt8(reader.claim(1)),
    digits: reader.bytes.readUInt32BE(reader.claim(4)),
  }
}

function byTag(readers: Readonly<Record<string, ReadValue>>): (ReadValue | undefined)[] {
  const table = new Array<ReadValue | undefined>(256).fill(undefined)
  for (const [tag, read] of Object.entries(readers)) table[tag.charCodeAt(0)] = read
  return table
}

function toInteger(value: bigint): HeaderValue {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** In amqplib's form, which the encoder turns back into the same type. */
function typed(type: string, value: HeaderValue): HeaderValue {
  return { '!': type, value }
}

function unreadable(bytes: Buffer, why: string): Headers {
  const headers: Record<string, HeaderValue> = Object.create(null)
  headers[UNREADABLE.reason] = `The header table of this message could not be read: ${why}.`
  headers[UNREADABLE.bytes] = Buffer.from(bytes)
  return headers
}
