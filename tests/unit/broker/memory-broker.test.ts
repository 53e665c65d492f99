/** The embedded broker beyond the contract: what crosses it, in which order, in whose context, and how it ends. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Broker, Delivery, QueueSpec } from '../../../src/broker/broker.js'
import { createMemoryBroker, type MemoryBrokerOptions } from '../../../src/broker/memory-broker.js'
import { isTaskalopeError } from '../../../src/kernel/errors.js'
import { silentLogger, type LogFields } from '../../../src/kernel/logger.js'
import type {
  HeaderValue,
  Headers,
  MessageProperties,
  WireMessage,
} from '../../../src/message/wire-message.js'
import { tracked } from '../../support/tracked.js'

describe('what crosses the embedded broker', () => {
  it('is copied when publish is called, not later', async () => {
    const broker = open()
    const received = await consumed(broker, 'q')
    const message = {
      body: Buffer.from('before'),
      properties: { type: 'before' },
      headers: { a: { b: 'before' } },
    }

    const publishing = broker.publish({ routingKey: 'q' }, message)
    message.body.fill('x')
    message.properties.type = 'after'
    message.headers.a.b = 'after'
    await publishing
    await turns()

    const [delivery] = received
    expect(textOf(delivery!)).toBe('before')
    expect(delivery?.message.properties.type).toBe('before')
    expect(delivery?.message.headers['a']).toEqual({ b: 'before' })
  })

  it('is copied for each delivery: what a consumer scribbles on it is not seen by the next', async () => {
    const broker = open()
    const received = await consumed(broker, 'q')
    await publish(broker, 'q', messageOf('clean', {}, { list: [1], bytes: Buffer.from('clean') }))
    await turns()

    const [first] = received
    first!.message.body.fill(0)
    ;(first!.message.headers['bytes'] as Uint8Array).fill(0)
    ;(first!.message.headers['list'] as HeaderValue[]).push('dirty')
    ;(first!.message.properties as { type?: string }).type = 'dirty'
    first!.release()
    await turns()

    const again = received[1]!.message
    expect(Buffer.from(again.body).toString()).toBe('clean')
    expect(again.headers).toEqual({ list: [1], bytes: Buffer.from('clean') })
    expect(again.properties).toEqual({})
  })

  it.each<[string, HeaderValue, HeaderValue]>([
    ['an integer beyond 53 bits becomes a bigint', 2 ** 60, 2n ** 60n],
    ['a small bigint becomes a number', 5n, 5],
    ['a number beyond 64 bits stays one', 2 ** 70, 2 ** 70],
  ])('has header values as RabbitMQ would give them: %s', async (_, sent, expected) => {
    const broker = open()
    const received = await consumed(broker, 'q')

    await publish(broker, 'q', messageOf('', {}, { value: sent }))
    await turns()

    expect(received[0]?.message.headers['value']).toBe(expected)
  })

  it.each<[string, unknown, RegExp]>([
    ['a function', () => {}, /"value" cannot be sent: a header cannot be a function/],
    ['a symbol', Symbol('s'), /a header cannot be a symbol/],
    ['undefined in an array', [undefined], /"value\[0\]" cannot be sent/],
    ['NaN', { deep: NaN }, /"value.deep" cannot be sent: a header cannot be NaN/],
    ['Infinity', -Infinity, /a header cannot be -Infinity/],
    ['more than 64 bits', 2n ** 63n, /beyond 64 bits/],
    ['a name of 256 bytes', { ['é'.repeat(128)]: 1 }, /more than 255 bytes/],
    ['65 levels', nested(65), /nest deeper than 64/],
    ['a cycle', cyclic(), /nest deeper than 64/],
  ])('is refused when a header holds %s, and nothing is stored', async (_, value, says) => {
    const broker = open()
    await broker.declare({ name: 'q' })

    const publishing = broker.publish({ routingKey: 'q' }, messageOf('', {}, { value } as Headers))

    await expect(publishing).rejects.toThrow(says)
    await expect(publishing).rejects.toMatchObject({ code: 'ERR_HEADER_INVALID' })
    expect(await broker.inspect('q')).toEqual({ messages: 0, consumers: 0 })
  })

  it('may nest 64 levels deep, and leaves out what is undefined', async () => {
    const broker = open()
    const received = await consumed(broker, 'q')

    await publish(
      broker,
      'q',
      messageOf('', {}, { value: nested(64), gone: undefined } as unknown as Headers),
    )
    await turns()

    expect(Object.keys(received[0]!.message.headers)).toEqual(['value'])
  })

  it.each(['-1', '1.5', 'soon', '', '4294967296'])(
    'is refused with an expiration of "%s"',
    async (expiration) => {
      const broker = open()
      await broker.declare({ name: 'q' })

      const publishing = publish(broker, 'q', messageOf('', { expiration }))

      await expect(publishing).rejects.toMatchObject({ code: 'ERR_REFUSED', reason: 'other' })
      expect(await broker.inspect('q')).toEqual({ messages: 0, consumers: 0 })
    },
  )
})

describe('order', () => {
  it('is kept when messages come back: each to its old place', async () => {
    const broker = open()
    const received = await consumed(broker, 'q', { prefetch: 3 })
    await publish(broker, 'q', 'a', 'b', 'c', 'd', 'e')
    await turns()

    const [a, b, c] = received.splice(0)
    c?.release()
    a?.release()
    b?.release()
    await turns()

    expect(received.map(textOf)).toEqual(['c', 'a', 'b'])
    for (const delivery of received.splice(0)) delivery.ack()
    await turns()
    expect(received.map(textOf)).toEqual(['d', 'e'])
  })

  it('is kept when a consumer leaves many messages behind', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    await publish(broker, 'q', 'a', 'b', 'c', 'd')
    const first: Delivery[] = []
    const consumer = await broker.consume('q', { prefetch: 3 }, (delivery) => first.push(delivery))
    await turns()
    first[1]?.ack()
    await turns()

    await consumer.close()
    const received = await consumed(broker, 'q')
    await turns()

    expect(first.map(textOf)).toEqual(['a', 'b', 'c', 'd'])
    expect(received.map(textOf)).toEqual(['a', 'c', 'd'])
  })

  it('stays right over thousands of messages taken and given back', async () => {
    const broker = open()
    await broker.declare({ name: 'q', deliveryLimit: 1_000_000 })
    const texts = Array.from({ length: 5_000 }, (_, index) => `${index}`)
    await Promise.all(texts.map((text) => publish(broker, 'q', text)))
    const received: string[] = []

    for (let round = 0; received.length < texts.length; round++) {
      const held: Delivery[] = []
      const consumer = await broker.consume('q', { prefetch: 700 }, (delivery) => held.push(delivery))
      await turns()
      // Every round takes the first half for good and gives the rest back.
      for (const delivery of held.slice(0, Math.ceil(held.length / 2))) {
        received.push(textOf(delivery))
        if (round % 2 === 0) delivery.ack()
      }
      if (round % 2 === 1) received.length -= Math.ceil(held.length / 2)
      await consumer.cancel()
      for (const delivery of held.toReversed()) delivery.release()
      await consumer.close()
    }

    expect(received).toEqual(texts)
  })

  it('goes strictly round the consumers of a queue, also after one has left', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    const seen: string[] = []
    const consumers = []
    for (const name of ['x', 'y', 'z']) {
      const note = (delivery: Delivery) => void seen.push(name + textOf(delivery))
      consumers.push(await broker.consume('q', { prefetch: 100 }, note))
    }

    await publish(broker, 'q', '1', '2', '3', '4')
    await turns()
    await consumers[0]?.cancel()
    await publish(broker, 'q', '5', '6', '7')
    await turns()

    expect(seen).toEqual(['x1', 'y2', 'z3', 'x4', 'y5', 'z6', 'y7'])
  })

  it('lets a late message of one queue in between the many of another', async () => {
    const broker = open()
    const seen: string[] = []
    const note = (delivery: Delivery) => void seen.push(textOf(delivery))
    await broker.declare({ name: 'busy' })
    await broker.declare({ name: 'quiet' })
    await Promise.all(Array.from({ length: 500 }, () => publish(broker, 'busy', 'busy')))

    await broker.consume('busy', { prefetch: 500 }, note)
    await broker.consume('quiet', { prefetch: 1 }, note)
    await publish(broker, 'quiet', 'quiet')
    await vi.waitUntil(() => seen.length === 501)

    expect(seen.indexOf('quiet')).toBeLessThan(3)
  })
})

describe('a delivery', () => {
  it('is never made inside the call that publishes, consumes or settles', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    let inCall = false
    const inside: string[] = []
    const during = <T>(call: () => T): T => {
      inCall = true
      const result = call()
      inCall = false
      return result
    }
    const onDelivery = (delivery: Delivery) => {
      if (inCall) inside.push(textOf(delivery))
      if (!delivery.redelivered) during(() => delivery.release())
    }

    await publish(broker, 'q', 'a')
    await during(() => broker.consume('q', { prefetch: 1 }, onDelivery))
    await during(() => publish(broker, 'q', 'b'))
    await turns()

    expect(inside).toEqual([])
  })

  it('runs in the async context of its consumer, not in that of the publisher', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    const context = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []

    await context.run('consumer', () =>
      broker.consume('q', { prefetch: 1 }, () => seen.push(context.getStore())),
    )
    await context.run('publisher', () => publish(broker, 'q', 'x'))
    await turns()

    expect(seen).toEqual(['consumer'])
  })

  it('that its consumer never saw goes back as if it had never left', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    await publish(broker, 'q', 'unseen')
    const first: Delivery[] = []

    const consuming = broker.consume('q', { prefetch: 1 }, (delivery) => first.push(delivery))
    await (await consuming).cancel()
    const received = await consumed(broker, 'q')
    await turns()

    expect(first).toEqual([])
    expect([received[0]?.redelivered, received[0]?.deliveryCount]).toEqual([false, 0])
  })

  it('stays unsettled when its consumer throws; the error is logged and the others are served', async () => {
    const logs = recordedLogs()
    const broker = open({ logger: logs.logger })
    await broker.declare({ name: 'q' })
    const seen: string[] = []
    const failing = await broker.consume('q', { prefetch: 5 }, (delivery) => {
      seen.push(textOf(delivery))
      throw new Error('a broken consumer')
    })

    await publish(broker, 'q', 'a', 'b')
    await turns()
    expect(seen).toEqual(['a', 'b'])
    expect(logs.lines.filter((line) => line.level === 'error')).toHaveLength(2)

    await failing.close()
    expect(await broker.inspect('q')).toEqual({ messages: 2, consumers: 0 })
  })

  it('comes although a test has stopped the global timers', async () => {
    vi.useFakeTimers()
    const broker = open()
    const received = await consumed(broker, 'q')

    await publish(broker, 'q', 'x')
    await vi.waitUntil(() => received.length === 1)

    expect(received.map(textOf)).toEqual(['x'])
  })
})

describe('the event loop', () => {
  it('turns while messages go round without end', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    let rounds = 0
    await broker.consume('q', { prefetch: 1 }, (delivery) => {
      rounds++
      delivery.ack()
      void publish(broker, 'q', 'again').catch(() => {})
    })
    await publish(broker, 'q', 'go')

    await new Promise((resolve) => setTimeout(resolve, 1))

    expect(rounds).toBeGreaterThan(0)
  })

  it('turns while a consumer acknowledges a long backlog at once', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    const count = 50_000
    await Promise.all(Array.from({ length: count }, () => publish(broker, 'q', 'x')))
    let done = 0
    await broker.consume('q', { prefetch: 1 }, (delivery) => {
      done++
      delivery.ack()
    })

    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(done).toBeLessThan(count)

    await vi.waitUntil(() => done === count, { timeout: 10_000 })
  })

  it('turns while a program does nothing but publish', async () => {
    const broker = open()
    await broker.declare({ name: 'q' })
    let fired = false
    setTimeout(() => (fired = true), 1)

    for (let sent = 0; !fired && sent < 1_000_000; sent++) await publish(broker, 'q', 'x')

    expect(fired).toBe(true)
  })
})

describe('the address of an embedded broker', () => {
  it('without a name means queues of its own', async () => {
    const [one, two] = [open(), open()]

    await one.declare({ name: 'q' })

    expect(await two.inspect('q')).toBeUndefined()
  })

  it('with a name means the queues of that name', async () => {
    const [here, same, other] = [
      open({ url: 'memory://a' }),
      open({ url: 'memory://a' }),
      open({ url: 'memory://b' }),
    ]
    await here.declare({ name: 'q' })

    await publish(same, 'q', 'x')

    expect(await here.inspect('q')).toEqual({ messages: 1, consumers: 0 })
    expect(await other.inspect('q')).toBeUndefined()
    expect(here.url).toBe('memory://a')
  })

  it('keeps its queues until the last broker on them is closed, and nothing after that', async () => {
    const logs = recordedLogs()
    const first = createMemoryBroker({ url: 'memory://kept', logger: logs.logger })
    const second = createMemoryBroker({ url: 'memory://kept' })
    await first.declare({ name: 'q' })
    await publish(first, 'q', 'a', 'b')

    await first.close()
    expect(await second.inspect('q')).toEqual({ messages: 2, consumers: 0 })
    expect(logs.lines).toEqual([])

    await second.close()
    expect(logs.lines).toEqual([
      { level: 'warn', fields: { queue: 'q', messages: 2 }, message: expect.any(String) },
    ])
    expect(sharedStores().has('kept')).toBe(false)
    expect(await open({ url: 'memory://kept' }).inspect('q')).toBeUndefined()
  })

  it('is not left twice by a broker that is closed twice', async () => {
    const closing = createMemoryBroker({ url: 'memory://twice' })
    const staying = open({ url: 'memory://twice' })
    await staying.declare({ name: 'q' })

    await Promise.all([closing.close(), closing.close()])
    await closing.close()

    expect(await open({ url: 'memory://twice' }).inspect('q')).toBeDefined()
  })

  it.each(['amqp://localhost', 'memory:', 'memory://a/b', 'memory://a b', 'memory://user:secret@a'])(
    'is refused when it is "%s", without repeating it',
    (url) => {
      const error = errorOf(() => createMemoryBroker({ url }))

      expect(isTaskalopeError(error, 'ERR_BROKER_URL')).toBe(true)
      expect(String(error)).not.toContain('secret')
    },
  )
})

describe('what cannot be', () => {
  it.each([0, -1, 1.5, NaN, -Infinity, 65_536])('a consumer with a prefetch of %d', async (prefetch) => {
    const broker = open()
    await broker.declare({ name: 'q' })

    const consuming = broker.consume('q', { prefetch }, () => {})

    await expect(consuming).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(consuming).rejects.toThrow('"q"')
  })

  it.each([
    ['empty', ''],
    ['200 bytes long', 'é'.repeat(100)],
    ['with a line break', 'a\nb'],
    ['of RabbitMQ itself', 'amq.gen-1'],
    ['not valid Unicode', 'a\ud800'],
  ])('a queue whose name is %s', async (_, name) => {
    await expect(open().declare({ name })).rejects.toMatchObject({ code: 'ERR_QUEUE_NAME' })
  })

  it.each<[Omit<QueueSpec, 'name'>, string]>([
    [{ maxPriority: 10 }, 'maxPriority'],
    [{ type: 'classic', maxPriority: 0 }, 'maxPriority'],
    [{ type: 'classic', maxPriority: 256 }, 'maxPriority'],
    [{ type: 'classic', deliveryLimit: 3 }, 'deliveryLimit'],
    [{ type: 'celery', deliveryLimit: 3 }, 'deliveryLimit'],
    [{ deliveryLimit: 0 }, 'deliveryLimit'],
    [{ deliveryLimit: 1.5 }, 'deliveryLimit'],
  ])('a queue with %j', async (spec, option) => {
    const declaring = open().declare({ name: 'q', ...spec })

    await expect(declaring).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(declaring).rejects.toThrow(new RegExp(`"q".*${option}`))
  })
})

describe("a queue of Celery's", () => {
  it('is taken as it is when it exists', async () => {
    const broker = open()
    await broker.declare({ name: 'celery', type: 'classic', maxPriority: 5 })

    await broker.declare({ name: 'celery', type: 'celery' })

    await publish(broker, 'celery', 'x')
  })
})

afterEach(() => void vi.useRealTimers())

function open(options: MemoryBrokerOptions = {}): Broker {
  return tracked(createMemoryBroker(options))
}

async function consumed(broker: Broker, queue: string, { prefetch = 100 } = {}): Promise<Delivery[]> {
  const received: Delivery[] = []
  await broker.declare({ name: queue })
  await broker.consume(queue, { prefetch }, (delivery) => received.push(delivery))
  return received
}

async function publish(
  broker: Broker,
  queue: string,
  ...messages: readonly (string | WireMessage)[]
): Promise<void> {
  const wire = messages.map((message) => (typeof message === 'string' ? messageOf(message) : message))
  await Promise.all(wire.map((message) => broker.publish({ routingKey: queue }, message)))
}

function messageOf(text: string, properties: MessageProperties = {}, headers: Headers = {}): WireMessage {
  return { body: Buffer.from(text), properties, headers }
}

const textOf = (delivery: Delivery): string => Buffer.from(delivery.message.body).toString()

/** Long enough for everything handed to a consumer to reach it: each turn delivers what the one before made ready. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn()
}

function nested(levels: number): HeaderValue {
  return levels === 1 ? {} : { deeper: nested(levels - 1) }
}

function cyclic(): object {
  const table: { self?: object } = {}
  table.self = table
  return table
}

interface LogLine {
  readonly level: string
  readonly fields: LogFields
  readonly message: string
}

function recordedLogs() {
  const lines: LogLine[] = []
  const note = (level: string) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message })
  return { lines, logger: { ...silentLogger, warn: note('warn'), error: note('error') } }
}

function errorOf(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

function sharedStores(): Map<string, unknown> {
  return (globalThis as unknown as Record<symbol, Map<string, unknown>>)[Symbol.for('taskalope.memory/1')]!
}
