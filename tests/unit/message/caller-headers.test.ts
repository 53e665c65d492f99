/** Headers of a call: what cannot travel is refused before anything is sent, and what can is copied. */
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../../src/kernel/errors.js'
import { checkCallerHeaders } from '../../../src/message/caller-headers.js'
import { CELERY } from '../../../src/message/headers.js'

function refusalOf(headers: Record<string, unknown>): PayloadError {
  try {
    checkCallerHeaders(headers)
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError)
    expect(error).toMatchObject({ code: 'ERR_HEADER_INVALID' })
    return error as PayloadError
  }
  throw new Error('It was accepted.')
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

describe('headers that can travel', () => {
  it('are copied, as a table without a prototype', () => {
    const list = [1, 'two', null, [true]]
    const headers = {
      tenant: 'acme',
      n: 5,
      f: 1.5,
      big: 2n ** 62n,
      yes: true,
      no: null,
      list,
      table: { a: { b: 1 } },
    }

    const copy = checkCallerHeaders(headers)
    list.push('later')

    expect(copy).toEqual({ ...headers, list: [1, 'two', null, [true]] })
    expect(Object.getPrototypeOf(copy)).toBeNull()
    expect(Object.getPrototypeOf(copy['table'])).toBeNull()
  })

  it('may be bytes, which are copied too', () => {
    const bytes = Buffer.from('abc')
    const copy = checkCallerHeaders({ bytes })
    bytes.fill(0)

    expect(Buffer.from(copy['bytes'] as Uint8Array).toString()).toBe('abc')
  })

  it('lose what is undefined, in a table too, and what is inherited', () => {
    const headers = Object.assign(Object.create({ inherited: 1 }) as Record<string, unknown>, {
      own: { a: undefined, b: 1 },
      gone: undefined,
    })

    expect(checkCallerHeaders(headers)).toEqual({ own: { b: 1 } })
  })

  it('may lie 8 deep, and have 255 bytes for a name', () => {
    expect(() =>
      checkCallerHeaders({ deep: nested(7), ['x'.repeat(254).replace(/^xx/, 'ab')]: 1 }),
    ).not.toThrow()
  })

  it('may have the names of Object', () => {
    expect(checkCallerHeaders({ constructor: 1, toString: 2 })).toEqual({ constructor: 1, toString: 2 })
  })
})

class Tenant {
  name = 'acme'
}

describe('headers that cannot travel', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['-Infinity', -Infinity],
    ['a Date', new Date()],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['an instance', new Tenant()],
    ['an Error', new Error('x')],
    ['another typed array', new Uint16Array(1)],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['an integer of 65 bits', 2n ** 63n],
    ['undefined in an array', [undefined]],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole in an array', [1, , 2]],
    ['half a character', 'a\ud800'],
    ['a table with the key "!"', { '!': 'int8', value: 1 }],
    ['a table with a key of 256 bytes', { ['x'.repeat(256)]: 1 }],
    ['a table with an empty key', { '': 1 }],
    ['a table with a control character for a key', { 'a\nb': 1 }],
    ['9 levels', nested(8)],
    ['a cycle', cyclic],
    ['33 KB', 'x'.repeat(33 * 1024)],
    ['33 KB of bytes', new Uint8Array(33 * 1024)],
    ['33 KB of numbers', Array.from({ length: 5000 }, () => 1)],
  ])('because of %s are refused by name', (_, value) => {
    const { message, issues } = refusalOf({ fine: 1, tenant: value })

    expect(message).toMatch(/^The header "tenant.*Nothing was sent\.$/)
    expect(issues[0]?.path).toMatch(/^tenant/)
  })

  it.each([
    ...Object.values(CELERY),
    'CC',
    'BCC',
    'x-death',
    'x-tenant',
    'taskalope-retries',
    'taskalope-anything',
  ])('because %s is a name of the protocol or the broker are refused', (name) => {
    expect(refusalOf({ [name]: 'x' }).message).toContain(`"${name}" of the call is a name`)
  })

  it.each(['', '!', '__proto__', 'a\nb', '\ud800', 'x'.repeat(256)])(
    'because of the name %j are refused',
    (name) => {
      const headers = Object.defineProperty({}, name, { value: 1, enumerable: true })

      expect(refusalOf(headers).message).not.toMatch(/\p{Cc}|\p{Surrogate}/u)
    },
  )

  it('because reading them throws are refused with the reason as the cause', () => {
    const cause = new Error('getter')
    const headers = {
      get tenant() {
        throw cause
      },
    }

    expect(refusalOf(headers).cause).toBe(cause)
  })

  it('are counted together, names included', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`header-${n}`, 'x'.repeat(800)]))

    expect(() => checkCallerHeaders(many)).not.toThrow()
    expect(refusalOf({ ...many, one: 'x'.repeat(800) }).message).toContain('larger than 32768 bytes')
  })
})
