/** Network faults are known by their codes, however deep a client wraps them; those of fetch and of sockets are real ones here. */
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCodesOf, networkCodeOf } from '../../../src/retry/network-error.js'

const coded = (code: unknown, cause?: unknown) => Object.assign(new Error('x', { cause }), { code })

const thrownBy = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

function refuse(): never {
  throw new Error('trap')
}

describe('a network fault', () => {
  let server: Server
  let url: string

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/cut') request.socket.destroy()
      if (request.url === '/half') response.writeHead(200, { 'content-length': 100 }).write('half')
      if (request.url === '/half') setImmediate(() => request.socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('of fetch is known: the server hangs up', async () => {
    expect(networkCodeOf(await thrownBy(fetch(`${url}/cut`)))).toBe('UND_ERR_SOCKET')
  })

  it('of fetch is known: the answer ends in the middle', async () => {
    const body = fetch(`${url}/half`).then((response) => response.text())

    expect(networkCodeOf(await thrownBy(body))).toBe('UND_ERR_SOCKET')
  })

  it('of fetch is known: nobody answers in time', async () => {
    const hanging = fetch(`${url}/hang`, { signal: AbortSignal.timeout(20) })

    expect(networkCodeOf(await thrownBy(hanging))).toBe('TimeoutError')
  })

  it('of fetch is known: nobody listens, at none of the addresses', async () => {
    const refused = await thrownBy(fetch(`http://localhost:${await closedPort()}`))

    expect(networkCodeOf(refused)).toBe('ECONNREFUSED')
  })

  it('of a socket is known', async () => {
    const port = await closedPort()
    const refused = await new Promise((resolve) => connect(port, '127.0.0.1').on('error', resolve))

    expect(networkCodeOf(refused)).toBe('ECONNREFUSED')
  })

  it('is no abort by somebody who lost patience', async () => {
    const aborted = await thrownBy(fetch(`${url}/hang`, { signal: AbortSignal.abort() }))

    expect(aborted).toMatchObject({ name: 'AbortError' })
    expect(networkCodeOf(aborted)).toBeUndefined()
  })

  it.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EPIPE',
    'EAI_AGAIN',
    'ENETDOWN',
    'ENETUNREACH',
    'EHOSTUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'UND_ERR_SOCKET',
    'ERR_STREAM_PREMATURE_CLOSE',
  ])('has the code %s', (code) => {
    expect(networkCodeOf(coded(code))).toBe(code)
  })

  it.each(['ENOTFOUND', 'EADDRINUSE', 'ENOENT', 'CERT_HAS_EXPIRED', 'ERR_BAD_REQUEST', 'econnreset', '', 23])(
    'has not the code %s',
    (code) => {
      expect(networkCodeOf(coded(code))).toBeUndefined()
    },
  )

  it('is known by the first code that says so, not by the first code', () => {
    expect(networkCodeOf(coded('ERR_BAD_RESPONSE', coded('EPIPE', coded('ECONNRESET'))))).toBe('EPIPE')
  })

  it('is known among the members of an AggregateError, and of those in them', () => {
    const members = [new Error('a'), new AggregateError([coded('EHOSTUNREACH')])]

    expect(networkCodeOf(new AggregateError(members))).toBe('EHOSTUNREACH')
    expect(networkCodeOf(new Error('x', { cause: new AggregateError(members) }))).toBe('EHOSTUNREACH')
  })

  it('is not looked for without end', () => {
    const circle = new AggregateError([new Error('a')])
    circle.errors.push(circle)
    circle.cause = circle
    const crowd = new AggregateError([
      ...Array.from({ length: 10_000 }, () => new Error('a')),
      coded('EPIPE'),
    ])
    const endless = () => new Proxy([], { get: () => new AggregateError([]) })

    expect(networkCodeOf(circle)).toBeUndefined()
    expect(networkCodeOf(crowd)).toBeUndefined()
    expect(networkCodeOf({ errors: endless() })).toBeUndefined()
  })

  it.each<[unknown]>([[undefined], [null], ['ECONNRESET'], [5], [Symbol('s')], [{}]])(
    'is none in %s',
    (thrown) => {
      expect(networkCodeOf(thrown)).toBeUndefined()
      expect(errorCodesOf(thrown)).toEqual([])
    },
  )

  it('is looked for without ever throwing', () => {
    const hostile = () => new Proxy(new Error('x'), { get: refuse, getPrototypeOf: refuse })
    const { proxy: revoked, revoke } = Proxy.revocable([], {})
    revoke()

    expect(networkCodeOf(hostile())).toBeUndefined()
    expect(networkCodeOf({ errors: revoked, cause: coded('EPIPE') })).toBe('EPIPE')
    expect(networkCodeOf({ errors: hostile(), cause: hostile() })).toBeUndefined()
  })
})

describe('the codes of an error', () => {
  it('are its own, those of its causes and of their members, the nearest first', () => {
    const members = new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')])

    expect(errorCodesOf(coded('OUTER', Object.assign(members, { code: 'MIDDLE' })))).toEqual([
      'OUTER',
      'MIDDLE',
      'ECONNREFUSED',
      'EHOSTUNREACH',
    ])
  })

  it('are texts: the old numbers of DOMException are none', () => {
    expect(errorCodesOf(new DOMException('x', 'TimeoutError'))).toEqual([])
    expect(errorCodesOf(coded(undefined, coded('E1')))).toEqual(['E1'])
  })
})

/** A port nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
