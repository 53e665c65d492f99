/** Looks at values that nobody can trust: whatever they do, looking at them does not throw. */
import vm from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isError, isList, readProperty } from '../../../src/kernel/guarded.js'

function refuse(): never {
  throw new Error('trap')
}
const hostile = (target: object) => new Proxy(target, { get: refuse, getPrototypeOf: refuse })
const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

describe('isError', () => {
  it.each([
    ['an Error', new Error('x')],
    ['an Error of another realm', vm.runInNewContext('new Error("x")')],
    ['a frozen Error', Object.freeze(new Error('x'))],
    ['a DOMException', new DOMException('x')],
    ['a proxy of an Error', new Proxy(new Error('x'), {})],
    ['an object that inherits from Error', Object.create(Error.prototype)],
  ])('says yes to %s', (_, value) => {
    expect(isError(value)).toBe(true)
  })

  it.each([
    ['undefined', undefined],
    ['a text', 'x'],
    ['an object that looks like one', { name: 'Error', message: 'x', stack: 'x' }],
    ['an object without a prototype', Object.create(null)],
    ['a hostile proxy', hostile(new Error('x'))],
    ['a revoked proxy', revoked(new Error('x'))],
  ])('says no to %s', (_, value) => {
    expect(isError(value)).toBe(false)
  })
})

describe('readProperty', () => {
  it('gives what is there, and undefined where the look throws', () => {
    expect(readProperty({ a: 1 }, 'a')).toBe(1)
    expect(readProperty(hostile({ a: 1 }), 'a')).toBeUndefined()
    expect(readProperty(revoked({ a: 1 }), 'a')).toBeUndefined()
  })
})

describe('isList', () => {
  it('knows lists, and takes a revoked one for none', () => {
    expect(isList([1])).toBe(true)
    expect(isList({ length: 1 })).toBe(false)
    expect(isList(revoked([1]))).toBe(false)
  })
})
