/** Messages that kill other clients, or that cannot be written again: they arrive, can be parked with all their bytes, and harm nobody. */
import { expect, it } from 'vitest'
import type { Delivery } from '../../../src/broker/broker.js'
import { NOT_KEPT, UNREADABLE } from '../../../src/message/headers.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { brokerOn, message, textOf } from './broker-on.js'
import { field, longString, nestedTable, rawPublish, type RawMessage } from './raw-publish.js'

const BODY = Buffer.from([0xff, 0, 0x80, 0x41])

const HOSTILE: readonly (readonly [string, Omit<RawMessage, 'body'>, RegExp | undefined])[] = [
  ['a header nested 5 000 levels deep', { headers: nestedTable(5000) }, /deeper than 64/],
  [
    'a header of 64 bits as Python writes it',
    { headers: field('n', 'L', Buffer.from([0, 0, 1, 0x99, 0, 0, 0, 0])) },
    undefined,
  ],
  [
    'a header named __proto__',
    { headers: field('__proto__', 'F', longString(field('isAdmin', 't', Buffer.from([1])))) },
    undefined,
  ],
  [
    'text in a header that is not UTF-8',
    { headers: field('s', 'S', longString(Buffer.from([0xff, 0xfe]))) },
    undefined,
  ],
]

describeWithRabbit('a hostile message', (rabbit) => {
  async function arrival(raw: Omit<RawMessage, 'body'>) {
    const broker = brokerOn(rabbit.url, { namespace: rabbit.namespace })
    const queue = rabbit.name('hostile')
    await broker.declare({ name: queue })
    const channel = await rabbit.channel()
    const arrived: Delivery[] = []
    const consumer = await broker.consume(queue, { prefetch: 10 }, (delivery) => void arrived.push(delivery))
    rawPublish(channel, queue, { ...raw, body: BODY })
    await until(() => arrived.length === 1)
    return { broker, queue, channel, consumer, arrived, hostile: arrived[0] as Delivery }
  }

  it.each(HOSTILE)(
    'with %s arrives, and so does the next one, on the same connection',
    async (_, raw, unreadable) => {
      const { broker, queue, consumer, arrived, hostile } = await arrival(raw)

      expect(Buffer.compare(hostile.message.body, BODY)).toBe(0)
      if (unreadable) expect(hostile.message.headers[UNREADABLE.reason]).toMatch(unreadable)
      else expect(UNREADABLE.reason in hostile.message.headers).toBe(false)
      hostile.ack()
      await broker.publish({ routingKey: queue }, message('next'))
      await until(() => arrived.length === 2)
      expect([textOf(arrived[1] as Delivery), consumer.attached]).toEqual(['next', true])
      arrived[1]?.ack()
    },
  )

  it.each(HOSTILE)(
    'with %s can be parked: its bytes, and its headers or their bytes',
    async (_, raw, unreadable) => {
      const { broker, channel, hostile } = await arrival(raw)
      const dead = `${rabbit.namespace}.dead`
      await broker.park(hostile, { 'taskalope-error-code': 'ERR_HEADER_INVALID' })
      hostile.ack()

      const parked: Delivery[] = []
      await broker.consume(dead, { prefetch: 1 }, (delivery) => void parked.push(delivery))
      await until(() => parked.length === 1)

      const { body, headers } = (parked[0] as Delivery).message
      expect(Buffer.compare(body, BODY)).toBe(0)
      expect(headers['taskalope-error-code']).toBe('ERR_HEADER_INVALID')
      if (unreadable) expect(headers[UNREADABLE.bytes]).toEqual(raw.headers)
      else expect(Object.keys(headers)).toContain(Object.keys(hostile.message.headers)[0])
      parked[0]?.ack()
      await until(async () => (await channel.checkQueue(dead)).messageCount === 0)
    },
  )

  it('whose properties cannot be written again is parked with its bytes, and says so', async () => {
    const { broker, hostile } = await arrival({ contentType: Buffer.alloc(255, 0xff) })
    expect(hostile.message.properties.contentType?.length).toBe(255)

    await broker.park(hostile, { 'taskalope-error-code': 'ERR_CONTENT_TYPE' })

    const parked: Delivery[] = []
    await broker.consume(
      `${rabbit.namespace}.dead`,
      { prefetch: 1 },
      (delivery) => void parked.push(delivery),
    )
    await until(() => parked.length === 1)
    expect(Buffer.compare((parked[0] as Delivery).message.body, BODY)).toBe(0)
    expect(parked[0]?.message.headers).toMatchObject({
      'taskalope-error-code': 'ERR_CONTENT_TYPE',
      [NOT_KEPT]: expect.stringContaining('contentType') as string,
    })
    parked[0]?.ack()
    hostile.ack()
  })

  it('with a header table too large to be written again, ours added, is parked with its bytes, and says so', async () => {
    const { broker, hostile } = await arrival({
      headers: field('big', 'S', longString(Buffer.alloc(65_000, 65))),
    })

    await broker.park(hostile, { 'taskalope-error-stack': 'x'.repeat(1000) })

    const parked: Delivery[] = []
    await broker.consume(
      `${rabbit.namespace}.dead`,
      { prefetch: 1 },
      (delivery) => void parked.push(delivery),
    )
    await until(() => parked.length === 1)
    expect(Buffer.compare((parked[0] as Delivery).message.body, BODY)).toBe(0)
    expect(parked[0]?.message.headers[NOT_KEPT]).toMatch(/65536 bytes/)
    parked[0]?.ack()
    hostile.ack()
  })
})
