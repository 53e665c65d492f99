/** The broker contract on publishing: resolved means stored, refused means not stored, and what arrives is what was sent. */
import assert from 'node:assert/strict'
import { BrokerError } from '../../kernel/errors.js'
import type { MessageProperties } from '../../message/wire-message.js'
import { rule, type Rule } from './rules.js'
import { messageOf, refusalOf, textOf, within } from './trial.js'

const BODIES: readonly (readonly [string, Uint8Array])[] = [
  ['no bytes at all', new Uint8Array(0)],
  ['every byte there is, which is not UTF-8', Uint8Array.from({ length: 256 }, (_, index) => index)],
  ['a part of a larger buffer', Buffer.from('not this, but this, and not this').subarray(10, 18)],
  ['1 MiB', Buffer.alloc(1024 * 1024, 'taskalope')],
]

const PROPERTIES: MessageProperties = {
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  persistent: true,
  priority: 3,
  correlationId: 'c-1',
  replyTo: 'reply.queue',
  messageId: 'm-1',
  timestamp: 1_735_689_600,
  type: 'a type',
  appId: 'an app',
}

export const publishing: readonly Rule[] = [
  rule('resolves a publish only once the message is stored', async (trial) => {
    const queue = await trial.declare()

    for (const text of ['a', 'b', 'c']) {
      await trial.publish(queue, text)
      assert.equal(await within(trial.broker.purge(queue), 'purge answers'), 1)
    }
  }),

  rule('refuses a message for a queue that does not exist, naming it, and goes on', async (trial) => {
    const missing = trial.name('missing')

    const error = await refusalOf(
      trial.broker.publish({ routingKey: missing }, messageOf('lost?')),
      'publishing nowhere',
    )

    expectUnroutable(error)
    assert.ok(error.message.includes(missing), error.message)
    await trial.publish(await trial.declare(), 'still works')
  }),

  rule('refuses a message for an exchange that does not exist, naming it, and goes on', async (trial) => {
    const queue = await trial.declare()
    const exchange = trial.name('missing')

    const publishing = trial.broker.publish({ exchange, routingKey: queue }, messageOf('lost?'))

    const error = await refusalOf(publishing, 'publishing to no exchange')
    expectUnroutable(error)
    assert.ok(error.message.includes(exchange), error.message)
    await trial.publish(queue, 'still works')
    await trial.expectState(queue, { messages: 1 })
  }),

  ...BODIES.map(([title, body]) =>
    rule(`carries a body of ${title}`, async (trial) => {
      const queue = await trial.declare()
      const inbox = await trial.consume(queue)

      await trial.publish(queue, { body, properties: {}, headers: {} })

      const delivery = await inbox.next()
      assert.equal(Buffer.compare(delivery.message.body, body), 0)
    }),
  ),

  rule('carries every property', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)

    await trial.publish(queue, messageOf('with properties', PROPERTIES))

    const { message } = await inbox.next()
    assert.deepEqual(present(message.properties), PROPERTIES)
  }),

  rule('adds no property and no header', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)

    await trial.publish(queue, messageOf('bare'))

    const { message } = await inbox.next()
    const { persistent, ...others } = present(message.properties)
    assert.notEqual(persistent, false)
    assert.deepEqual(others, {})
    assert.deepEqual(Object.keys(message.headers), [])
  }),

  rule('says where a delivery came from', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)

    await trial.publish(queue, 'x')

    const { queue: from, exchange, routingKey, redelivered, delayed } = await inbox.next()
    assert.deepEqual(
      { from, exchange, routingKey, redelivered, delayed },
      { from: queue, exchange: '', routingKey: queue, redelivered: false, delayed: false },
    )
  }),

  rule('does not see what the publisher changes after its publish resolved', async (trial) => {
    const queue = await trial.declare()
    const body = Buffer.from('before')
    const headers = { nested: { key: 'before' }, bytes: Buffer.from('before') }
    await trial.publish(queue, { body, properties: {}, headers })

    body.fill('x')
    headers.bytes.fill('x')
    headers.nested.key = 'after'

    const delivery = await (await trial.consume(queue)).next()
    const received = delivery.message.headers as typeof headers
    assert.deepEqual(
      [textOf(delivery), received.nested.key, Buffer.from(received.bytes).toString()],
      ['before', 'before', 'before'],
    )
  }),

  rule('takes 1 000 publishes at once: all resolve, and all arrive, once and in order', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)
    const texts = Array.from({ length: 1000 }, (_, index) => `message ${index}`)

    const publishing = texts.map((text) => trial.broker.publish({ routingKey: queue }, messageOf(text)))
    const receiving = takeAndAck(1000)
    await within(Promise.all(publishing), 'every publish resolves')

    assert.deepEqual(await receiving, texts)

    async function takeAndAck(count: number): Promise<string[]> {
      const received: string[] = []
      while (received.length < count) {
        const delivery = await inbox.next()
        received.push(textOf(delivery))
        delivery.ack()
      }
      return received
    }
  }),

  rule('keeps two queues apart', async (trial) => {
    const [one, two] = [await trial.declare({}, 'one'), await trial.declare({}, 'two')]
    await trial.publish(one, 'to one')
    await trial.publish(two, 'to two')

    const [fromOne, fromTwo] = [await trial.consume(one), await trial.consume(two)]

    assert.equal(textOf(await fromOne.next()), 'to one')
    assert.equal(textOf(await fromTwo.next()), 'to two')
    assert.deepEqual([fromOne.received.length, fromTwo.received.length], [1, 1])
  }),

  rule('takes a message before anybody called connect', async (trial) => {
    const broker = trial.anotherBroker()
    const queue = trial.name()

    await within(broker.declare({ name: queue }), 'declaring connects')
    await within(broker.publish({ routingKey: queue }, messageOf('x')), 'publishing works')

    assert.deepEqual({ ...(await broker.inspect(queue)) }, { messages: 1, consumers: 0 })
  }),
]

function expectUnroutable(error: Error): void {
  assert.ok(error instanceof BrokerError)
  assert.deepEqual([error.code, error.reason], ['ERR_REFUSED', 'unroutable'])
}

/** Without those that are not set. */
function present(properties: MessageProperties): MessageProperties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
}
