/** The broker contract on queues: declared once or often, never silently another one, looked at and emptied. */
import assert from 'node:assert/strict'
import type { QueueSpec } from '../../broker/broker.js'
import { rule, type Rule } from './rules.js'
import { messageOf, refusalOf, textOf, within } from './trial.js'

type Shape = Omit<QueueSpec, 'name'>

const SHAPES: readonly (readonly [string, Shape])[] = [
  ['quorum (the default)', {}],
  ['quorum with a delivery limit', { type: 'quorum', deliveryLimit: 3 }],
  ['classic', { type: 'classic' }],
  ['classic with priorities', { type: 'classic', maxPriority: 10 }],
  ['celery', { type: 'celery' }],
]

const MISMATCHES: readonly { from: Shape; to: Shape; says: readonly string[] }[] = [
  { from: {}, to: { type: 'classic' }, says: ['x-queue-type', 'quorum'] },
  { from: { deliveryLimit: 3 }, to: { deliveryLimit: 4 }, says: ['x-delivery-limit', '3', '4'] },
  {
    from: { type: 'classic', maxPriority: 5 },
    to: { type: 'classic', maxPriority: 10 },
    says: ['x-max-priority', 'broker 5', 'declared 10'],
  },
  {
    from: { type: 'classic' },
    to: { type: 'classic', maxPriority: 10 },
    says: ['x-max-priority', 'none', '10'],
  },
]

export const declaring: readonly Rule[] = [
  rule('names itself by an address without a password', async ({ broker }) => {
    assert.match(broker.url, /^[a-z]+:\/\//)
    assert.doesNotMatch(broker.url, /@/)
  }),

  ...SHAPES.map(([title, shape]) =>
    rule(`makes a ${title} queue, and making it again changes nothing`, async (trial) => {
      const queue = await trial.declare(shape)
      await trial.publish(queue, 'kept')

      await trial.declare(shape)
      await within(
        Promise.all([trial.declare(shape), trial.declare(shape)]),
        'declaring twice at once is fine',
      )

      const inbox = await trial.consume(queue)
      assert.equal(textOf(await inbox.next()), 'kept')
    }),
  ),

  ...MISMATCHES.map(({ from, to, says }) =>
    rule(
      `refuses to declare ${JSON.stringify(from)} again as ${JSON.stringify(to)}, and goes on`,
      async (trial) => {
        const queue = await trial.declare(from)

        const error = await refusalOf(trial.broker.declare({ name: queue, ...to }), 'the other declaration')

        assert.equal(error.code, 'ERR_QUEUE_MISMATCH')
        for (const words of [queue, ...says]) assert.ok(error.message.includes(words), error.message)
        await trial.publish(queue, 'still works')
        assert.equal(textOf(await (await trial.consume(queue)).next()), 'still works')
      },
    ),
  ),

  rule('has nothing to say of a queue that does not exist', async (trial) => {
    assert.equal(await within(trial.broker.inspect(trial.name('missing')), 'inspect answers'), undefined)
  }),

  rule('refuses to consume a queue that does not exist, naming it, and goes on', async (trial) => {
    const missing = trial.name('missing')

    const error = await refusalOf(
      trial.broker.consume(missing, { prefetch: 1 }, () => {}),
      'consuming nothing',
    )

    assert.ok(error.message.includes(missing), error.message)
    await trial.publish(await trial.declare(), 'still works')
  }),

  rule('refuses to purge a queue that does not exist, naming it, and goes on', async (trial) => {
    const missing = trial.name('missing')

    const error = await refusalOf(trial.broker.purge(missing), 'purging nothing')

    assert.ok(error.message.includes(missing), error.message)
    await trial.publish(await trial.declare(), 'still works')
  }),

  rule('purges what is ready, says how much that was, and leaves what is being worked on', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'held', 'a', 'b', 'c')
    const inbox = await trial.consume(queue, { prefetch: 1 })
    const held = await inbox.next()
    await trial.expectState(queue, { messages: 3 })

    assert.equal(await within(trial.broker.purge(queue), 'purge answers'), 3)

    held.release()
    assert.equal(textOf(await inbox.next()), 'held')
    assert.equal(await trial.broker.purge(queue), 0)
  }),

  rule('counts messages and consumers', async (trial) => {
    const queue = await trial.declare()
    assert.deepEqual({ ...(await trial.broker.inspect(queue)) }, { messages: 0, consumers: 0 })

    await trial.publish(queue, 'a', 'b')
    await trial.expectState(queue, { messages: 2, consumers: 0 })

    const inbox = await trial.consume(queue, { prefetch: 1 })
    await trial.expectState(queue, { messages: 1, consumers: 1 })

    await within(inbox.consumer.close(), 'the consumer closes')
    await trial.expectState(queue, { messages: 2, consumers: 0 })
  }),

  rule('gives a queue of the celery shape an exchange of the same name', async (trial) => {
    const queue = await trial.declare({ type: 'celery' })

    const address = { exchange: queue, routingKey: queue }
    await within(
      trial.broker.publish(address, messageOf('by exchange')),
      'publishing through the exchange resolves',
    )

    const delivery = await (await trial.consume(queue)).next()
    assert.deepEqual(
      [textOf(delivery), delivery.exchange, delivery.routingKey],
      ['by exchange', queue, queue],
    )
  }),
]
