/** Header tables to bytes, in amqplib's place: every integer as int32 or int64, no key with a second meaning. */
import type { HeaderValue } from '../../message/wire-message.js'

/** Deeper tables are refused: nothing legitimate nests like this, and a reader may overflow its stack. */
export const MAX_TABLE_DEPTH = 64

const INT32_LIMIT = 2 ** 31
const INT64_LIMIT = 2 ** 63
const KEY_CACHE_SIZE = 512

type Table = { readonly [key: string]: unknown }

/**
 * Writes a table into `buffer` at `offset` and returns how many bytes it took. Stands in for amqplib's `encodeTable`, with its signature:
 * amqplib writes the smallest integer type, which Python clients before py-amqp 5.4 misread, and gives the key `!` a meaning.
 * @throws RangeError when the buffer is too small, a number is not finite or too big, or the nesting too deep; TypeError for what AMQP has no type for.
 */
export function encodeFieldTable(buffer: Buffer, table: Table, offset: number): number {
  return new TableWriter(buffer, offset).writeTopLevel(table)
}

class TableWriter {
  readonly #buffer: Buffer
  #offset: number
  #depth = 0

  constructor(buffer: Buffer, offset: number) {
    this.#buffer = buffer
    this.#offset = offset
  }

  /** amqplib hands a table in as the prototype of an empty object, so the levels above count here, and only here. */
  writeTopLevel(table: Table): number {
    const start = this.#claim(4)
    for (let level: Table | null = table; level !== null && level !== Object.prototype;) {
      this.#writeFields(level, level === table ? undefined : table)
      level = Object.getPrototypeOf(level) as Table | null
    }
    this.#writeLength(start)
    return this.#offset - start
  }

  #writeFields(table: Table, shadowedBy?: Table): void {
    for (const key of Object.keys(table)) {
      const value = table[key]
      if (value === undefined || (shadowedBy && Object.hasOwn(shadowedBy, key))) continue
      this.#writeKey(key)
      this.#writeValue(value)
    }
  }

  #writeKey(key: string): void {
    const bytes = keyBytes(key)
    const at = this.#claim(bytes.length)
    bytes.copy(this.#buffer, at)
  }

  #writeValue(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#writeText(value)
      case 'number':
        return this.#writeNumber(value)
      case 'bigint':
        return this.#writeInt64(value)
      case 'boolean': {
        const at = this.#claimTagged('t', 1)
        this.#buffer[at] = value ? 1 : 0
        return
      }
      case 'object':
        return this.#writeObject(value)
      default:
        throw new TypeError(`a header cannot be a ${typeof value}`)
    }
  }

  #writeText(text: string): void {
    const length = Buffer.byteLength(text)
    const at = this.#claimTagged('S', 4 + length)
    this.#buffer.writeUInt32BE(length, at)
    this.#buffer.write(text, at + 4, 'utf8')
  }

  #writeNumber(value: number): void {
    // A NaN makes RabbitMQ close the connection.
    if (!Number.isFinite(value)) throw new RangeError(`a header cannot be ${value}`)
    if (!Number.isInteger(value) || Math.abs(value) >= INT64_LIMIT) {
      this.#buffer.writeDoubleBE(value, this.#claimTagged('d', 8))
    } else if (value >= -INT32_LIMIT && value < INT32_LIMIT) {
      this.#buffer.writeInt32BE(value, this.#claimTagged('I', 4))
    } else this.#writeInt64(BigInt(value))
  }

  #writeInt64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value)
      throw new RangeError('an integer beyond 64 bits cannot be a header')
    this.#buffer.writeBigInt64BE(value, this.#claimTagged('l', 8))
  }

  #writeObject(value: object | null): void {
    if (value === null) {
      this.#claimTagged('V', 0)
    } else if (Array.isArray(value)) {
      this.#writeNested('A', () => {
        for (const element of value) this.#writeValue(element)
      })
    } else if (value instanceof Uint8Array) {
      const at = this.#claimTagged('x', 4 + value.length)
      this.#buffer.writeUInt32BE(value.length, at)
      this.#buffer.set(value, at + 4)
    } else if (!this.#writeTyped(value)) {
      this.#writeNested('F', () => this.#writeFields(value as Table))
    }
  }

  #writeNested(tag: string, writeContent: () => void): void {
    if (++this.#depth > MAX_TABLE_DEPTH) throw new RangeError(`headers nest deeper than ${MAX_TABLE_DEPTH}`)
    const start = this.#claimTagged(tag, 4)
    writeContent()
    this.#writeLength(start)
    this.#depth--
  }

  /** What the decoder made of AMQP's timestamps and decimals goes back as it came; any other table with these keys stays a table. */
  #writeTyped(value: object): boolean {
    if (isTimestamp(value)) {
      this.#buffer.writeBigUInt64BE(BigInt(value.value), this.#claimTagged('T', 8))
      return true
    }
    if (!isDecimal(value)) return false
    const at = this.#claimTagged('D', 5)
    this.#buffer.writeUInt8(value.value.places, at)
    this.#buffer.writeUInt32BE(value.value.digits, at + 1)
    return true
  }

  #claimTagged(tag: string, size: number): number {
    const at = this.#claim(1 + size)
    this.#buffer[at] = tag.charCodeAt(0)
    return at + 1
  }

  #claim(size: number): number {
    const at = this.#offset
    if (at + size > this.#buffer.length) {
      throw new RangeError(`headers take more than ${this.#buffer.length} bytes`)
    }
    this.#offset = at + size
    return at
  }

  #writeLength(start: number): void {
    this.#buffer.writeUInt32BE(this.#offset - start - 4, start)
  }
}

// The same few header names are written into every message.
const knownKeys = new Map<string, Buffer>()

function keyBytes(key: string): Buffer {
  const known = knownKeys.get(key)
  if (known) return known
  const length = Buffer.byteLength(key)
  if (length > 255) throw new RangeError('a header name takes more than 255 bytes')
  const bytes = Buffer.allocUnsafeSlow(1 + length)
  bytes[0] = length
  bytes.write(key, 1, 'utf8')
  if (knownKeys.size < KEY_CACHE_SIZE) knownKeys.set(key, bytes)
  return bytes
}

function isTimestamp(value: object): value is { '!': 'timestamp'; value: number | bigint } {
  if (!hasTypedShape(value, 'timestamp')) return false
  const seconds = value.value
  if (typeof seconds === 'bigint') return BigInt.asUintN(64, seconds) === seconds
  return typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds >= 0
}

function isDecimal(value: object): value is { '!': 'decimal'; value: { places: number; digits: number } } {
  if (!hasTypedShape(value, 'decimal')) return false
  const decimal = value.value
  if (typeof decimal !== 'object' || decimal === null) return false
  const { places, digits } = decimal as { places?: unknown; digits?: unknown }
  return isUnsigned(places, 2 ** 8) && isUnsigned(digits, 2 ** 32)
}

function hasTypedShape(value: object, type: string): value is { '!': string; value: HeaderValue } {
  const shape = value as { '!'?: unknown }
  return (
    shape['!'] === type &&
    Object.hasOwn(value, '!') &&
    Object.keys(value).length === 2 &&
    Object.hasOwn(value, 'value')
  )
}

function isUnsigned(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit
}
