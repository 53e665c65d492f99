/** Connecting: refusals end it, everything else is tried again within its limit, and closing leaves nothing behind. */
import { createConnection, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { startChild, type Child } from '../../support/child.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf, remembering } from './broker-on.js'
import { FlakyRoad } from './flaky-road.js'

/** As class and method stand in a frame. */
const CHANNEL_OPEN_OK = 0x14000b

function changed(url: string, change: (url: URL) => void): string {
  const other = new URL(url)
  change(other)
  return other.href
}

/** A server that takes connections and does with them what it is told. */
async function serverThat(serves: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serves(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  tracked({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return `amqp://guest:guest@127.0.0.1:${(server.address() as { port: number }).port}`
}

describeWithRabbit('connecting to RabbitMQ', (rabbit) => {
  it.each([
    ['password', (url: URL): void => void (url.password = 'S3CR3T-CANARY'), /refused.*ACCESS_REFUSED/],
    [
      'vhost',
      (url: URL): void => void (url.pathname = '/no-such-vhost'),
      /refused.*vhost no-such-vhost not found/,
    ],
  ] as const)(
    'ends with a clear word when the %s is wrong, and does not try again',
    async (_, change, words) => {
      const road = await FlakyRoad.to(rabbit.url)
      const { logger, lines } = remembering()
      const broker = brokerOn(changed(road.url, change), { logger })

      const refusals = await Promise.all([
        outcomeOf(broker.connect()),
        outcomeOf(broker.publish({ routingKey: 'q' }, message('x'))),
        outcomeOf(broker.declare({ name: 'q' })),
      ])

      for (const refusal of refusals) {
        expect(refusal).toMatchObject({
          code: 'ERR_BROKER_REFUSED',
          message: expect.stringMatching(words) as string,
        })
      }
      expect(await outcomeOf(broker.publish({ routingKey: 'q' }, message('x')))).toMatchObject({
        code: 'ERR_BROKER_REFUSED',
      })
      expect(road.opened).toBe(1)
      expect(lines.join()).not.toContain('CANARY')
    },
  )

  it('keeps trying until the broker is there', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    await road.close()
    const broker = brokerOn(road.url)

    const connecting = broker.connect()
    const declaring = broker.declare({ name: rabbit.name('late') })
    await road.reopen()

    await Promise.all([connecting, declaring])
    expect(broker.ready).toBe(true)
    await broker.publish({ routingKey: rabbit.name('late') }, message('x'))
  })

  it('tells that there is no broker once its limit is over, and connects when there is one', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    await road.close()
    const broker = brokerOn(road.url, { connectTimeoutMs: 300 })

    const error = await outcomeOf(broker.connect())

    expect(error).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      message: expect.stringContaining('ECONNREFUSED') as string,
    })
    expect((error as Error).cause).toBeInstanceOf(Error)
    await road.reopen()
    await until(() => broker.connect().then(() => true))
    expect(broker.ready).toBe(true)
  })

  it('ends an attempt that a frozen broker does not answer, and gets through when it is thawed', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    road.freeze()
    const broker = brokerOn(road.url, { connectTimeoutMs: 400 })

    expect(await outcomeOf(broker.connect())).toMatchObject({ code: 'ERR_CONNECTION_LOST' })
    await until(() => road.connections === 0, { what: 'the attempt that was given up left no socket' })

    road.thaw()
    await until(() => broker.connect().then(() => true))
  })

  it('leaves no connection behind when it is closed while it connects', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    road.freeze()
    const broker = brokerOn(road.url)
    const connecting = outcomeOf(broker.connect())
    await until(() => road.connections === 1)

    await broker.close()

    expect(await connecting).toMatchObject({ code: 'ERR_CONNECTION_LOST', reason: 'closed' })
    await until(() => road.connections === 0)
    road.thaw()
    expect(road.opened).toBe(1)
  })

  it('goes on with the next connection when one is lost before anything can be published on it', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    road.holdUpAnswers(CHANNEL_OPEN_OK)

    const connecting = outcomeOf(broker.connect())
    await until(() => road.isHoldingUp)
    road.cut()
    road.thaw()

    expect(await connecting).toBeUndefined()
    expect([broker.ready, road.opened]).toEqual([true, 2])
  })

  it('ends in time when nothing can be published on its connection', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    road.holdUpAnswers(CHANNEL_OPEN_OK)

    expect(await outcomeOf(broker.connect({ timeoutMs: 500 }))).toMatchObject({ code: 'ERR_CONNECTION_LOST' })

    road.thaw()
    await broker.connect()
  })

  it('is tried again by who waits for answers, some time after it was refused', async () => {
    let afterMs = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + afterMs }
    let attempts = 0
    const url = await serverThat((socket) => {
      const { port, hostname } = new URL(rabbit.url)
      if (++attempts === 1) void opensAndCloses(socket, [403, 'ACCESS_REFUSED - not now'])
      else socket.pipe(createConnection(Number(port), hostname).on('error', () => {})).pipe(socket)
    })
    const there = changed(rabbit.url, (to) => void (to.host = new URL(url).host))
    const caller = tracked(brokerOn(there, { clock }).createResultBackend(jsonSerializer()))
    const replyTo = () => outcomeOf(Promise.resolve(caller.replyTo()))
    expect(await replyTo()).toMatchObject({ code: 'ERR_BROKER_REFUSED' })
    expect(await replyTo()).toMatchObject({ code: 'ERR_BROKER_REFUSED' })

    afterMs = 6000

    expect(await replyTo()).toBeUndefined()
    expect(attempts).toBe(2)
  })

  it('goes on after any number of cuts, and does not storm the broker', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    const queue = rabbit.name('cuts')
    await broker.declare({ name: queue })

    for (let cut = 0; cut < 5; cut++) {
      road.cut()
      await broker.publish({ routingKey: queue }, message(`${cut}`))
    }

    expect(road.opened).toBeLessThan(20)
  })

  it('closes while the broker does not answer any more', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    const queue = rabbit.name('hanging')
    await broker.declare({ name: queue })
    await broker.consume(queue, { prefetch: 1 }, () => {})
    road.freeze()
    const publishing = outcomeOf(broker.publish({ routingKey: queue }, message('x')))

    await broker.close({ timeoutMs: 200 })

    expect(await publishing).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })
    await until(() => road.connections === 0)
  })

  it('notices by heartbeat that the broker fell silent, and hangs up', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url, { heartbeatSeconds: 1 })
    await broker.connect()
    road.freeze()

    await until(() => !broker.ready, { timeoutMs: 6000 })
    await until(() => road.opened > 1)
    road.thaw()
    await until(() => broker.ready, { timeoutMs: 15_000 })
  }, 30_000)

  it('lets the process end once it is closed, and not before', async () => {
    const child = startProgram({ TEST_URL: rabbit.url, TEST_QUEUE: rabbit.name('process') })

    await child.printed('closed', { timeoutMs: 20_000 })

    expect(await child.ended).toEqual({ exitCode: 0, signal: undefined })
  }, 45_000)

  it('lets the process end also after the broker fell silent: nothing waits for its goodbye', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const program = {
      TEST_URL: road.url,
      TEST_QUEUE: rabbit.name('silent'),
      TEST_STAY: 'until the broker is gone',
    }
    const child = startProgram(program)
    await child.printed('open', { timeoutMs: 20_000 })

    road.freeze()
    await child.printed('closed', { timeoutMs: 15_000 })

    expect(await child.ended).toEqual({ exitCode: 0, signal: undefined })
  }, 45_000)
})

function startProgram(env: Readonly<Record<string, string>>): Child {
  const program = 'tests/integration/broker/child-program.ts'
  return startChild(process.execPath, ['--import', '@oxc-node/core/register', program], { env })
}

describe('connecting to something that is no RabbitMQ', () => {
  it.each([
    ['hangs up', (socket: Socket): void => void socket.destroy()],
    [
      'speaks another protocol',
      (socket: Socket): void => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
    [
      'answers with another version of AMQP',
      (socket: Socket): void => void socket.end('AMQP\u0000\u0001\u0000\u0000'),
    ],
    ['says nothing', (): void => {}],
    ['says a little, again and again', (socket: Socket): void => void tracked(dripping(socket))],
  ] as const)('ends in time when it %s', async (_, serves) => {
    const broker = brokerOn(await serverThat(serves), { connectTimeoutMs: 300 })
    expect(await outcomeOf(broker.connect())).toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  })

  it('survives a server that closes in the same breath as it opens', async () => {
    const { logger, lines } = remembering()
    const url = await serverThat((socket) => void opensAndCloses(socket).catch(() => {}))
    const broker = brokerOn(url, { connectTimeoutMs: 1000, logger })

    await outcomeOf(broker.connect())
    await until(() => lines.filter((line) => line.includes('INTERNAL_ERROR - not now')).length >= 2)
  })
})

function dripping(socket: Socket): { stop(): void } {
  const timer = setInterval(() => socket.write('\u0001'), 50)
  return { stop: () => clearInterval(timer) }
}

/** The server's half of the handshake, with a connection.close right behind the last frame of it. */
async function opensAndCloses(
  socket: Socket,
  [code, text]: readonly [code: number, text: string] = [541, 'INTERNAL_ERROR - not now'],
): Promise<void> {
  const table = Buffer.alloc(4)
  await once(socket, 'data')
  socket.write(
    methodFrame(
      10,
      10,
      Buffer.concat([Buffer.from([0, 9]), table, longString('PLAIN'), longString('en_US')]),
    ),
  )
  await once(socket, 'data')
  socket.write(methodFrame(10, 30, Buffer.from([0, 100, 0, 2, 0, 0, 0, 0])))
  await once(socket, 'data')
  const close = Buffer.concat([
    Buffer.from([code >> 8, code & 255, text.length]),
    Buffer.from(text),
    Buffer.alloc(4),
  ])
  const opened = code === 403 ? [] : [methodFrame(10, 41, Buffer.from([0]))]
  socket.write(Buffer.concat([...opened, methodFrame(10, 50, close)]))
}

function longString(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
}

function methodFrame(classId: number, methodId: number, fields: Buffer): Buffer {
  const head = Buffer.alloc(11)
  head[0] = 1
  head.writeUInt32BE(4 + fields.length, 3)
  head.writeUInt16BE(classId, 7)
  head.writeUInt16BE(methodId, 9)
  return Buffer.concat([head, fields, Buffer.from([0xce])])
}
