/** Publishing when things go wrong: every publish settles, with the truth about what became of it, and one bad message harms no other. */
import type { ConfirmChannel } from 'amqplib'
import { expect, it } from 'vitest'
import type { AmqpBroker } from '../../../src/broker/amqp/amqp-broker.js'
import type { WireMessage } from '../../../src/message/wire-message.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf } from './broker-on.js'
import { FlakyRoad } from './flaky-road.js'

/** As class and method stand in a frame. */
const QUEUE_DECLARE_OK = 0x32000b

/** All bodies in a queue, which is empty afterwards. */
async function bodiesIn(channel: ConfirmChannel, queue: string): Promise<string[]> {
  const bodies: string[] = []
  const last = 'the last one'
  channel.sendToQueue(queue, Buffer.from(last))
  const { consumerTag } = await channel.consume(
    queue,
    (got) => void (got && bodies.push(got.content.toString())),
    {
      noAck: true,
    },
  )
  await until(() => bodies.includes(last))
  await channel.cancel(consumerTag)
  return bodies.filter((body) => body !== last)
}

/** The first body in a queue. */
async function nextIn(channel: ConfirmChannel, queue: string): Promise<string | undefined> {
  const got = await channel.get(queue, { noAck: true })
  return got ? got.content.toString() : undefined
}

function publishAll(broker: AmqpBroker, queue: string, messages: readonly WireMessage[], timeoutMs = 10_000) {
  return Promise.all(
    messages.map((each) => outcomeOf(broker.publish({ routingKey: queue }, each, { timeoutMs }))),
  )
}

function numbered(count: number, from = 0): WireMessage[] {
  return Array.from({ length: count }, (_, index) =>
    message(`${from + index}`, { correlationId: `c-${from + index}` }),
  )
}

describeWithRabbit('publishing to RabbitMQ', (rabbit) => {
  it('tells each unroutable message apart from its routed neighbours', async () => {
    const broker = brokerOn(rabbit.url)
    const [queue, missing] = [rabbit.name('routed'), rabbit.name('missing')]
    await broker.declare({ name: queue })

    const outcomes = await Promise.all(
      numbered(400).map((each, index) =>
        outcomeOf(broker.publish({ routingKey: index % 3 === 0 ? missing : queue }, each)),
      ),
    )

    const unroutable = {
      code: 'ERR_REFUSED',
      reason: 'unroutable',
      message: expect.stringContaining(missing) as string,
    }
    for (const [index, outcome] of outcomes.entries()) {
      if (index % 3 === 0) expect(outcome).toMatchObject(unroutable)
      else expect(outcome).toBeUndefined()
    }
    const kept = (await bodiesIn(await rabbit.channel(), queue)).map(Number)
    expect(kept).toEqual(outcomes.flatMap((outcome, index) => (outcome ? [] : [index])))
  })

  it('blames the right ones when a queue is deleted under a stream of messages', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('vanishing')
    await channel.assertQueue(queue)

    let confirmed = 0
    const count = () => void confirmed++
    const publishing = numbered(5000).map((each) =>
      outcomeOf(broker.publish({ routingKey: queue }, each).then(count)),
    )
    await until(() => confirmed > 100, { intervalMs: 1 })
    await channel.deleteQueue(queue)
    const outcomes = await Promise.all(publishing)

    const refused = outcomes.flatMap((outcome, index) => (outcome ? [index] : []))
    for (const index of refused)
      expect(outcomes[index]).toMatchObject({ code: 'ERR_REFUSED', reason: 'unroutable' })
    // From one of them on there was no queue.
    expect(refused.length).toBeGreaterThan(0)
    expect(refused).toEqual(
      Array.from({ length: refused.length }, (_, index) => 5000 - refused.length + index),
    )
  })

  it('declares a queue of its own again when somebody deleted it, and loses nothing', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('deleted')
    await broker.declare({ name: queue })
    await channel.deleteQueue(queue)

    expect(await publishAll(broker, queue, numbered(50))).toEqual(Array(50).fill(undefined))

    expect((await bodiesIn(channel, queue)).map(Number).toSorted((a, b) => a - b)).toEqual([
      ...Array(50).keys(),
    ])
  })

  it('declares it again once for all the messages that found it missing, however many', async () => {
    const broker = brokerOn(rabbit.url, { confirmWindow: 3000 })
    const channel = await rabbit.channel()
    const queue = rabbit.name('deleted-for-many')
    await broker.declare({ name: queue })
    await channel.deleteQueue(queue)

    expect(await publishAll(broker, queue, numbered(3000))).toEqual(Array(3000).fill(undefined))

    expect(await bodiesIn(channel, queue)).toHaveLength(3000)
  })

  it('declares it again on the next connection, when one is lost over that', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('deleted-and-cut')
    await broker.declare({ name: queue })
    await channel.deleteQueue(queue)
    road.holdUpAnswers(QUEUE_DECLARE_OK)

    const publishing = publishAll(broker, queue, numbered(5))
    await until(() => road.isHoldingUp)
    await channel.deleteQueue(queue)
    road.cut()
    road.thaw()

    expect(await publishing).toEqual(Array(5).fill(undefined))
    expect(await bodiesIn(channel, queue)).toHaveLength(5)
  })

  it.each([
    ['an expiration that is none', { expiration: 'abc' }, 'other'],
    ['the user id of somebody else', { userId: 'somebody-else' }, 'other'],
  ] as const)(
    'refuses only the message with %s, over which the broker closes the channel',
    async (_, properties, reason) => {
      const broker = brokerOn(rabbit.url)
      const queue = rabbit.name(`closed-${Object.keys(properties)[0]}`)
      await broker.declare({ name: queue })
      const bad = message('bad', properties)
      const messages = [...numbered(70), bad, ...numbered(70, 70), bad, ...numbered(60, 140)]

      const outcomes = await publishAll(broker, queue, messages)

      const failed = outcomes.flatMap((outcome, index) => (outcome ? [index] : []))
      expect(failed).toEqual([70, 141])
      for (const index of failed) expect(outcomes[index]).toMatchObject({ code: 'ERR_REFUSED', reason })
      const kept = new Set(await bodiesIn(await rabbit.channel(), queue))
      expect(kept).toEqual(new Set([...Array(200).keys()].map(String)))
    },
  )

  it('refuses only the message for an exchange that is not there', async () => {
    const broker = brokerOn(rabbit.url)
    const queue = rabbit.name('no-exchange')
    const exchange = rabbit.name('no-such-exchange')
    await broker.declare({ name: queue })

    const good = publishAll(broker, queue, numbered(100))
    const bad = outcomeOf(broker.publish({ exchange, routingKey: 'k' }, message('bad')))
    const more = publishAll(broker, queue, numbered(100, 100))

    expect(await bad).toMatchObject({
      code: 'ERR_REFUSED',
      reason: 'unroutable',
      message: expect.stringContaining(exchange) as string,
    })
    expect([...(await good), ...(await more)]).toEqual(Array(200).fill(undefined))
  })

  it.each([
    ['headers of more than 64 KiB', message('x', {}, { big: 'x'.repeat(70_000) })],
    ['a header that is not a number', message('x', {}, { n: NaN })],
    ['a correlation id of more than 255 bytes', message('x', { correlationId: 'x'.repeat(256) })],
  ])('refuses a message with %s before anything is written', async (_, bad) => {
    const broker = brokerOn(rabbit.url)
    const queue = rabbit.name('unwritable')
    await broker.declare({ name: queue })
    await broker.purge(queue)

    const outcomes = await publishAll(broker, queue, [...numbered(10), bad, ...numbered(10, 10)])

    expect(outcomes.map((outcome) => outcome === undefined)).toEqual(
      Array.from({ length: 21 }, (_, index) => index !== 10),
    )
    expect(outcomes[10]).toMatchObject({ code: 'ERR_HEADER_INVALID' })
    expect(await bodiesIn(await rabbit.channel(), queue)).toHaveLength(20)
  })

  it('offers a message again to a full queue until there is room', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('full')
    await channel.assertQueue(queue, { arguments: { 'x-max-length': 5, 'x-overflow': 'reject-publish' } })

    const publishing = publishAll(broker, queue, numbered(20))
    const taken: string[] = []
    await until(async () => {
      const body = await nextIn(channel, queue)
      if (body !== undefined) taken.push(body)
      return taken.length === 20
    })

    expect(await publishing).toEqual(Array(20).fill(undefined))
    expect(taken.map(Number).toSorted((a, b) => a - b)).toEqual([...Array(20).keys()])
  })

  it('gives up on a queue that stays full when the time is over, and stores nothing', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('stays-full')
    await channel.assertQueue(queue, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } })

    const [first, ...others] = await publishAll(broker, queue, numbered(4), 700)

    expect(first).toBeUndefined()
    for (const each of others) expect(each).toMatchObject({ code: 'ERR_REFUSED', reason: 'queue-full' })
    expect([await nextIn(channel, queue), await nextIn(channel, queue)]).toEqual(['0', undefined])
  })

  it('keeps only so many messages for a queue that stays full, and refuses the others at once', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const queue = rabbit.name('overfull')
    await channel.assertQueue(queue, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } })
    let refused = 0
    const publish = async (each: WireMessage) => {
      const outcome = await outcomeOf(broker.publish({ routingKey: queue }, each, { timeoutMs: 60_000 }))
      if ((outcome as { reason?: unknown } | undefined)?.reason === 'queue-full') refused++
    }

    const publishing = numbered(6000).map(publish)

    await until(() => refused >= 900)
    await broker.close({ timeoutMs: 1 })
    await Promise.all(publishing)
    expect(refused).toBeLessThan(6000)
  })

  it('serves one queue while another one is full', async () => {
    const broker = brokerOn(rabbit.url)
    const channel = await rabbit.channel()
    const [full, free] = [rabbit.name('one-is-full'), rabbit.name('other-is-free')]
    await channel.assertQueue(full, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } })
    await broker.declare({ name: free })

    const stuck = publishAll(broker, full, numbered(300), 1500)
    const outcomes = await publishAll(broker, free, numbered(300), 1500)

    expect(outcomes).toEqual(Array(300).fill(undefined))
    expect((await stuck).filter((outcome) => outcome === undefined)).toHaveLength(1)
  })

  it('sends again what was not confirmed when the connection is cut, and all of it arrives', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    const queue = rabbit.name('cut')
    await broker.declare({ name: queue })

    const first = publishAll(broker, queue, numbered(1000))
    await until(() => broker.inspect(queue).then((state) => (state?.messages ?? 0) > 0), { intervalMs: 1 })
    road.cut()
    const second = publishAll(broker, queue, numbered(500, 1000))

    expect([...(await first), ...(await second)]).toEqual(Array(1500).fill(undefined))
    expect(new Set(await bodiesIn(await rabbit.channel(), queue)).size).toBe(1500)
  })

  it('says what was not sent, and what may have been, when the connection does not come back in time', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url)
    const queue = rabbit.name('gone')
    await broker.declare({ name: queue })
    await broker.publish({ routingKey: queue }, message('before'))

    road.freeze()
    const written = publishAll(broker, queue, numbered(3), 400)
    await road.close()
    await until(() => !broker.ready)
    const waiting = publishAll(broker, queue, numbered(3, 3), 200)

    for (const each of await waiting)
      expect(each).toMatchObject({ code: 'ERR_NOT_SENT', reason: 'disconnected' })
    for (const each of await written) expect(each).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })
  })

  it('settles every publish to a frozen broker in time, and goes on when it is thawed', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url, { confirmWindow: 10 })
    const queue = rabbit.name('frozen')
    await broker.declare({ name: queue })
    road.freeze()
    const startedAt = performance.now()

    const outcomes = await publishAll(broker, queue, numbered(30), 300)

    expect(performance.now() - startedAt).toBeLessThan(1500)
    for (const each of outcomes.slice(0, 10)) expect(each).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })
    for (const each of outcomes.slice(10))
      expect(each).toMatchObject({ code: 'ERR_NOT_SENT', reason: 'timeout' })
    road.thaw()
    expect(await publishAll(broker, queue, numbered(30, 30))).toEqual(Array(30).fill(undefined))
  })

  it('takes no more than 10 000 waiting messages, and says so', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    await road.close()
    const broker = brokerOn(road.url)

    const publishing = publishAll(broker, rabbit.name('backlog'), numbered(10_005), 1500)
    await road.reopen()
    const outcomes = await publishing

    const backlog = outcomes.filter(
      (outcome) => (outcome as { reason?: string } | undefined)?.reason === 'backlog',
    )
    expect(backlog).toHaveLength(5)
    expect(outcomes.slice(-5)).toEqual(backlog)
    expect(backlog[0]).toMatchObject({ code: 'ERR_NOT_SENT' })
  })

  it('keeps the order of messages as long as nothing goes wrong', async () => {
    const broker = brokerOn(rabbit.url)
    const queue = rabbit.name('ordered')
    await broker.declare({ name: queue })
    await publishAll(broker, queue, numbered(1000))
    expect((await bodiesIn(await rabbit.channel(), queue)).map(Number)).toEqual([...Array(1000).keys()])
  })
})
