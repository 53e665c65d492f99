/** The broker contract on the ends of a broker: connected once, closed once, and no call left hanging. */
import assert from 'node:assert/strict'
import { BrokerError } from '../../kernel/errors.js'
import { rule, type Rule } from './rules.js'
import { messageOf, refusalOf, textOf, within } from './trial.js'

export const closing: readonly Rule[] = [
  rule('connects once, however often it is asked', async ({ broker }) => {
    const [first, second] = [broker.connect(), broker.connect()]

    await within(Promise.all([first, second]), 'connect resolves')
    await within(broker.connect(), 'connecting again resolves')

    assert.equal(first, second)
    assert.equal(broker.ready, true)
  }),

  rule('closes once, however often it is asked, also when nothing was ever opened', async (trial) => {
    const unused = trial.anotherBroker()
    await within(trial.broker.connect(), 'connect resolves')

    for (const broker of [trial.broker, unused]) {
      const [first, second] = [broker.close(), broker.close()]
      await within(Promise.all([first, second]), 'close resolves')
      assert.equal(first, second)
      assert.equal(broker.ready, false)
    }
  }),

  rule('settles the publishes on their way before it is closed', async (trial) => {
    const queue = await trial.declare()
    const send = (index: number) =>
      index % 10 === 0
        ? trial.broker.publishDelayed(queue, messageOf(`${index}`), 60_000)
        : trial.broker.publish({ routingKey: queue }, messageOf(`${index}`))
    let settled = 0
    const errors: unknown[] = []
    const publishing = Array.from({ length: 100 }, (_, index) =>
      send(index)
        .catch((error: unknown) => errors.push(error))
        .finally(() => settled++),
    )

    await within(trial.broker.close(), 'close resolves')
    const settledAtClose = settled
    await within(Promise.all(publishing), 'every publish settles')

    assert.deepEqual(errors, [])
    assert.equal(settledAtClose, 100)
  }),

  rule(
    'keeps what was published before it closed',
    async (trial) => {
      const closing = trial.anotherBroker()
      const queue = await trial.declare()
      const publishing = ['a', 'b', 'c'].map((text) =>
        closing.publish({ routingKey: queue }, messageOf(text)),
      )

      await within(Promise.all([...publishing, closing.close()]), 'everything settles')

      const received = await (await trial.consume(queue)).take(3)
      assert.deepEqual(received.map(textOf), ['a', 'b', 'c'])
    },
    'twoBrokers',
  ),

  rule(
    'gives back at close what its consumers left unsettled, and keeps what they acknowledged',
    async (trial) => {
      const closing = trial.anotherBroker()
      const queue = await trial.declare()
      await trial.publish(queue, 'a', 'done', 'c')
      const inbox = await trial.consume(queue, { broker: closing })
      const [a, done, c] = await inbox.take(3)

      done?.ack()
      await within(closing.close(), 'close resolves')
      a?.ack()
      c?.release()

      assert.equal(inbox.consumer.attached, false)
      const back = await (await trial.consume(queue)).take(2)
      assert.deepEqual(back.map((delivery) => [textOf(delivery), delivery.redelivered]).toSorted(), [
        ['a', true],
        ['c', true],
      ])
      await trial.expectState(queue, { messages: 0 })
    },
    'twoBrokers',
  ),

  rule('rejects every call after it is closed', async (trial) => {
    const { broker } = trial
    const queue = await trial.declare()
    await trial.publish(queue, 'x')
    const delivery = await (await trial.consume(queue)).next()
    await within(broker.close(), 'close resolves')

    for (const [what, call] of [
      ['publish', () => broker.publish({ routingKey: queue }, messageOf('late'))],
      ['publishDelayed', () => broker.publishDelayed(queue, messageOf('late'), 1000)],
      ['park', () => broker.park(delivery, {})],
    ] as const) {
      const error = await refusalOf(call(), what)
      assert.ok(error instanceof BrokerError, what)
      assert.deepEqual([what, error.code, error.reason], [what, 'ERR_NOT_SENT', 'closed'])
    }
    for (const [what, call] of [
      ['connect', () => broker.connect()],
      ['declare', () => broker.declare({ name: queue })],
      ['consume', () => broker.consume(queue, { prefetch: 1 }, () => {})],
      ['purge', () => broker.purge(queue)],
      ['inspect', () => broker.inspect(queue)],
    ] as const) {
      const error = await refusalOf(call(), what)
      assert.ok(error instanceof BrokerError, `${what} after close rejects with a BrokerError`)
      assert.equal(error.reason, 'closed', what)
    }
  }),

  rule('ignores what is said of its deliveries and consumers after it is closed', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'a', 'b')
    const inbox = await trial.consume(queue)
    const [a, b] = await inbox.take(2)
    await within(trial.broker.close(), 'close resolves')

    a?.ack()
    b?.release()
    await within(inbox.consumer.cancel(), 'cancel resolves')
    await within(inbox.consumer.close(), 'close resolves')

    assert.equal(inbox.consumer.attached, false)
    assert.equal(inbox.received.length, 2)
  }),
]
