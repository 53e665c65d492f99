/** Which broker the tests get, where that can be told without starting one. */
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { findBroker } from '../../scripts/find-broker.mjs'
import { answersAmqp } from '../../scripts/rabbitmq/amqp-handshake.mjs'
import { freePorts, isFree } from '../../scripts/rabbitmq/free-ports.mjs'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { tracked } from '../support/tracked.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a broker that was named', () => {
  it('but does not answer is an error that keeps the password, and no other one is taken', async () => {
    const [port] = await freePorts(1)
    vi.stubEnv('TASKALOPE_TEST_BROKER_URL', `amqp://ada:secret@127.0.0.1:${port}`)

    const search = findBroker(() => {})

    await expect(search).rejects.toThrow(
      /^The broker in TASKALOPE_TEST_BROKER_URL does not let us in: .*ECONNREFUSED/,
    )
    await expect(search).rejects.not.toThrow(/secret/)
  })
})

describeWithRabbit('a broker that was named and answers', (rabbit) => {
  it('is taken, and is not ours to steer', async () => {
    vi.stubEnv('TASKALOPE_TEST_BROKER_URL', rabbit.url)
    const said: string[] = []

    const { broker } = await findBroker((line) => said.push(line))

    expect(broker).toMatchObject({ url: rabbit.url, folder: undefined })
    expect(said).toEqual(['Broker: the one in TASKALOPE_TEST_BROKER_URL.'])
  })

  it('is told from a socket that only listens', async () => {
    const { hostname, port } = new URL(rabbit.url)
    const mute = await listen(() => {})
    const chatty = await listen((server) =>
      server.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request')),
    )

    expect(await answersAmqp(hostname, Number(port))).toBe(true)
    expect(await answersAmqp('127.0.0.1', mute, 200)).toBe(false)
    expect(await answersAmqp('127.0.0.1', chatty)).toBe(false)
  })
})

describe('a port', () => {
  it('that somebody listens on is not free', async () => {
    const taken = await listen(() => {})

    expect(await isFree(taken)).toBe(false)
  })
})

async function listen(set: (server: Server) => void): Promise<number> {
  const server = createServer()
  server.on('connection', (socket) => socket.resume())
  set(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tracked({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) })
  return (server.address() as AddressInfo).port
}
