/** Consuming when things go wrong: it comes back by itself, nothing is settled on the wrong channel, and nothing is lost. */
import { expect, it } from 'vitest'
import type { Consumer, Delivery } from '../../../src/broker/broker.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf, remembering, textOf } from './broker-on.js'
import { FlakyRoad } from './flaky-road.js'
import { basicAck } from './raw-publish.js'

/** As class and method stand in a frame. */
const CONSUME_OK = 0x3c0015
const BASIC_CANCEL = 0x3c001e

describeWithRabbit('consuming from RabbitMQ', (rabbit) => {
  async function consuming(word: string, prefetch = 10) {
    const road = await FlakyRoad.to(rabbit.url)
    const { logger, lines } = remembering()
    const broker = brokerOn(road.url, { logger, namespace: rabbit.namespace })
    const queue = rabbit.name(word)
    await broker.declare({ name: queue })
    const arrived: Delivery[] = []
    const consumer: Consumer = await broker.consume(
      queue,
      { prefetch },
      (delivery) => void arrived.push(delivery),
    )
    const publish = (...texts: string[]) =>
      Promise.all(texts.map((text) => broker.publish({ routingKey: queue }, message(text))))
    return { road, broker, queue, consumer, arrived, publish, lines }
  }

  it('consumes again after a cut, hands out again what was not acknowledged, and ignores what is said of it late', async () => {
    const { road, broker, queue, consumer, arrived, publish, lines } = await consuming('cut')
    await publish('a', 'b')
    await until(() => arrived.length === 2)
    const [a, b] = arrived.splice(0)
    expect(a?.lost).toBe(false)

    road.cut()
    await until(() => arrived.length === 2)
    expect([a, b, ...arrived].map((delivery) => delivery?.lost)).toEqual([true, true, false, false])
    a?.ack()
    b?.release()
    for (const again of arrived) again.ack()
    await publish('c')
    await until(() => arrived.length === 3)

    expect(arrived.map(textOf).toSorted()).toEqual(['a', 'b', 'c'])
    expect(consumer.attached).toBe(true)
    expect(lines.filter((line) => line.includes('after its channel was gone'))).toHaveLength(2)
    arrived[2]?.ack()
    await until(async () => (await broker.inspect(queue))?.messages === 0)
  })

  it('makes a queue again that is deleted under it, and consumes that', async () => {
    const { queue, consumer, arrived, publish, lines } = await consuming('deleted')
    await publish('before')
    await until(() => arrived.length === 1)
    const channel = await rabbit.channel()

    await channel.deleteQueue(queue)
    await until(() => lines.some((line) => line.includes('the queue was deleted')))
    arrived[0]?.ack()
    await until(() => consumer.attached)
    await publish('after')
    await until(() => arrived.length === 2)

    expect(textOf(arrived[1] as Delivery)).toBe('after')
    arrived[1]?.ack()
  })

  it('comes back when its queue is deleted in the same breath as it is consumed again', async () => {
    const { road, queue, consumer, arrived, publish } = await consuming('breath')
    const channel = await rabbit.channel()
    const consumers = async () => (await channel.checkQueue(queue)).consumerCount

    road.holdUpAnswers(CONSUME_OK)
    road.cut()
    await until(() => road.isHoldingUp)
    await until(async () => (await consumers()) === 1)
    await channel.deleteQueue(queue)
    await until(() => road.hasHeldUp(BASIC_CANCEL))
    road.thaw()

    await until(() => consumer.attached)
    await publish('after')
    await until(() => arrived.length === 1)
    arrived[0]?.ack()
  })

  it('makes its queue again that was deleted before it is consumed again on the same connection', async () => {
    const { broker, queue, consumer } = await consuming('deleted-between')
    await consumer.close()
    await (await rabbit.channel()).deleteQueue(queue)

    const again = () => broker.consume(queue, { prefetch: 1 }, (delivery) => delivery.ack())
    expect(await outcomeOf(again())).toMatchObject({ code: 'ERR_REFUSED' })

    expect((await again()).attached).toBe(true)
  })

  it('waits for a queue that is not its own to make, until that is there again', async () => {
    const { broker, arrived: _, lines } = await consuming('own')
    const channel = await rabbit.channel()
    const foreign = rabbit.name('foreign')
    await channel.assertQueue(foreign)
    const consumer = await broker.consume(foreign, { prefetch: 1 }, (delivery) => delivery.ack())

    await channel.deleteQueue(foreign)
    await until(() => lines.some((line) => line.startsWith('error') && line.includes(foreign)))
    expect(consumer.attached).toBe(false)
    await channel.assertQueue(foreign)

    await until(() => consumer.attached)
  })

  it('comes back when the broker closes its channel, and the others of the connection stay', async () => {
    const { road, broker, consumer, arrived, publish, lines } = await consuming('channel')
    const other = rabbit.name('other')
    await broker.declare({ name: other })
    const neighbour = await broker.consume(other, { prefetch: 1 }, (delivery) => delivery.ack())
    await publish('a')
    await until(() => arrived.length === 1)

    // An acknowledgement of something that was never delivered: over that the broker closes a channel.
    road.writeWhereDelivered(basicAck(4711))
    await until(() => arrived.length === 2)

    expect([textOf(arrived[1] as Delivery), arrived[1]?.redelivered]).toEqual(['a', true])
    expect(lines.join('\n')).toContain('unknown delivery tag 4711')
    expect([consumer.attached, neighbour.attached, road.opened]).toEqual([true, true, 2])
    arrived[1]?.ack()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('not today')
      },
    ],
    ['rejects', () => Promise.reject(new Error('not today'))],
  ] as const)('gives back a delivery whose taker %s, and stays', async (_, fail) => {
    const { broker, publish, lines } = await consuming('own')
    const queue = rabbit.name('throwing')
    await broker.declare({ name: queue })
    let tries = 0
    const taken: string[] = []
    const take = (delivery: Delivery): unknown => {
      if (++tries === 1) return fail()
      taken.push(textOf(delivery))
      return delivery.ack()
    }
    const consumer = await broker.consume(queue, { prefetch: 1 }, take)

    await broker.publish({ routingKey: queue }, message('x'))
    await until(() => taken.length === 1)

    expect([taken, tries, consumer.attached]).toEqual([['x'], 2, true])
    expect(lines.join('\n')).toContain('not today')
    await publish()
  })

  it('says everything it was told before it closes, and gives back the rest', async () => {
    const { broker, queue, consumer, arrived, publish } = await consuming('closing', 100)
    await publish(...Array.from({ length: 60 }, (_, index) => `${index}`))
    await until(() => arrived.length === 60)

    for (const [index, delivery] of arrived.entries()) if (index % 2 === 0) delivery.ack()
    await consumer.close()

    await until(async () => (await broker.inspect(queue))?.messages === 30)
    const back: string[] = []
    await broker.consume(queue, { prefetch: 100 }, (delivery) => {
      back.push(textOf(delivery))
      delivery.ack()
    })
    await until(() => back.length === 30)
    expect(back.every((text) => Number(text) % 2 === 1)).toBe(true)
  })

  it('does not come back after it was cancelled or closed, whatever the connection does', async () => {
    const { road, broker, queue, consumer } = await consuming('cancelled')
    const other = await broker.consume(queue, { prefetch: 1 }, () => {})
    await consumer.cancel()
    await other.close()

    road.cut()
    await broker.publish({ routingKey: queue }, message('x'))
    const watcher = await broker.consume(queue, { prefetch: 1 }, () => {})

    await until(async () => (await broker.inspect(queue))?.consumers === 1)
    expect([consumer.attached, other.attached, watcher.attached]).toEqual([false, false, true])
  })

  it('loses and repeats nothing it acknowledged, through cuts and deletions of its channel', async () => {
    const { road, broker, queue } = await consuming('ledger', 1)
    const work = rabbit.name('work')
    await broker.declare({ name: work })
    const seen = new Map<string, number>()
    await broker.consume(work, { prefetch: 20 }, (delivery) => {
      const text = textOf(delivery)
      seen.set(text, (seen.get(text) ?? 0) + 1)
      setImmediate(() => delivery.ack())
    })

    for (let round = 0; round < 5; round++) {
      const publishing = Array.from({ length: 100 }, (_, index) =>
        broker.publish({ routingKey: work }, message(`${round * 100 + index}`)),
      )
      await until(() => seen.size > round * 100 + 20, { intervalMs: 1 })
      road.cut()
      await Promise.all(publishing)
    }

    await until(() => seen.size === 500)
    await until(async () => (await broker.inspect(work))?.messages === 0)
    expect(await broker.inspect(queue)).toMatchObject({ messages: 0 })
  }, 30_000)

  it.each([
    { when: 'before it is cancelled', rounds: 10, cancelsFirst: false },
    { when: 'after it was cancelled', rounds: 3, cancelsFirst: true },
  ])(
    'repeats nothing that was acknowledged one by one, $when, when it is closed at once',
    async ({ when, rounds, cancelsFirst }) => {
      const broker = brokerOn(rabbit.url)
      const queue = rabbit.name(`closed-at-once-${when}`)
      const channel = await rabbit.channel()
      await broker.declare({ name: queue })
      const left: (number | undefined)[] = []

      for (let round = 0; round < rounds; round++) {
        for (let n = 0; n < 300; n++) channel.sendToQueue(queue, Buffer.from(`${n}`))
        await channel.waitForConfirms()
        const arrived: Delivery[] = []
        const consumer = await broker.consume(queue, { prefetch: 300 }, (delivery) => arrived.push(delivery))
        await until(() => arrived.length === 300)
        if (cancelsFirst) await consumer.cancel()
        // The first one stays, so that each of the others needs an acknowledgement of its own.
        for (const delivery of arrived.slice(1)) delivery.ack()
        await consumer.cancel()
        await consumer.close()
        // Waits until the one that stays is back, and with it all that came back.
        await until(async () => ((await broker.inspect(queue))?.messages ?? 0) > 0)
        left.push((await broker.inspect(queue))?.messages)
        await channel.purgeQueue(queue)
      }

      expect(left).toEqual(Array.from({ length: rounds }, () => 1))
    },
    60_000,
  )

  it('hands out a whole queue without limit, and takes back what is left of it', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('unlimited')
    const count = 20_000
    await broker.declare({ name: queue })
    for (let n = 0; n < count; n++) channel.sendToQueue(queue, Buffer.from(`${n}`))
    await channel.waitForConfirms()
    const seen = new Map<string, Delivery>()

    const consumer = await broker.consume(queue, { prefetch: Infinity }, (delivery) => {
      seen.set(textOf(delivery), delivery)
    })
    await until(() => seen.size === count, { timeoutMs: 30_000 })
    for (const [text, delivery] of seen) if (Number(text) % 100 === 0) delivery.ack()
    await consumer.close()

    const left = count - count / 100
    await until(async () => (await broker.inspect(queue))?.messages === left)
    expect(await broker.inspect(queue)).toMatchObject({ consumers: 0 })
  }, 60_000)

  it('hands out everything again, when a consumer without limit loses one of its channels', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    const queue = rabbit.name('unlimited-and-lost')
    const channel = await rabbit.channel()
    await broker.declare({ name: queue })
    for (let n = 0; n < 6000; n++) channel.sendToQueue(queue, Buffer.from(`${n}`))
    await channel.waitForConfirms()
    const seen: string[] = []
    const consumer = await broker.consume(queue, { prefetch: Infinity }, (delivery) => {
      seen.push(textOf(delivery))
    })
    await until(() => seen.length === 6000)
    expect((await broker.inspect(queue))?.consumers).toBeGreaterThan(1)

    // An acknowledgement of what was never delivered: the broker closes that channel.
    road.writeWhereDelivered(basicAck(99_999))

    await until(() => seen.length === 12_000, { timeoutMs: 30_000 })
    expect([new Set(seen).size, consumer.attached, consumer.attachments]).toEqual([6000, true, 2])
  }, 60_000)
})
