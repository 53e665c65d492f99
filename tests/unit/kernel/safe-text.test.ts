/** Text out of whatever is thrown: nothing here may throw, run long, or show what it should not. */
import vm from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cutText,
  escapeControls,
  redact,
  safeError,
  safeInspect,
  safeText,
} from '../../../src/kernel/safe-text.js'
import type { RemoteError } from '../../../src/kernel/errors.js'

const throwing = (name: string) => ({
  get() {
    throw new Error(`${name} throws`)
  },
})
const evilProxy = () =>
  new Proxy(new Error('x'), {
    get: () => {
      throw new Error('get')
    },
    getPrototypeOf: () => {
      throw new Error('getPrototypeOf')
    },
    ownKeys: () => {
      throw new Error('ownKeys')
    },
    has: () => {
      throw new Error('has')
    },
  })
const revoked = (target: object = {}) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

function chainOf(error: RemoteError): RemoteError[] {
  return error.cause ? [error, ...chainOf(error.cause)] : [error]
}

describe('safeError', () => {
  it('gives name, message and stack of an Error', () => {
    const error = safeError(new RangeError('too far'))

    expect(error).toMatchObject({ name: 'RangeError', message: 'too far', module: null })
    expect(error.stack).toMatch(/^RangeError: too far\n    at /)
    expect(error).not.toHaveProperty('cause')
  })

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a string', 'str', "'str'"],
    ['a number', 5, '5'],
    ['an object', {}, '{}'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object without a prototype', Object.create(null), '{}'],
    ['a function', () => 1, '[Function]'],
    ['a bigint', 5n, '5n'],
    ['a promise', Promise.resolve(), '{}'],
    [
      'an object whose toString throws',
      {
        toString: () => {
          throw new Error('no')
        },
      },
      '{toString: [Function]}',
    ],
    ['what looks like an Error', { name: 'Error', message: 'x' }, "{name: 'Error', message: 'x'}"],
    ['a hostile proxy', evilProxy(), '[Proxy]'],
    ['a revoked proxy', revoked(), '[Proxy]'],
  ])('calls %s a NonError, and inspects it', (_, thrown, message) => {
    expect(safeError(thrown)).toEqual({ name: 'NonError', message, module: null })
  })

  it('knows an Error of another realm, and a frozen one, which it leaves as it is', () => {
    const frozen = Object.freeze(new Error('frozen'))

    expect(safeError(vm.runInNewContext('new TypeError("there")'))).toMatchObject({
      name: 'TypeError',
      message: 'there',
    })
    expect(safeError(frozen).message).toBe('frozen')
  })

  it.each(['name', 'message', 'stack', 'cause', 'constructor'])(
    'survives an Error whose %s throws',
    (property) => {
      const error = Object.defineProperty(new TypeError('fine'), property, throwing(property))

      expect(safeError(error)).toMatchObject({
        name: expect.any(String),
        message: expect.any(String),
        module: null,
      })
    },
  )

  it('falls back to the class where name or message are no text', () => {
    class PaymentError extends Error {}
    const error = new PaymentError('x')
    Object.defineProperty(error, 'name', { value: 5 })
    Object.defineProperty(error, 'message', { value: { toString: () => 'x' } })

    expect(safeError(error)).toMatchObject({ name: 'PaymentError', message: 'PaymentError' })
  })

  it('follows causes, and marks one that comes again', () => {
    const inner = new Error('inner')
    const outer = new Error('outer', { cause: new TypeError('middle', { cause: inner }) })
    inner.cause = outer

    const chain = chainOf(safeError(outer))

    expect(chain.map(({ message }) => message)).toEqual(['outer', 'middle', 'inner', '[circular]'])
  })

  it('describes a cause that is no Error', () => {
    expect(safeError(new Error('x', { cause: { code: 5 } })).cause).toEqual({
      name: 'NonError',
      message: '{code: 5}',
      module: null,
    })
  })

  it('cuts a chain of 1000 causes at 8, with all its stacks in 8 KB', () => {
    let error = new Error('0')
    for (let index = 1; index < 1000; index += 1) error = new Error(String(index), { cause: error })

    const chain = chainOf(safeError(error))
    const stacks = chain.map(({ stack }) => stack ?? '').join('')

    expect(chain).toHaveLength(9)
    expect(chain.at(-1)).toEqual({ name: '…', message: '[more causes]', module: null })
    expect(Buffer.byteLength(stacks)).toBeLessThanOrEqual(8192)
  })

  it('shows the first ten members of an AggregateError, and how many there are', () => {
    const members = [
      undefined,
      new TypeError('one'),
      evilProxy(),
      ...Array.from({ length: 9997 }, (_, n) => new Error(`n${n}`)),
    ]
    const { message } = safeError(new AggregateError(members, 'many'))

    expect(message).toMatch(/^many \[10 of 10000 errors: undefined; TypeError: one; \[Proxy\]; Error: n0;/)
    expect(message).toContain('n6')
    expect(message).not.toContain('n7')
  })

  it.each([
    ['revoked', revoked([])],
    ['without a length', new Proxy([], { get: () => Symbol('no number') })],
    ['with getters that throw', new Proxy([], throwing('list'))],
  ])('takes a list of members that is %s', (_, errors) => {
    const error = Object.assign(new Error('many'), { errors })

    expect(safeError(error).message).toMatch(/^many/)
  })

  it('cuts a message of 50 MB to 8 KB, and quickly', () => {
    const error = new Error('é'.repeat(25_000_000))
    const started = performance.now()
    const { message, stack } = safeError(error)

    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8192)
    expect(Buffer.byteLength(stack ?? '')).toBeLessThanOrEqual(8192)
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('shows no control characters and no credentials, wherever they stand', () => {
    const secret = 'amqp://user:S3CR3T-CANARY@host/\u001b[31m\u0007\u202e'
    const error = new Error(secret, { cause: new Error(secret, { cause: { url: secret } }) })
    error.name = secret

    const texts = chainOf(safeError(new AggregateError([error], secret, { cause: error }))).flatMap((one) =>
      Object.values(one),
    )
    const text = texts.filter((value) => typeof value === 'string').join('')

    expect(text).toContain('://***@host')
    expect(text).not.toContain('S3CR3T')
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e/u)
  })

  it('never throws, whatever is thrown', () => {
    fc.assert(
      fc.property(
        fc.anything({ withProxy: true, withNullPrototype: true, withBigInt: true } as object),
        (thrown) => {
          expect(typeof safeError(thrown).message).toBe('string')
        },
      ),
    )
  })
})

describe('safeInspect', () => {
  it.each<[unknown, string]>([
    [{ a: 1, b: ['x', null, undefined] }, "{a: 1, b: ['x', null, undefined]}"],
    [
      [new Date(5), Buffer.from('abc'), new Map([['k', new Set([1])]])],
      "[[Date 5], [3 bytes], Map(['k', Set(1)])]",
    ],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{a: {b: {c: {d: [Object]}}}}'],
    [{ error: new TypeError('no') }, '{error: [TypeError: no]}'],
    [
      new (class Secret {
        #key = 1
        public = this.#key
      })(),
      '{public: 1}',
    ],
    [-0, '0'],
  ])('%#: shows data on one line', (value, text) => {
    expect(safeInspect(value)).toBe(text)
  })

  it('runs no code of the value', () => {
    let ran = 0
    const run = () => {
      ran += 1
      return 'ran'
    }
    const value = {
      get getter() {
        return run()
      },
      toString: run,
      toJSON: run,
      [Symbol.toPrimitive]: run,
      [Symbol.for('nodejs.util.inspect.custom')]: run,
      proxy: new Proxy(
        {},
        {
          get: run,
          ownKeys: () => {
            run()
            return []
          },
        },
      ),
    }

    expect(safeInspect(value)).toContain('getter: [Getter]')
    expect(ran).toBe(0)
  })

  it('ends for values that contain themselves, and shows the same value twice where it is twice', () => {
    const shared = { n: 1 }
    const cyclic: Record<string, unknown> = { shared, again: shared }
    cyclic['self'] = cyclic

    expect(safeInspect(cyclic)).toBe('{shared: {n: 1}, again: {n: 1}, self: [circular]}')
  })

  it('shows 50 keys of many, and 8 KB in all', () => {
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]))
    let dag: unknown = 'leaf'.repeat(100)
    for (let level = 0; level < 4; level += 1) dag = Array.from({ length: 50 }, () => dag)

    expect(safeInspect(wide)).toContain('… 19950 more')
    expect(Buffer.byteLength(safeInspect(dag))).toBeLessThanOrEqual(8192)
    expect(Buffer.byteLength(safeInspect('x'.repeat(1e7)))).toBeLessThanOrEqual(8192)
    expect(safeInspect(10n ** 10_000n)).toBe('[large bigint] n')
  })
})

describe('escapeControls', () => {
  it('makes one harmless line', () => {
    expect(escapeControls('a\nb\r\tc\u001b[31m\u0000\u007f\u009b\u2028\u202e\u2066\ud800')).toBe(
      'a\\nb\\r\\tc\\u001b[31m\\u0000\\u007f\\u009b\\u2028\\u202e\\u2066\\ud800',
    )
  })

  it('leaves everything else alone', () => {
    expect(escapeControls('é 😀 "quoted" \\ </script> ñ 漢字')).toBe('é 😀 "quoted" \\ </script> ñ 漢字')
  })
})

describe('redact', () => {
  it.each([
    ['amqp://user:pass@host:5672/vhost', 'amqp://***@host:5672/vhost'],
    ['failed: amqps://u:p%40ss@h and redis://:secret@r/0', 'failed: amqps://***@h and redis://***@r/0'],
    ['amqp://u:p@ss@host', 'amqp://***@host'],
    ['amqp://u:p/w@host', 'amqp://***@host'],
    ['amqp://u:p#w?x@host', 'amqp://***@host'],
    ['https://TOKEN@github.com/x', 'https://***@github.com/x'],
    ['http://host:8080/@scope/pkg', 'http://host:8080/@scope/pkg'],
    ['https://host/@scope/pkg?mail=a@b.c', 'https://host/@scope/pkg?mail=a@b.c'],
    ['ada@example.com wrote: "a://b"', 'ada@example.com wrote: "a://b"'],
  ])('%s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it('takes no time over text made to slow it down', () => {
    const started = performance.now()
    redact('://a:'.repeat(50_000))
    redact(`://${'a'.repeat(300_000)}`)

    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('cutText', () => {
  it('cuts between characters and says that something is missing', () => {
    expect(cutText('abcdef', 6)).toBe('abcdef')
    expect(cutText('abcdefg', 6)).toBe('abc…')
    expect(cutText('ééééé', 8)).toBe('éé…')
    expect(cutText('😀😀😀', 8)).toBe('😀…')
  })

  it('never makes text longer than it may be, nor breaks a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, maxBytes) => {
        const cut = cutText(text, maxBytes)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes)
        expect(cut).not.toContain('\ufffd')
      }),
    )
  })

  it('cuts a secret before it is cut off from its host', () => {
    const text = `${'x'.repeat(8100)} amqp://user:S3CR3T-CANARY-${'y'.repeat(200)}@host`

    expect(safeText(text)).not.toContain('S3CR3T')
  })
})
