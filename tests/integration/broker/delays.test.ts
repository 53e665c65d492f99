/** Delays on RabbitMQ when things go wrong: what is missing is made, what cannot be made is said in time, and what waits arrives. */
import type { ConfirmChannel } from 'amqplib'
import { expect, it } from 'vitest'
import type { AmqpBroker } from '../../../src/broker/amqp/amqp-broker.js'
import type { Delivery } from '../../../src/broker/broker.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf, textOf } from './broker-on.js'
import { FlakyRoad } from './flaky-road.js'

/** As class and method stand in a frame. */
const EXCHANGE_DECLARE_OK = 0x28000b
const QUEUE_BIND_OK = 0x320015

/** What arrives is acknowledged and kept here, with the moment it came. */
async function inbox(broker: AmqpBroker, queue: string): Promise<{ delivery: Delivery; at: number }[]> {
  const arrived: { delivery: Delivery; at: number }[] = []
  await broker.consume(queue, { prefetch: 100 }, (delivery) => {
    arrived.push({ delivery, at: performance.now() })
    delivery.ack()
  })
  return arrived
}

function texts(arrived: readonly { delivery: Delivery }[]): string[] {
  return arrived.map(({ delivery }) => textOf(delivery))
}

describeWithRabbit('delays on RabbitMQ', (rabbit) => {
  const open = (url: string = rabbit.url) => brokerOn(url, { namespace: rabbit.namespace })
  const level = (level: number | 'deliver') => `${rabbit.namespace}.delay.${level}`

  /** A queue that a message has waited for already: the ladder is there, and this broker has nothing to make any more. */
  async function waitedFor(word: string, url?: string) {
    const broker = open(url)
    const queue = rabbit.name(word)
    await broker.declare({ name: queue })
    const arrived = await inbox(broker, queue)
    await broker.publishDelayed(queue, message('first'), 1)
    await until(() => arrived.length === 1)
    arrived.length = 0
    return { broker, queue, arrived, channel: await rabbit.channel() }
  }

  it('lets a message through several levels: never early, and whole', async () => {
    const { broker, queue, arrived } = await waitedFor('levels')
    const sentAt = performance.now()
    const properties = { contentType: 'a/b', correlationId: 'c', replyTo: 'r', expiration: '50', appId: 'a' }

    await broker.publishDelayed(queue, message('x', properties, { theirs: ['kept', 1] }), 2_500)

    await until(() => arrived.length === 1)
    const [{ delivery, at }] = arrived as [{ delivery: Delivery; at: number }]
    expect(at - sentAt).toBeGreaterThanOrEqual(2_999)
    expect(delivery).toMatchObject({
      delayed: true,
      redelivered: false,
      deliveryCount: 0,
      queue,
      exchange: level('deliver'),
      routingKey: `${'0.'.repeat(26)}1.1.${queue}`,
    })
    const { expiration: _, ...kept } = properties
    expect(delivery.message.properties).toEqual({ ...kept, persistent: true })
    expect(delivery.message.headers['theirs']).toEqual(['kept', 1])
  })

  it('lets a message wait again that comes with the traces of its last wait', async () => {
    const { broker, queue, arrived } = await waitedFor('again')
    await broker.publishDelayed(queue, message('x', {}, { theirs: 1 }), 3_000)
    await until(() => arrived.length === 1)
    const [{ delivery: first }] = arrived as [{ delivery: Delivery; at: number }]
    expect(first.message.headers).toHaveProperty('x-death')

    await broker.publishDelayed(queue, first.message, 3_000)

    await until(() => arrived.length === 2)
    expect(arrived[1]?.delivery.message.headers).toMatchObject({ theirs: 1, 'x-death': [{}, {}] })
  })

  it.each([
    ['queue', (channel: ConfirmChannel) => channel.deleteQueue(level(1))],
    ['exchange', (channel: ConfirmChannel) => channel.deleteExchange(level(1))],
    [
      'binding',
      (channel: ConfirmChannel) => channel.unbindQueue(level(1), level(1), `${'*.'.repeat(26)}1.#`),
    ],
  ])('makes the %s again that messages go into, when somebody deleted it', async (_, remove) => {
    const { broker, queue, arrived, channel } = await waitedFor('deleted')
    await remove(channel)

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => outcomeOf(broker.publishDelayed(queue, message(`${n}`), 2_000))),
    )

    expect(outcomes).toEqual(Array(50).fill(undefined))
    await until(() => arrived.length >= 50)
    expect(new Set(texts(arrived)).size).toBe(50)
  })

  it('makes a level further down again at the next occasion, and what waits above finds it', async () => {
    const { broker, queue, arrived, channel } = await waitedFor('further-down')
    await channel.deleteQueue(level(0))
    await broker.publishDelayed(queue, message('three'), 3_000)

    await open().publishDelayed(queue, message('one'), 1_000)

    await until(() => arrived.length === 2)
    expect(texts(arrived)).toEqual(['one', 'three'])
  })

  it('finds a queue again that was deleted and made again while the message waited, by whomever', async () => {
    const { broker, queue, arrived, channel } = await waitedFor('made-again')
    await broker.publishDelayed(queue, message('patient'), 2_000)
    await broker.close()
    await channel.deleteQueue(queue)

    const other = open()
    await other.declare({ name: queue })

    const found = await inbox(other, queue)
    await until(() => found.length === 1)
    expect([texts(found), arrived]).toEqual([['patient'], []])
  })

  it('finds a queue again that was deleted under its consumer, though the sender knows nothing of it', async () => {
    const { broker, queue, arrived, channel } = await waitedFor('deleted-under-consumer')
    await channel.deleteQueue(queue)

    await broker.publishDelayed(queue, message('patient'), 3_000)

    await until(() => arrived.length === 1)
    expect(texts(arrived)).toEqual(['patient'])
  })

  it('refuses to delay for a queue that is not there, each time, and does so for one that comes later', async () => {
    const broker = open()
    const queue = rabbit.name('later')
    const refusal = {
      code: 'ERR_REFUSED',
      reason: 'unroutable',
      message: expect.stringContaining(queue) as string,
    }
    for (let time = 0; time < 2; time++)
      expect(await outcomeOf(broker.publishDelayed(queue, message('x'), 1_000))).toMatchObject(refusal)

    await open().declare({ name: queue })
    await broker.publishDelayed(queue, message('x'), 1_000)

    const arrived = await inbox(broker, queue)
    await until(() => arrived.length === 1)
  })

  it('says which queue stands in the way, when somebody made one of the ladder in another shape', async () => {
    const namespace = rabbit.name('odd')
    for (let each = 0; each < 28; each++) rabbit.name(`odd.delay.${each}`)
    const channel = await rabbit.channel()
    await channel.assertQueue(`${namespace}.delay.5`, { durable: true })
    const broker = brokerOn(rabbit.url, { namespace })
    const queue = rabbit.name('in-the-way')
    await broker.declare({ name: queue })

    for (let time = 0; time < 2; time++) {
      expect(await outcomeOf(broker.publishDelayed(queue, message('x'), 1_000))).toMatchObject({
        code: 'ERR_NOT_SENT',
        reason: 'other',
        message: expect.stringContaining(`${namespace}.delay.5`) as string,
      })
    }

    await channel.deleteQueue(`${namespace}.delay.5`)
    await broker.publishDelayed(queue, message('x'), 1_000)
  })

  it('declares queues and sends to them though the ladder ends in an exchange of another shape, and says so to whoever delays', async () => {
    const namespace = rabbit.name('old')
    const exchange = `${namespace}.delay.deliver`
    const channel = await rabbit.channel()
    await channel.assertExchange(exchange, 'topic', { durable: true })
    const broker = brokerOn(rabbit.url, { namespace })
    const queue = rabbit.name('beside-it')

    await broker.declare({ name: queue })
    await broker.publish({ routingKey: queue }, message('x'))

    expect(await outcomeOf(broker.publishDelayed(queue, message('x'), 1_000))).toMatchObject({
      code: 'ERR_NOT_SENT',
      reason: 'other',
      message: expect.stringContaining(exchange) as string,
    })
    await channel.deleteExchange(exchange)
    await broker.publishDelayed(queue, message('x'), 1_000)
  })

  it('keeps apart queues whose names read like patterns', async () => {
    const names = ['p.*', 'p.a', 'p.#', 'p', '*', '#', 'a'].map((word) => rabbit.name(word))
    const broker = open()
    const inboxes = await Promise.all(
      names.map(async (name) => {
        await broker.declare({ name })
        return inbox(broker, name)
      }),
    )

    await Promise.all(names.map((name) => broker.publishDelayed(name, message(name), 1_000)))

    await until(() => inboxes.flat().length >= names.length)
    expect(inboxes.map(texts)).toEqual(names.map((name) => [name]))
  })

  it('delays for a queue of the shape of Celery, and leaves that shape as it is', async () => {
    const broker = open()
    const queue = rabbit.name('celery')
    const channel = await rabbit.channel()
    await channel.assertQueue(queue, { durable: true })
    await broker.declare({ name: queue, type: 'celery' })
    const arrived = await inbox(broker, queue)

    await broker.publishDelayed(queue, message('x'), 1_000)

    await until(() => arrived.length === 1)
    // As a worker of Celery declares it; with other arguments there would be an error.
    await channel.assertQueue(queue, { durable: true })
  })

  it('says in time that a message was not sent, when what it needs is not made in time', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = open(road.url)
    await broker.connect()
    road.holdUpAnswers(EXCHANGE_DECLARE_OK)
    const startedAt = performance.now()

    const outcomes = await Promise.all(
      [400, 200].map((timeoutMs) =>
        outcomeOf(broker.publishDelayed(rabbit.name('slow'), message('x'), 1_000, { timeoutMs })),
      ),
    )

    const notSent = { code: 'ERR_NOT_SENT', reason: 'timeout' }
    expect(outcomes).toMatchObject([notSent, notSent])
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })

  it('does not hold up other messages while it makes what one needs', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = open(road.url)
    const queue = rabbit.name('not-held-up')
    await broker.declare({ name: queue })
    const events: string[] = []

    const delayed = broker.publishDelayed(queue, message('x'), 1_000).then(() => events.push('delayed'))
    const plain = broker.publish({ routingKey: queue }, message('y')).then(() => events.push('plain'))
    await Promise.all([delayed, plain])

    expect(events).toEqual(['plain', 'delayed'])
  })

  it('goes on with the next connection, when one is lost while it makes what a message needs', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = open(road.url)
    const queue = rabbit.name('cut-while-binding')
    await broker.declare({ name: queue })
    road.holdUpAnswers(QUEUE_BIND_OK)

    const publishing = Promise.all(
      Array.from({ length: 20 }, (_, n) => broker.publishDelayed(queue, message(`${n}`), 1_000)),
    )
    await until(() => road.isHoldingUp)
    road.cut()
    road.thaw()

    await publishing
    const arrived = await inbox(open(), queue)
    await until(() => arrived.length === 20)
    expect(new Set(texts(arrived)).size).toBe(20)
  })

  it('sends again what was not confirmed when the connection is cut, and all of it arrives', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const { broker, queue, arrived } = await waitedFor('cut', road.url)

    const publishing = Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        outcomeOf(broker.publishDelayed(queue, message(`${n}`), 1_000 + (n % 3) * 1_000)),
      ),
    )
    await until(async () => ((await open().inspect(level(0)))?.messages ?? 0) > 0, { intervalMs: 1 })
    road.cut()

    expect(await publishing).toEqual(Array(500).fill(undefined))
    await until(() => new Set(texts(arrived)).size === 500)
  })

  it('parks a message though somebody deleted the place for dead letters', async () => {
    const broker = open()
    const queue = rabbit.name('parking')
    await broker.declare({ name: queue })
    const channel = await rabbit.channel()
    const parked: unknown[] = []
    await broker.consume(queue, { prefetch: 10 }, (delivery) => {
      const parking = outcomeOf(broker.park(delivery, {})).then((outcome) => parked.push(outcome))
      void parking.then(() => delivery.ack())
    })

    for (const remove of ['exchange', 'queue'] as const) {
      if (remove === 'exchange') await channel.deleteExchange(`${rabbit.namespace}.dead`)
      else await channel.deleteQueue(`${rabbit.namespace}.dead`)
      await broker.publish({ routingKey: queue }, message(remove))
      await until(() => parked.length > 0)
      expect(parked.splice(0)).toEqual([undefined])
    }
    expect(await broker.inspect(`${rabbit.namespace}.dead`)).toMatchObject({ messages: 1 })
  })

  it('keeps dead letters however often they are looked at', async () => {
    const broker = open()
    const dead = `${rabbit.namespace}.dead`
    const queue = rabbit.name('looked-at')
    await broker.declare({ name: queue })
    await broker.purge(dead)
    await broker.publish({ routingKey: queue }, message('x', { expiration: '0' }))
    await until(async () => (await broker.inspect(dead))?.messages === 1)

    for (let look = 0; look < 25; look++) {
      let seen = 0
      const consumer = await broker.consume(dead, { prefetch: Infinity }, () => void seen++)
      await until(() => seen === 1, { intervalMs: 1 })
      await consumer.close()
    }

    await until(async () => (await broker.inspect(dead))?.messages === 1)
  })
})
