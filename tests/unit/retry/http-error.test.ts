/** The status is found in the errors of every HTTP client, and nowhere else. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { httpStatusOf } from '../../../src/retry/http-error.js'

function refuse(): never {
  throw new Error('trap')
}

describe('an HTTP status is found', () => {
  const response = new Response('', { status: 502 })

  it.each([
    ['on the error', Object.assign(new Error('x'), { status: 502 })],
    ['on the error, as undici has it', Object.assign(new Error('x'), { statusCode: 502 })],
    ['in the response, as axios and fetch wrappers have it', Object.assign(new Error('x'), { response })],
    ['in the response, as got has it', { response: { statusCode: 502 } }],
    ['in a Response that is the cause', new Error('x', { cause: response })],
    ['in a Response itself', response],
    ['in a cause of a cause', new Error('a', { cause: new Error('b', { cause: { status: 502 } }) })],
    ['beside a status that is none', { status: 'bad', statusCode: 502 }],
  ])('%s', (_, error) => {
    expect(httpStatusOf(error)).toBe(502)
  })

  it('of the outermost error first, and there before that of the response', () => {
    expect(httpStatusOf({ status: 500, response: { status: 502 }, cause: { status: 503 } })).toBe(500)
    expect(httpStatusOf({ response: { status: 502 }, cause: { status: 503 } })).toBe(502)
  })

  it('in a chain that is a circle, and not beyond the eighth', () => {
    const circle: { cause?: unknown } = {}
    circle.cause = circle
    const deep = (depth: number): unknown => (depth === 0 ? { status: 502 } : { cause: deep(depth - 1) })

    expect(httpStatusOf(circle)).toBeUndefined()
    expect(httpStatusOf(deep(7))).toBe(502)
    expect(httpStatusOf(deep(8))).toBeUndefined()
  })

  it.each([[100], [599]])('when it is %d', (status) => {
    expect(httpStatusOf({ status })).toBe(status)
  })

  it.each<[unknown]>([[99], [600], [0], [-500], [500.5], ['500'], [NaN], [Infinity], [500n], [null], [{}]])(
    'but not when it is %s',
    (status) => {
      expect(httpStatusOf({ status, response: { statusCode: status } })).toBeUndefined()
    },
  )

  it.each<[unknown]>([
    [undefined],
    [null],
    ['500'],
    [500],
    [Symbol('s')],
    [new Error('500')],
    [{ response: 500 }],
  ])('but not in %s', (error) => {
    expect(httpStatusOf(error)).toBeUndefined()
  })

  it('without ever throwing', () => {
    const hostile = () => new Proxy(new Error('x'), { get: refuse, getPrototypeOf: refuse })

    expect(httpStatusOf(hostile())).toBeUndefined()
    expect(httpStatusOf({ response: hostile(), cause: { status: 502 } })).toBe(502)
    fc.assert(
      fc.property(fc.anything(), (thing) => {
        expect([undefined, 200]).toContain(httpStatusOf({ cause: { response: thing, status: 200 } }))
        httpStatusOf(thing)
      }),
    )
  })
})
