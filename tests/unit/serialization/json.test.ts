/** The default serializer: what goes in comes out, what JSON would change is refused, what Python writes is read. */
import { isDeepStrictEqual } from 'node:util'
import vm from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageError, PayloadError } from '../../../src/kernel/errors.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import type { SizeLimits } from '../../../src/serialization/serializer.js'

const json = jsonSerializer()
const subject = 'The value'

const textOf = (value: unknown, options: { bareBigInt?: boolean } = {}) =>
  Buffer.from(json.encode(value, { subject, ...options })).toString()
const decodeText = (text: string) => json.decode(Buffer.from(text))
const roundTrip = (value: unknown) => json.decode(json.encode(value, { subject }))

function refusalOf(value: unknown, limits: Partial<SizeLimits> = {}): PayloadError {
  try {
    jsonSerializer(limits).encode(value, { subject })
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError)
    return error as PayloadError
  }
  throw new Error('It was encoded.')
}

function decodeErrorOf(bytes: Uint8Array | string, limits: Partial<SizeLimits> = {}): MessageError {
  try {
    jsonSerializer(limits).decode(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(MessageError)
    return error as MessageError
  }
  throw new Error('It was decoded.')
}

describe('plain values', () => {
  it.each([
    null,
    true,
    false,
    0,
    -1.5,
    1e21,
    Number.MAX_SAFE_INTEGER,
    '',
    'text',
    '"\\\n\u0000\u2028',
    'é 😀 </script>',
    [],
    {},
    [[], {}],
  ])('are written as JSON.stringify writes them: %j', (value) => {
    expect(textOf(value)).toBe(JSON.stringify(value))
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('keep the order of keys, and every key that is only data', () => {
    const value = {
      b: 1,
      a: 2,
      toString: 'x',
      constructor: 1,
      prototype: 2,
      hasOwnProperty: 3,
      then: 4,
      toJSON: 'y',
    }

    expect(textOf(value)).toBe(JSON.stringify(value))
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('lose absent optional properties, and nothing else', () => {
    expect(textOf([{ a: undefined, b: null, c: [{ d: undefined }] }])).toBe('[{"b":null,"c":[{}]}]')
  })

  it('keep a number that is whole and beyond 2^53 a number', () => {
    expect(textOf([2 ** 53, 1e20, 1e21])).toBe('[9007199254740992.0,100000000000000000000.0,1e+21]')
    expect(roundTrip([2 ** 53, -1e20, 1e300])).toStrictEqual([2 ** 53, -1e20, 1e300])
  })

  it('turn -0 into 0', () => {
    expect(textOf([-0])).toBe('[0]')
  })

  it('keep half a character, which JSON can escape', () => {
    expect(roundTrip('a\ud800b')).toBe('a\ud800b')
  })

  it('may come without a prototype, or from another realm', () => {
    const foreign: unknown = vm.runInNewContext(
      '({ list: [1, { a: 2 }], when: new Date(5), bytes: new Uint8Array([1]) })',
    )
    const bare = Object.assign(Object.create(null), { a: 1 }) as object

    expect(textOf(bare)).toBe('{"a":1}')
    expect(roundTrip(foreign)).toEqual({ list: [1, { a: 2 }], when: new Date(5), bytes: Buffer.from([1]) })
  })

  it('are read once: a getter cannot pass the check with one value and travel with another', () => {
    let reads = 0
    const value = {
      get tricky() {
        reads += 1
        return reads === 1 ? 'data' : () => 'code'
      },
    }

    expect(textOf(value)).toBe('{"tricky":"data"}')
    expect(reads).toBe(1)
  })

  it('are not asked for toJSON, not even by a polluted prototype', () => {
    Object.defineProperty(Object.prototype, 'toJSON', {
      value: () => 'stolen',
      configurable: true,
      writable: true,
    })
    try {
      expect(textOf({ a: [1] })).toBe('{"a":[1]}')
    } finally {
      delete (Object.prototype as { toJSON?: unknown }).toJSON
    }
  })
})

describe('tagged values', () => {
  it('write a Date as kombu does, in the form that every Python reads', () => {
    expect(textOf(new Date(Date.UTC(2031, 0, 2, 3, 4, 5, 678)))).toBe(
      '{"__type__":"datetime","__value__":"2031-01-02T03:04:05.678000+00:00"}',
    )
    expect(textOf(new Date(0))).toBe('{"__type__":"datetime","__value__":"1970-01-01T00:00:00+00:00"}')
  })

  it('keep a Date outside of the years Python knows, under a tag of our own', () => {
    const farOff = [new Date(8.64e15), new Date(-8.64e15), new Date(Date.UTC(10_000, 0, 1))]

    expect(textOf(farOff)).not.toContain('__type__')
    expect(roundTrip(farOff)).toStrictEqual(farOff)
  })

  it('write bytes as base64 and bring them back as a Buffer', () => {
    expect(textOf([Buffer.from('abc'), new Uint8Array([255, 254])])).toBe(
      '[{"__type__":"base64","__value__":"YWJj"},{"__type__":"base64","__value__":"//4="}]',
    )
    expect(roundTrip(new Uint8Array([255, 254]))).toStrictEqual(Buffer.from([255, 254]))
  })

  it('take only the view of bytes, not the whole memory under it', () => {
    const view = new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)

    expect(roundTrip(view)).toStrictEqual(Buffer.from([2, 3]))
  })

  it('bring a bigint back as a bigint, however small', () => {
    expect(textOf(5n)).toBe('{"__taskalope__":"bigint","__value__":"5"}')
    expect(roundTrip([5n, -(2n ** 70n)])).toStrictEqual([5n, -(2n ** 70n)])
  })

  it('write a bigint bare where Python is to read it', () => {
    expect(textOf([5n, 2n ** 70n], { bareBigInt: true })).toBe('[5,1180591620717411303424]')
  })

  it('bring Map and Set back with any keys, in order, inside each other, and empty', () => {
    const value = new Map<unknown, unknown>([
      ['a', 1],
      [2, new Set([new Date(3), [4n]])],
      [new Map(), new Set()],
    ])

    expect(roundTrip({ value })).toStrictEqual({ value })
    expect(textOf(new Map([['k', 1]]))).toBe('{"__taskalope__":"map","__value__":[["k",1]]}')
  })
})

const supported = () =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      fc.string({ unit: 'binary' }),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(tie('value')),
      fc.dictionary(key(), tie('value'), { noNullPrototype: true }),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
      fc.array(tie('value'), { maxLength: 5 }).map((items) => new Set(items)),
    ),
  })).value

const key = () =>
  fc
    .oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__type__', '__value__', '__taskalope__', 'toString', '__'),
    )
    .filter((name) => name !== '__proto__')

describe('properties', () => {
  it('what goes in comes out, for every value that can travel', () => {
    fc.assert(
      fc.property(supported(), (value) => {
        let bytes: Uint8Array
        try {
          bytes = json.encode(value, { subject })
        } catch (error) {
          // The generator makes some objects that look like a tag, and some that are too deep.
          expect(['ERR_VALUE_UNSENDABLE', 'ERR_BODY_TOO_DEEP']).toContain((error as PayloadError).code)
          return
        }
        // Not toStrictEqual, which takes seconds over sets in sets.
        expect(isDeepStrictEqual(json.decode(bytes), value)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('what is sent within some limits is taken within the same limits', () => {
    const limits = fc.record({
      depth: fc.integer({ min: 1, max: 8 }),
      nodes: fc.integer({ min: 1, max: 30 }),
    })

    fc.assert(
      fc.property(supported(), limits, (value, bounds) => {
        const bounded = jsonSerializer(bounds)
        let bytes: Uint8Array
        try {
          bytes = bounded.encode(value, { subject })
        } catch {
          return
        }
        expect(() => bounded.decode(bytes)).not.toThrow()
      }),
      { numRuns: 1000 },
    )
  })

  it('any bytes at all are decoded, or refused with a MessageError that shows none of them', () => {
    const valid = json.encode(
      [[1, 2n, new Date(0), new Map([['S3CR3T', [1.5e300]]])], { a: 'S3CR3T' }, null],
      { subject },
    )
    const mutated = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const bytes = Uint8Array.from(valid)
        for (const [at, byte] of changes) bytes[at] = byte
        return bytes
      })

    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array(),
          fc.string().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            json.decode(bytes)
          } catch (error) {
            expect(error).toBeInstanceOf(MessageError)
            expect((error as Error).message).not.toContain('S3CR3T')
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

class Point {
  constructor(readonly x = 1) {}
}
class LocalDate extends Date {}
class Names extends Array<string> {}

describe('what cannot travel is refused with its path', () => {
  const cyclic: Record<string, unknown> = { name: 'x' }
  cyclic['self'] = [cyclic]

  it.each<[string, unknown, string]>([
    ['a function', () => 1, 'it is a function'],
    ['a class', Point, 'it is a function'],
    ['a symbol', Symbol('s'), 'it is a symbol'],
    ['NaN', Number.NaN, 'it is NaN'],
    ['Infinity', -Infinity, 'it is -Infinity'],
    ['an invalid Date', new Date(Number.NaN), 'it is an invalid Date'],
    ['undefined in an array', [undefined], 'it is undefined'],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole in an array', [1, , 2], 'it is undefined'],
    ['undefined in a Map', new Map([[1, undefined]]), 'it is undefined'],
    ['a class instance', new Point(), 'it is an instance of Point'],
    ['a RegExp', /x/, 'it is an instance of RegExp'],
    ['an Error', new RangeError('x'), 'it is an instance of RangeError'],
    ['a URL', new URL('http://x'), 'it is an instance of URL'],
    ['a promise', Promise.resolve(1), 'it is an instance of Promise'],
    ['another typed array', new Float64Array(1), 'it is an instance of Float64Array'],
    ['an ArrayBuffer', new ArrayBuffer(1), 'it is an instance of ArrayBuffer'],
    ['a boxed string', Object('x'), 'it is an instance of String'],
    ['a WeakMap', new WeakMap(), 'it is an instance of WeakMap'],
    ['a subclass of Date', new LocalDate(), 'it is an instance of LocalDate'],
    ['a subclass of Array', Names.from(['x']), 'it is an instance of Names'],
    ['an inherited object', Object.create({ a: 1 }), 'it is an instance of Object'],
    ['what looks like a tag of kombu', { __type__: 'datetime', __value__: 'x' }, 'it has exactly the keys'],
    [
      'what looks like one of ours',
      { __value__: 1, __taskalope__: 'map', more: undefined },
      'it has exactly the keys',
    ],
    ['a symbol as a key', { [Symbol('k')]: 1 }, 'it has a symbol as a key'],
    ['a cycle', cyclic, 'it contains itself'],
    ['a bigint no Python reads', 10n ** 5000n, 'it has more than 4300 digits'],
  ])('%s', (_, value, why) => {
    const { code, message, issues } = refusalOf([0, { items: value }])

    expect(code).toBe('ERR_VALUE_UNSENDABLE')
    expect(message).toContain(`The value at [1].items`)
    expect(message).toContain(`cannot be sent as application/json: ${why}`)
    expect(issues[0]?.path).toMatch(/^\[1\]\.items/)
  })

  it('a value that is a tag in part, or has one key more, is data', () => {
    const values = [{ __type__: 'x' }, { __value__: 1, other: 2 }, { __type__: 1, __value__: 2, third: 3 }]

    expect(roundTrip(values)).toStrictEqual(values)
  })

  it('a key __proto__, at any depth and even when undefined', () => {
    const value: unknown = JSON.parse('{"a":[{"__proto__":{"admin":true}}]}')

    expect(refusalOf(value)).toMatchObject({
      code: 'ERR_FORBIDDEN_KEY',
      issues: [{ path: '.a[0].__proto__' }],
    })
    expect(
      refusalOf(Object.defineProperty({}, '__proto__', { enumerable: true, value: undefined })).code,
    ).toBe('ERR_FORBIDDEN_KEY')
  })

  it('a path names odd keys in quotes, without control characters, and is cut', () => {
    expect(refusalOf({ 'a b': { '\u001b[31m': [() => 1] } }).issues[0]?.path).toBe(
      '["a b"]["\\u001b[31m"][0]',
    )
    expect(refusalOf({ ['k'.repeat(5000)]: () => 1 }).message.length).toBeLessThan(500)
  })

  it('a Map entry is named by its place', () => {
    expect(refusalOf({ map: new Map([['k', () => 1]]) }).issues[0]?.path).toBe('.map[0]')
  })

  it.each<[string, () => unknown]>([
    [
      'a getter',
      () => ({
        get bad() {
          throw new Error('getter')
        },
      }),
    ],
    [
      'a proxy trap',
      () =>
        new Proxy(
          { a: 1 },
          {
            get() {
              throw new Error('trap')
            },
          },
        ),
    ],
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      },
    ],
    [
      'a class name',
      () =>
        Object.create({
          get constructor() {
            throw new Error('name')
          },
        }),
    ],
  ])('what throws while it is read, with the reason as the cause: %s', (_, make) => {
    const error = refusalOf([make()])

    expect(error.code).toBe('ERR_VALUE_UNSENDABLE')
    expect(error.message).toContain('reading it threw an error')
    expect(error.cause).toBeInstanceOf(Error)
  })

  it('an error that a getter throws is never taken for our own refusal', () => {
    const own = new PayloadError('ERR_TASK_ID', 'from a getter')
    const error = refusalOf({
      get bad() {
        throw own
      },
    })

    expect(error).not.toBe(own)
    expect(error.cause).toBe(own)
  })

  it('is named as the caller asks for it', () => {
    expect.assertions(2)
    try {
      json.encode([1, Number.NaN], {
        subject: (path) => ({ words: `Argument ${path} of "x"`, path: `args${path}` }),
      })
    } catch (error) {
      expect((error as PayloadError).message).toBe(
        'Argument [1] of "x" cannot be sent as application/json: it is NaN. Send plain data only.',
      )
      expect((error as PayloadError).issues).toEqual([{ path: 'args[1]', message: 'it is NaN' }])
    }
  })
})

describe('limits when sending', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

  it('64 levels go, 65 do not', () => {
    expect(() => roundTrip(nested(64))).not.toThrow()
    expect(refusalOf(nested(65))).toMatchObject({ code: 'ERR_BODY_TOO_DEEP' })
    expect(refusalOf(nested(65)).message.length).toBeLessThan(500)
  })

  it('the same object in many places is data, until it has too many values in all', () => {
    let dag: unknown[] = [1]
    for (let level = 0; level < 40; level += 1) dag = [dag, dag]

    expect(roundTrip([cell, cell])).toEqual([cell, cell])
    expect(refusalOf(dag).code).toBe('ERR_BODY_TOO_LARGE')
  })
  const cell = { a: 1 }

  it('bytes count as bytes, not characters', () => {
    expect(refusalOf('é'.repeat(60), { bodyBytes: 100 }).code).toBe('ERR_BODY_TOO_LARGE')
    expect(() => jsonSerializer({ bodyBytes: 100 }).encode('e'.repeat(98), { subject })).not.toThrow()
    expect(refusalOf('e'.repeat(99), { bodyBytes: 100 }).code).toBe('ERR_BODY_TOO_LARGE')
  })

  it('a large value is refused while it is written, not after', () => {
    const megabyte = 'x'.repeat(1024 * 1024)
    const started = process.memoryUsage().rss

    expect(refusalOf(Array.from({ length: 500_000 }, () => megabyte)).code).toBe('ERR_BODY_TOO_LARGE')
    expect(process.memoryUsage().rss - started).toBeLessThan(200 * 1024 * 1024)
  })

  it('text of several chunks comes out whole', () => {
    const value = Array.from({ length: 5000 }, (_, index) => ({
      index,
      text: `é${index}`,
      bytes: Buffer.from([index & 255]),
    }))

    expect(roundTrip(value)).toStrictEqual(value)
  })
})

describe('what Python writes', () => {
  it('comes in with every tag of kombu', () => {
    const text = `[{"__type__": "datetime", "__value__": "2026-01-02T03:04:05+00:00"},
      {"__type__": "datetime", "__value__": "2026-01-02T03:04:05.678901"},
      {"__value__": "2026-01-02", "__type__": "date"}, {"__type__": "time", "__value__": "03:04:05"},
      {"__type__": "decimal", "__value__": "1.10"}, {"__type__": "uuid", "__value__": {"hex": "00000000000000000000000000000005"}},
      {"__type__": "bytes", "__value__": "ab\\u00e9"}, {"__type__": "base64", "__value__": "//4="}]`

    expect(decodeText(text)).toStrictEqual([
      new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
      new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)),
      '2026-01-02',
      '03:04:05',
      '1.10',
      '00000000-0000-0000-0000-000000000005',
      Buffer.from('abé'),
      Buffer.from([255, 254]),
    ])
  })

  it('comes in with bare NaN and Infinity, but not inside of text', () => {
    expect(decodeText('[NaN, Infinity, -Infinity, "NaN, Infinity", {"NaN": NaN}]')).toStrictEqual([
      Number.NaN,
      Infinity,
      -Infinity,
      'NaN, Infinity',
      { NaN: Number.NaN },
    ])
  })

  it('comes in with integers of any size, exact', () => {
    expect(
      decodeText(
        '[9007199254740991, 9007199254740992, -9007199254740993, 12345678901234567890, "12345678901234567890"]',
      ),
    ).toStrictEqual([
      9007199254740991,
      9007199254740992n,
      -9007199254740993n,
      12345678901234567890n,
      '12345678901234567890',
    ])
  })

  it('comes in with floats of many digits as floats, and with 1e999 as Infinity', () => {
    expect(
      decodeText('[0.12345678901234567890, 12345678901234567890.0, 1234567890123456789e3, -0.0, 1e999]'),
    ).toStrictEqual([0.12345678901234568, 12345678901234567000, 1.234567890123456789e21, -0, Infinity])
  })

  it('comes in with a byte order mark, and with the last of two equal keys', () => {
    expect(json.decode(Buffer.from('\ufeff[1]'))).toEqual([1])
    expect(decodeText('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  it('comes in with escapes of any kind', () => {
    expect(decodeText('"\\u2028 \\ud83d\\ude00 \\ud800 \\"\\\\"')).toBe('\u2028 😀 \ud800 "\\')
  })
})

describe('what cannot be read', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'ERR_BODY_EMPTY'],
    ['half an object', '{oops', 'ERR_BODY_NOT_JSON'],
    ['blanks', '  ', 'ERR_BODY_NOT_JSON'],
    ['a NaN as a key', '{NaN:1}', 'ERR_BODY_NOT_JSON'],
    ['a large integer as a key', '{12345678901234567890:1}', 'ERR_BODY_NOT_JSON'],
    ['a number with leading zeros', '[00000000000000000000001]', 'ERR_BODY_NOT_JSON'],
    ['a word of letters', '[NaNs]', 'ERR_BODY_NOT_JSON'],
    ['an open string', '["abc', 'ERR_BODY_NOT_JSON'],
    ['an integer of 5000 digits', `[${'9'.repeat(5000)}]`, 'ERR_BODY_NOT_JSON'],
    ['a byte that is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'ERR_BODY_NOT_UTF8'],
    ['UTF-16', Buffer.from('[1]', 'utf16le').subarray(0, 5), 'ERR_BODY_NOT_JSON'],
    ['Latin-1', Buffer.from('["é"]', 'latin1'), 'ERR_BODY_NOT_UTF8'],
    ['a key __proto__', '{"a":[{"__proto__":{}}]}', 'ERR_FORBIDDEN_KEY'],
    ['a key __proto__ in escapes', '{"\\u005f_proto\\u005F_":1}', 'ERR_FORBIDDEN_KEY'],
    ['an unknown tag of kombu', '[{"__type__":"complex","__value__":1}]', 'ERR_TAG_UNKNOWN'],
    ['a tag that is no text', '[{"__type__":["x"],"__value__":1}]', 'ERR_TAG_UNKNOWN'],
    ['an unknown tag of ours', '[{"__taskalope__":"regexp","__value__":"x"}]', 'ERR_TAG_UNKNOWN'],
    ['a tag of Object.prototype', '[{"__type__":"toString","__value__":1}]', 'ERR_TAG_UNKNOWN'],
    [
      'a datetime that is none',
      '[{"__type__":"datetime","__value__":"2026-02-30T00:00:00"}]',
      'ERR_TAG_UNKNOWN',
    ],
    ['a map without pairs', '[{"__taskalope__":"map","__value__":[[1]]}]', 'ERR_TAG_UNKNOWN'],
    ['a set that is none', '[{"__taskalope__":"set","__value__":{}}]', 'ERR_TAG_UNKNOWN'],
    ['a bigint that is none', '[{"__taskalope__":"bigint","__value__":"0x10"}]', 'ERR_TAG_UNKNOWN'],
    ['bytes that are none', '[{"__type__":"base64","__value__":5}]', 'ERR_TAG_UNKNOWN'],
    ['a uuid that is none', '[{"__type__":"uuid","__value__":{"hex":"5"}}]', 'ERR_TAG_UNKNOWN'],
    ['a million open brackets', '['.repeat(1_000_000), 'ERR_BODY_TOO_DEEP'],
    ['65 levels', '['.repeat(65) + ']'.repeat(65), 'ERR_BODY_TOO_DEEP'],
  ])('%s', (_, bytes, code) => {
    expect(decodeErrorOf(bytes).code).toBe(code)
  })

  it('brackets inside of text are text', () => {
    expect(decodeText(JSON.stringify(['['.repeat(1000), '\\"['.repeat(1000)]))).toEqual([
      '['.repeat(1000),
      '\\"['.repeat(1000),
    ])
  })

  it('too many values, and too many bytes', () => {
    expect(decodeErrorOf('[1,2,3,4]', { nodes: 4 }).code).toBe('ERR_BODY_TOO_LARGE')
    expect(decodeErrorOf('[1,2,3]', { inflatedBytes: 6 }).code).toBe('ERR_BODY_TOO_LARGE')
    expect(jsonSerializer({ nodes: 4, inflatedBytes: 7 }).decode(Buffer.from('[1,2,3]'))).toEqual([1, 2, 3])
  })

  it('says where the JSON goes wrong and shows nothing of it', () => {
    const { message, cause } = decodeErrorOf('{"password":"S3CR3T-CANARY" oops}')

    expect(message).toContain('at character 28 of 33')
    expect(message).not.toContain('S3CR3T')
    expect(cause).toBeUndefined()
  })

  it('shares no memory with the bytes it came from', () => {
    const bytes = json.encode({ data: Buffer.from('abc') }, { subject })
    const value = json.decode(bytes) as { data: Buffer }
    bytes.fill(0)

    expect(value.data.toString()).toBe('abc')
  })
})
