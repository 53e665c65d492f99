/** Header tables to bytes and back: what is written, what is read, and what happens to bytes that are no table. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFieldTable } from '../../../../src/broker/amqp/field-table-decoder.js'
import { encodeFieldTable } from '../../../../src/broker/amqp/field-table-encoder.js'
import { UNREADABLE } from '../../../../src/message/headers.js'
import type { HeaderValue, Headers } from '../../../../src/message/wire-message.js'

/** The fields of a table, without the length that stands before them. */
function encoded(table: object): Buffer {
  const buffer = Buffer.alloc(65_536)
  const size = encodeFieldTable(buffer, table as Headers, 0)
  expect(buffer.readUInt32BE(0)).toBe(size - 4)
  return buffer.subarray(4, size)
}

function field(key: string, tag: string, ...content: number[]): Buffer {
  return Buffer.from([key.length, ...Buffer.from(key), tag.charCodeAt(0), ...content])
}

/** What compares equal when it is the same to a reader of headers. */
function plain(value: HeaderValue): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** Every value a header can have; a zero has no sign in an integer. */
const headerValue = fc.letrec<{ value: HeaderValue; table: Headers }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.maxSafeInteger().map((n) => n + 0),
    fc.bigInt(INT64).filter((n) => !Number.isSafeInteger(Number(n))),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((n) => !Object.is(n, -0) && Math.abs(n) < 2 ** 53),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('table'),
  ),
  table: fc.dictionary(fc.string({ maxLength: 20 }), tie('value'), {
    maxKeys: 6,
    noNullPrototype: false,
  }),
}))

describe('a header table', () => {
  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(headerValue.table, (table) => {
        expect(plain(decodeFieldTable(encoded(table)))).toEqual(plain(table))
      }),
      { numRuns: 500 },
    )
  })

  it('comes back the same when what was read is written again', () => {
    fc.assert(
      fc.property(headerValue.table, (table) => {
        const once = encoded(table)
        expect(encoded(decodeFieldTable(once)).equals(once)).toBe(true)
      }),
    )
  })
})

describe('writing a header table', () => {
  it.each([0, 1, -1, 127, 128, 200, -129, 32_767, 40_000, 2 ** 31 - 1, -(2 ** 31)])(
    'writes the integer %d as int32: Python misreads the smaller types',
    (value) => {
      const bytes = encoded({ n: value })
      expect(bytes.subarray(0, 3).toString()).toBe('\u0001nI')
      expect(bytes.readInt32BE(3)).toBe(value)
    },
  )

  it.each([2 ** 31, -(2 ** 31) - 1, 2 ** 40, Number.MAX_SAFE_INTEGER, 5n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'writes %s as int64',
    (value) => {
      const bytes = encoded({ n: value })
      expect(bytes.subarray(0, 3).toString()).toBe('\u0001nl')
      expect(bytes.readBigInt64BE(3)).toBe(BigInt(value))
    },
  )

  it('writes integers inside arrays and tables no smaller', () => {
    const text = encoded({ limits: [300, 200], stamps: { n: 300 } }).toString('latin1')
    expect(text.match(/I\u0000\u0000/g)).toHaveLength(3)
    expect(text).not.toMatch(/[sb]\u0001\u002c/)
  })

  it.each([NaN, Infinity, -Infinity])('refuses %d, over which RabbitMQ closes the connection', (value) => {
    expect(() => encoded({ a: { b: [value] } })).toThrow(RangeError)
  })

  it('refuses what AMQP has no type for', () => {
    expect(() => encoded({ f: () => {} })).toThrow(TypeError)
    expect(() => encoded({ f: Symbol('s') })).toThrow(TypeError)
    expect(() => encoded({ n: 2n ** 63n })).toThrow(RangeError)
  })

  it('leaves out what is undefined', () => {
    expect(encoded({ a: undefined, b: 1 }).equals(encoded({ b: 1 }))).toBe(true)
  })

  it('refuses what is longer than the buffer, deeper than 64 or has a name of more than 255 bytes', () => {
    let deep: HeaderValue = 1
    for (let level = 0; level < 65; level++) deep = [deep]

    expect(() => encoded({ text: 'x'.repeat(65_536) })).toThrow(/more than 65536 bytes/)
    expect(() => encoded({ deep })).toThrow(/deeper than 64/)
    expect(() => encoded({ ['é'.repeat(128)]: 1 })).toThrow(/255 bytes/)
  })

  it('writes the headers amqplib hands over as a prototype, each once', () => {
    const handedOver = Object.create(
      Object.assign(Object.create({ product: 'below' }), { a: 1, product: 'theirs' }),
    )
    handedOver.product = 'ours'
    const decoded = decodeFieldTable(encoded(handedOver))
    expect(decoded).toMatchObject({ product: 'ours', a: 1 })
  })

  it('gives "!" no second meaning', () => {
    const table = {
      a: { '!': 'int64', value: 'no number' },
      b: { '!': 'timestamp', value: -1 },
      c: { '!': 1 },
    }
    expect(plain(decodeFieldTable(encoded(table)))).toEqual(plain(table))
  })

  it('writes timestamps and decimals as they were read', () => {
    const timestamp = field('t', 'T', 0, 0, 0, 0, 0x65, 0, 0, 1)
    const decimal = field('d', 'D', 2, 0, 0, 1, 0)
    const both = Buffer.concat([timestamp, decimal])

    const read = decodeFieldTable(both)

    expect(read).toEqual({
      t: { '!': 'timestamp', value: 0x65000001 },
      d: { '!': 'decimal', value: { places: 2, digits: 256 } },
    })
    expect(encoded(read).equals(both)).toBe(true)
  })
})

describe('reading a header table', () => {
  it('reads what Python writes for an integer beyond 32 bits', () => {
    const bytes = Buffer.concat([
      field('n', 'L', 0, 0, 1, 0x99, 0, 0, 0, 0),
      field('m', 'L', ...Array<number>(8).fill(0xff)),
    ])
    expect(decodeFieldTable(bytes)).toEqual({ n: 0x199_0000_0000, m: -1 })
  })

  it.each([
    ['b', [0xfb], -5],
    ['B', [0xfb], 251],
    ['s', [0xff, 0xfe], -2],
    ['U', [0xff, 0xfe], -2],
    ['u', [0xff, 0xfe], 65_534],
    ['i', [0xff, 0xff, 0xff, 0xff], 4_294_967_295],
    ['f', [0x3f, 0, 0, 0], 0.5],
    ['t', [2], true],
    ['V', [], null],
  ] as const)('reads the type %s', (tag, content, value) => {
    expect(decodeFieldTable(field('v', tag, ...content))).toEqual({ v: value })
  })

  it('keeps text that is not UTF-8 as its bytes, and a real replacement character as text', () => {
    const broken = decodeFieldTable(field('s', 'S', 0, 0, 0, 2, 0xff, 0x41))
    expect(broken['s']).toEqual(Buffer.from([0xff, 0x41]))
    expect(decodeFieldTable(encoded({ s: 'a\uFFFDb' }))).toEqual({ s: 'a\uFFFDb' })
  })

  it('takes "__proto__" for an ordinary name, at every depth', () => {
    const inner = encoded(JSON.parse('{"__proto__":{"isAdmin":"yes"}}') as object)
    const table = decodeFieldTable(inner)

    expect(Object.keys(table)).toEqual(['__proto__'])
    expect('isAdmin' in table).toBe(false)
    expect(Object.getPrototypeOf(table)).toBe(null)
    expect(Object.getPrototypeOf(table['__proto__'])).toBe(null)
  })

  it('hands out bytes of its own, not a part of what the socket read', () => {
    const bytes = encoded({ x: Uint8Array.of(1, 2, 3) })
    const read = decodeFieldTable(bytes)['x'] as Buffer
    bytes.fill(0)
    expect([...read]).toEqual([1, 2, 3])
  })

  it.each([
    ['nested 5 000 deep', nested(5000), /deeper than 64/],
    ['of an unknown type', field('z', 'Z', 1, 2), /unknown type 0x5a/],
    ['cut short in a number', field('n', 'I', 0, 0), /cut short/],
    ['cut short in a name', Buffer.from([9, 65]), /cut short/],
    ['of a text longer than the table', field('s', 'S', 0xff, 0, 0, 0), /cut short/],
    ['of an inner table longer than the outer one', field('f', 'F', 0, 0, 0, 9), /beyond its end/],
    [
      'of an array whose last element reaches out of it',
      Buffer.concat([field('a', 'A', 0, 0, 0, 2), Buffer.from('I\0\0\0\0')]),
      /beyond its end/,
    ],
  ] as const)('marks a table that is %s, instead of throwing', (_, bytes, why) => {
    const table = decodeFieldTable(bytes)

    expect(Object.keys(table)).toEqual([UNREADABLE.reason, UNREADABLE.bytes])
    expect(table[UNREADABLE.reason]).toMatch(why)
    expect(table[UNREADABLE.bytes]).toEqual(bytes)
  })

  it('never throws, whatever the bytes', () => {
    const anyTag = fc.constantFrom(...'bBsUuIilLfdtVSxAFTDZ').map((tag) => tag.charCodeAt(0))
    const likelyBytes = fc.array(fc.oneof(fc.nat({ max: 12 }), anyTag, fc.nat({ max: 255 })), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(likelyBytes, (bytes) => {
        expect(Object.getPrototypeOf(decodeFieldTable(Buffer.from(bytes)))).toBe(null)
      }),
      { numRuns: 3000 },
    )
  })
})

function nested(levels: number): Buffer {
  let content = Buffer.alloc(0)
  for (let level = 0; level < levels; level++) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    content = Buffer.concat([Buffer.from('\u0001aF'), length, content])
  }
  return content
}
