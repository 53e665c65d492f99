/** Delays in the embedded broker: by which clock they go, in which order they end, and what many of them cost. */
import { describe, expect, it, vi } from 'vitest'
import type { Broker, Delivery } from '../../../../src/broker/broker.js'
import { createMemoryBroker } from '../../../../src/broker/memory-broker.js'
import type { Clock } from '../../../../src/kernel/clock.js'
import { silentLogger } from '../../../../src/kernel/logger.js'
import type { Headers, MessageProperties, WireMessage } from '../../../../src/message/wire-message.js'
import { FakeClock } from '../../../../src/testing/index.js'
import { tracked } from '../../../support/tracked.js'

const DAY_MS = 86_400_000
const LONGEST_MS = (2 ** 28 - 1) * 1000

describe('a delayed message', () => {
  it.each([
    ['a second', 1_000],
    ['30 days, more than a timer of Node can wait', 30 * DAY_MS],
    ['100 days', 100 * DAY_MS],
    ['8 years', 8 * 365 * DAY_MS],
    ['as long as can be', LONGEST_MS],
  ])('that is to wait %s arrives exactly then', async (_, delayMs) => {
    const { broker, clock, received } = await open()
    await delay(broker, 'x', delayMs)

    await clock.advance(delayMs - 1)
    expect(received).toEqual([])

    await clock.advance(1)
    expect(received.map(textOf)).toEqual(['x'])
  })

  it('that is to wait for longer than that is refused, and nothing is kept', async () => {
    const { broker, clock } = await open()

    await expect(delay(broker, 'x', LONGEST_MS + 1)).rejects.toMatchObject({ code: 'ERR_DELAY_RANGE' })

    expect(clock.waiting).toBe(0)
  })

  it('of 30 days does not arrive at once by the clock of Node either', async () => {
    const broker = tracked(createMemoryBroker())
    await broker.declare({ name: 'q' })
    const received: string[] = []
    await broker.consume('q', { prefetch: 10 }, (delivery) => received.push(textOf(delivery)))

    await delay(broker, '30 days', 30 * DAY_MS)
    await delay(broker, 'a second', 1_000)
    await vi.waitUntil(() => received.length > 0, { timeout: 5_000 })

    expect(received).toEqual(['a second'])
  })

  it.each([
    ['back', Date.UTC(1999, 0, 1)],
    ['forward', Date.UTC(2099, 0, 1)],
  ])('is neither early nor late when the wall clock is set %s', async (_, wallClock) => {
    const { broker, clock, received } = await open()
    await delay(broker, 'x', 10_000)
    await clock.advance(5_000)

    clock.setWallClock(wallClock)
    await clock.advance(4_999)
    expect(received).toEqual([])

    await clock.advance(1)
    expect(received.map(textOf)).toEqual(['x'])
  })

  it('is not handed out by a timer that fires before its time', async () => {
    const clock = new FakeClock()
    const hasty: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, callback) => clock.after(delayMs > 1 ? delayMs - 1 : delayMs, callback),
    }
    const { broker, received } = await open({ clock: hasty })
    await delay(broker, 'x', 1_000)

    await clock.advance(999)
    expect(received).toEqual([])

    await clock.advance(1)
    expect(received.map(textOf)).toEqual(['x'])
  })

  it('comes as out of the ladder of RabbitMQ: its exchange, and a key of 28 bits and the queue', async () => {
    const { broker, clock, received } = await open({ namespace: 'shop' })
    await delay(broker, 'x', 5_000)

    await clock.advance(5_000)

    const [delivery] = received
    expect(delivery?.exchange).toBe('shop.delay.deliver')
    expect(delivery?.routingKey).toBe(`${'0.'.repeat(25)}1.0.1.q`)
    expect([delivery?.queue, delivery?.delayed, delivery?.redelivered]).toEqual(['q', true, false])
  })

  it('is copied when it is sent, not later', async () => {
    const { broker, clock, received } = await open()
    const message = {
      body: Buffer.from('before'),
      properties: { type: 'before' },
      headers: { a: { b: 'before' } },
    }

    const sending = broker.publishDelayed('q', message, 1_000)
    message.body.fill('x')
    message.properties.type = 'after'
    message.headers.a.b = 'after'
    await sending
    await clock.advance(1_000)

    const { body, properties, headers } = received[0]!.message
    expect(Buffer.from(body).toString()).toBe('before')
    expect([properties.type, headers['a']]).toEqual(['before', { b: 'before' }])
  })

  it('is refused for a header that no broker can hold', async () => {
    const { broker, clock } = await open()

    const sending = broker.publishDelayed('q', messageOf('', {}, { value: NaN }), 1_000)

    await expect(sending).rejects.toMatchObject({ code: 'ERR_HEADER_INVALID' })
    expect(clock.waiting).toBe(0)
  })

  it('that expires before it is due arrives whole, and one that has nothing to wait for still expires', async () => {
    const { broker, clock, received } = await open()
    await broker.publishDelayed('q', messageOf('waits', { expiration: '10' }), 1_000)
    await broker.publishDelayed('other', messageOf('expires', { expiration: '10' }), 0)

    await clock.advance(1_000)

    expect(received.map(textOf)).toEqual(['waits'])
    expect(received[0]?.message.properties).toEqual({})
    expect(await broker.inspect('other')).toEqual({ messages: 0, consumers: 0 })
    expect(await broker.inspect('taskalope.dead')).toMatchObject({ messages: 1 })
  })

  it('says when it is given up that it came out of a wait', async () => {
    const { broker, clock } = await open()
    await broker.declare({ name: 'limited', deliveryLimit: 1 })
    await broker.consume('limited', { prefetch: 1 }, (delivery) => delivery.release())
    await broker.publishDelayed('limited', messageOf('x'), 1_000)
    await clock.advance(1_000)

    const dead: Delivery[] = []
    await broker.consume('taskalope.dead', { prefetch: 1 }, (delivery) => dead.push(delivery))
    await vi.waitUntil(() => dead.length === 1)

    const [death] = dead[0]!.message.headers['x-death'] as readonly Record<string, unknown>[]
    expect(death).toMatchObject({
      reason: 'delivery_limit',
      queue: 'limited',
      exchange: 'taskalope.delay.deliver',
    })
    expect(dead[0]?.delayed).toBe(false)
  })
})

describe('the order of delayed messages', () => {
  it('is that of their times, and among equals that of their arrival', async () => {
    const { broker, clock, received } = await open()
    for (const [text, delayMs] of [
      ['c1', 3_000],
      ['a1', 1_000],
      ['b1', 1_500],
      ['a2', 1_000],
      ['c2', 2_001],
      ['b2', 2_000],
      ['a3', 1],
    ] as const)
      await delay(broker, text, delayMs)

    await clock.advance(3_000)

    expect(received.map(textOf)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'c2'])
  })

  it('is that of their arrival for many that are due at one instant', async () => {
    const { broker, clock, received } = await open()
    const texts = Array.from({ length: 10 }, (_, index) => `${index}`)
    for (const text of texts) await delay(broker, text, 1_000)

    await clock.advance(1_000)

    expect(received.map(textOf)).toEqual(texts)
  })

  it('lets one sent later but due earlier come first', async () => {
    const { broker, clock, received } = await open()
    await delay(broker, 'first sent', 5_000)
    await clock.advance(1_500)
    await delay(broker, 'first due', 1_000)

    await clock.advance(1_000)
    expect(received.map(textOf)).toEqual(['first due'])

    await clock.advance(2_500)
    expect(received.map(textOf)).toEqual(['first due', 'first sent'])
  })
})

describe('many delayed messages', () => {
  it('have one timer among them, and none is left when they have come', async () => {
    const { broker, clock, received } = await open()
    const delays = Array.from({ length: 500 }, (_, index) => 1_000 * (1 + ((index * 7919) % 250)))
    await Promise.all(delays.map((delayMs, index) => delay(broker, `${index}`, delayMs)))
    expect(clock.waiting).toBe(1)

    await clock.advance(125_000)
    expect(received).toHaveLength(250)
    expect(clock.waiting).toBe(1)

    await clock.advance(125_000)
    expect(received).toHaveLength(500)
    expect(clock.waiting).toBe(0)
  })

  it('that are due at one instant let the event loop turn', async () => {
    const { broker, clock } = await open()
    const count = 50_000
    await broker.declare({ name: 'many' })
    await Promise.all(
      Array.from({ length: count }, () => broker.publishDelayed('many', messageOf('x'), 1_000)),
    )

    await clock.advance(1_000)
    const soon = await broker.inspect('many')

    expect(soon?.messages).toBeLessThan(count)
    await vi.waitUntil(async () => (await broker.inspect('many'))?.messages === count, { timeout: 10_000 })
  })
})

describe('the last broker that closes', () => {
  it('counts what still waits among what is lost, queue by queue, and leaves no timer', async () => {
    const warn = vi.fn()
    const clock = new FakeClock()
    const broker = createMemoryBroker({ clock, logger: { ...silentLogger, warn } })
    await broker.declare({ name: 'one' })
    await broker.declare({ name: 'two' })
    await broker.publish({ routingKey: 'one' }, messageOf('ready'))
    await broker.publishDelayed('one', messageOf('waits'), 1_000)
    await broker.publishDelayed('two', messageOf('waits'), 1_000)
    await broker.publishDelayed('two', messageOf('waits'), 2_000)

    await broker.close()

    expect(warn.mock.calls.map(([fields]) => fields as unknown)).toEqual([
      { queue: 'one', messages: 2 },
      { queue: 'two', messages: 2 },
    ])
    expect(clock.waiting).toBe(0)
  })

  it('is the last one of its name: before that the messages of a closed sender go on waiting', async () => {
    const clock = new FakeClock()
    const url = 'memory://delays'
    const sender = createMemoryBroker({ url, clock })
    const { broker, received } = await open({ url, clock })
    await sender.publishDelayed('q', messageOf('x'), 1_000)

    await sender.close()
    await clock.advance(1_000)

    expect(received.map(textOf)).toEqual(['x'])
    expect(broker.ready).toBe(true)
  })
})

describe('the dead letters', () => {
  it('are as many as they may be, the newest, and as old', async () => {
    const { broker, clock } = await open({ deadLetters: { maxLength: 2, maxAgeMs: 60_000 } })
    await broker.declare({ name: 'short' })
    for (const text of ['a', 'b', 'c']) {
      await broker.publish({ routingKey: 'short' }, messageOf(text, { expiration: '0' }))
    }

    const letters: string[] = []
    const dead = 'taskalope.dead'
    const looking = await broker.consume(dead, { prefetch: Infinity }, (delivery) =>
      letters.push(textOf(delivery)),
    )
    await vi.waitUntil(() => letters.length === 2)
    await looking.close()
    expect(letters).toEqual(['b', 'c'])

    await clock.advance(60_000)
    expect(await broker.inspect(dead)).toMatchObject({ messages: 0 })
  })

  it('keep the limits of whoever made their queue', async () => {
    const url = 'memory://limits'
    const { broker } = await open({ url, deadLetters: { maxLength: 1 } })
    const other = tracked(createMemoryBroker({ url, deadLetters: { maxLength: 5 } }))

    await other.declare({ name: 'short' })
    for (const text of ['a', 'b']) {
      await other.publish({ routingKey: 'short' }, messageOf(text, { expiration: '0' }))
    }

    expect(await broker.inspect('taskalope.dead')).toMatchObject({ messages: 1 })
  })

  it.each<[object, RegExp]>([
    [{ maxLength: 0 }, /"maxLength".*0/],
    [{ maxLength: 1.5 }, /"maxLength"/],
    [{ maxLength: 2 ** 31 }, /"maxLength"/],
    [{ maxAgeMs: 999 }, /"maxAge".*from 1 s to 3650 d/],
    [{ maxAgeMs: 3651 * DAY_MS }, /"maxAge"/],
    [{ maxAgeMs: NaN }, /"maxAge".*NaN/],
  ])('are not bounded by %j', (deadLetters, says) => {
    const make = () => createMemoryBroker({ deadLetters })

    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    expect(make).toThrow(says)
  })
})

describe('a consumer without a limit', () => {
  it('is given more than the largest number there is for one, and gives it all back', async () => {
    const { broker } = await open()
    const count = 70_000
    await broker.declare({ name: 'many' })
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        broker.publish({ routingKey: 'many' }, messageOf(`${index}`)),
      ),
    )
    const held: Delivery[] = []
    const consumer = await broker.consume('many', { prefetch: Infinity }, (delivery) => held.push(delivery))
    await vi.waitUntil(() => held.length === count, { timeout: 10_000 })

    for (const delivery of held.splice(0).toReversed().slice(1_000)) delivery.release()
    await consumer.close()

    const again: string[] = []
    await broker.consume('many', { prefetch: Infinity }, (delivery) => again.push(textOf(delivery)))
    await vi.waitUntil(() => again.length === count, { timeout: 10_000 })
    expect(again.every((text, index) => text === `${index}`)).toBe(true)
  })
})

type Options = Omit<NonNullable<Parameters<typeof createMemoryBroker>[0]>, 'clock'> & { clock?: Clock }

/** A broker with a queue that is consumed, and one that is not. */
async function open(options: Options = {}) {
  const clock = new FakeClock()
  const broker = tracked(createMemoryBroker({ clock, ...options }))
  const received: Delivery[] = []
  await broker.declare({ name: 'q' })
  await broker.declare({ name: 'other' })
  await broker.consume('q', { prefetch: 1_000 }, (delivery) => received.push(delivery))
  return { broker, clock, received }
}

function delay(broker: Broker, text: string, delayMs: number): Promise<void> {
  return broker.publishDelayed('q', messageOf(text), delayMs)
}

function messageOf(text: string, properties: MessageProperties = {}, headers: Headers = {}): WireMessage {
  return { body: Buffer.from(text), properties, headers }
}

const textOf = (delivery: Delivery): string => Buffer.from(delivery.message.body).toString()
