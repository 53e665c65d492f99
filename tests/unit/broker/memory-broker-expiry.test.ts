/** Time in the embedded broker: what expires when, and where it goes. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Broker, Delivery, QueueSpec } from '../../../src/broker/broker.js'
import { createMemoryBroker } from '../../../src/broker/memory-broker.js'
import { silentLogger } from '../../../src/kernel/logger.js'
import { FakeClock } from '../../../src/testing/index.js'
import { tracked } from '../../support/tracked.js'

describe('a message with an expiration', () => {
  it('expires when its time is over, and not before', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'late', '1000')

    await clock.advance(999)
    expect(await messagesIn(broker)).toEqual({ q: 1, dead: 0 })

    await clock.advance(1)
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 1 })
  })

  it('waits behind one that stays longer, as in RabbitMQ', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'first', '10000')
    await publish(broker, 'second', '1000')
    await publish(broker, 'third', '2000')

    await clock.advance(9_999)
    expect(await messagesIn(broker)).toEqual({ q: 3, dead: 0 })

    await clock.advance(1)
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 3 })
  })

  it('waits behind one that never expires, and is not handed out when its turn comes too late', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'stays')
    await publish(broker, 'too late', '1000')
    await publish(broker, 'in time', '5000')
    await clock.advance(2_000)
    expect(await messagesIn(broker)).toEqual({ q: 3, dead: 0 })

    const received: string[] = []
    await broker.consume('q', { prefetch: 10 }, (delivery) => received.push(textOf(delivery)))
    await vi.waitUntil(() => received.length === 2)

    expect(received).toEqual(['stays', 'in time'])
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 1 })
  })

  it('heads a lane of its own for each priority', async () => {
    const { broker, clock } = await open({ type: 'classic', maxPriority: 2 })
    await publish(broker, 'low', '2000', 0)
    await publish(broker, 'high', '1000', 2)

    await clock.advance(1_000)
    expect(await messagesIn(broker)).toEqual({ q: 1, dead: 1 })

    await clock.advance(1_000)
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 2 })
  })

  it('keeps its time when it was handed out and comes back', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'held', '1000')
    const received: Delivery[] = []
    await broker.consume('q', { prefetch: 1 }, (delivery) => received.push(delivery))
    await vi.waitUntil(() => received.length === 1)

    await clock.advance(5_000)
    received[0]?.release()

    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 1 })
    expect(received).toHaveLength(1)
  })

  it('of 0 reaches a consumer that waits for it, and nobody else', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'nobody waits', '0')
    await clock.advance(0)
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 1 })

    const received: string[] = []
    await broker.consume('q', { prefetch: 1 }, (delivery) => received.push(textOf(delivery)))
    await publish(broker, 'somebody waits', '0')
    await publish(broker, 'busy now', '0')
    await clock.advance(0)

    expect(received).toEqual(['somebody waits'])
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 2 })
  })

  it('says on its dead letter what happened, as RabbitMQ does, and believes no sender about it', async () => {
    const { broker, clock } = await open()
    const headers = { 'x-death': 'forged', mine: 'kept' }
    const message = { body: Buffer.from('x'), properties: { type: 't', expiration: '1500' }, headers }
    await broker.publish({ routingKey: 'q' }, message)
    clock.setWallClock(Date.UTC(2030, 0, 1))

    await clock.advance(1_500)
    const dead = await firstOf(broker, 'taskalope.dead')

    expect(dead.message.properties).toEqual({ type: 't' })
    expect(dead.message.headers).toEqual({
      mine: 'kept',
      'x-death': [
        {
          count: 1,
          reason: 'expired',
          queue: 'q',
          time: { '!': 'timestamp', value: Date.UTC(2030, 0, 1) / 1000 + 1 },
          exchange: '',
          'routing-keys': ['q'],
          'original-expiration': '1500',
        },
      ],
      'x-first-death-reason': 'expired',
      'x-first-death-queue': 'q',
      'x-first-death-exchange': '',
    })
    expect([dead.exchange, dead.routingKey]).toEqual(['taskalope.dead', 'q'])
  })

  it('leaves no timer behind when it is taken or purged', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'taken', '60000')
    await publish(broker, 'purged', '60000')
    expect(clock.waiting).toBe(1)

    await firstOf(broker, 'q')
    expect(clock.waiting).toBe(1)
    await broker.purge('q')

    expect(clock.waiting).toBe(0)
  })
})

describe('a dead letter', () => {
  it('is kept for 30 days, and its end is logged', async () => {
    const warn = vi.fn()
    const { broker, clock } = await open({ deliveryLimit: 1 }, warn)
    await publish(broker, 'dead', '0')
    await clock.advance(0)

    await clock.advance(30 * 86_400_000 - 1)
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 1 })
    expect(warn).not.toHaveBeenCalled()

    await clock.advance(1)
    expect(await messagesIn(broker)).toEqual({ q: 0, dead: 0 })
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { queue: 'taskalope.dead', reason: 'expired' },
      expect.any(String),
    )
  })

  it('may be looked at and given back as often as one likes', async () => {
    const { broker, clock } = await open()
    await publish(broker, 'dead', '0')
    await clock.advance(0)
    let looks = 0

    await broker.consume('taskalope.dead', { prefetch: 1 }, (delivery) => {
      if (++looks < 100) delivery.release()
    })

    await vi.waitUntil(() => looks === 100)
  })
})

async function open(spec: Omit<QueueSpec, 'name'> = {}, warn = silentLogger.warn) {
  const clock = new FakeClock()
  const broker = tracked(createMemoryBroker({ clock, logger: { ...silentLogger, warn } }))
  await broker.declare({ name: 'q', ...spec })
  return { broker, clock }
}

function publish(broker: Broker, text: string, expiration?: string, priority = 0): Promise<void> {
  const properties = { priority, ...(expiration !== undefined && { expiration }) }
  return broker.publish({ routingKey: 'q' }, { body: Buffer.from(text), properties, headers: {} })
}

async function messagesIn(broker: Broker) {
  const [q, dead] = [await broker.inspect('q'), await broker.inspect('taskalope.dead')]
  return { q: q?.messages, dead: dead?.messages }
}

async function firstOf(broker: Broker, queue: string): Promise<Delivery> {
  const received: Delivery[] = []
  const consumer = await broker.consume(queue, { prefetch: 1 }, (delivery) => received.push(delivery))
  while (received.length === 0) await nextTurn()
  await consumer.cancel()
  return received[0]!
}

const textOf = (delivery: Delivery): string => Buffer.from(delivery.message.body).toString()
