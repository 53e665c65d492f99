/** The broker contract on consumers: how many deliveries they hold, how they share, and how they end. */
import assert from 'node:assert/strict'
import { rule, type Rule } from './rules.js'
import { messageOf, textOf, until, within } from './trial.js'

const PRIORITIES: readonly (readonly [string, number | undefined])[] = [
  ['none', undefined],
  ['low', 1],
  ['high', 9],
  ['low again', 1],
  ['beyond the highest', 200],
  ['middle', 5],
]

export const consuming: readonly Rule[] = [
  rule('never hands out more than the prefetch', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'a', 'b', 'c', 'd', 'e')

    const inbox = await trial.consume(queue, { prefetch: 2 })
    const [first] = await inbox.take(2)
    await trial.expectState(queue, { messages: 3 })
    assert.equal(inbox.received.length, 2)

    first?.ack()
    await inbox.next()
    await trial.expectState(queue, { messages: 2 })
    assert.equal(inbox.received.length, 3)
  }),

  rule('fills a prefetch while deliveries are settled in any order, and never beyond', async (trial) => {
    const queue = await trial.declare()
    const count = 300
    let open = 0
    let mostOpen = 0
    const done = new Set<string>()
    const consuming = trial.broker.consume(queue, { prefetch: 7 }, (delivery) => {
      open++
      mostOpen = Math.max(mostOpen, open)
      // Every third one takes until a later one is through.
      const turns = done.size % 3 === 0 ? 3 : 1
      void waitTurns(turns).then(() => {
        open--
        done.add(textOf(delivery))
        delivery.ack()
      })
    })
    await within(consuming, 'the queue is consumed')

    const publishing = Array.from({ length: count }, (_, index) =>
      trial.broker.publish({ routingKey: queue }, messageOf(`${index}`)),
    )
    await within(Promise.all(publishing), 'every publish resolves')

    await until(
      () => done.size === count,
      () => `${count} are done, so far ${done.size}`,
    )
    assert.equal(mostOpen, 7)
  }),

  rule('hands out all there is when the prefetch is Infinity', async (trial) => {
    const queue = await trial.declare()
    const texts = Array.from({ length: 500 }, (_, index) => `${index}`)
    await within(Promise.all(texts.map((text) => trial.publish(queue, text))), 'everything is published')

    const inbox = await trial.consume(queue, { prefetch: Infinity })
    const received = await inbox.take(500)

    assert.deepEqual(received.map(textOf), texts)
    await trial.expectState(queue, { messages: 0 })
    await within(inbox.consumer.close(), 'the consumer closes')
    await trial.expectState(queue, { messages: 500 })
  }),

  rule('shares a queue among its consumers', async (trial) => {
    const queue = await trial.declare()
    const one = await trial.consume(queue, { prefetch: 5 })
    const two = await trial.consume(queue, { prefetch: 5 })
    const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

    await trial.publish(queue, ...texts)

    const received = [...(await one.take(5)), ...(await two.take(5))]
    assert.deepEqual(received.map(textOf).toSorted(), texts)
  }),

  rule('hands on to one consumer what another, full one cannot take', async (trial) => {
    const queue = await trial.declare()
    const full = await trial.consume(queue, { prefetch: 1 })
    await trial.publish(queue, 'kept')
    await full.next()

    const free = await trial.consume(queue, { prefetch: 1 })
    for (const text of ['a', 'b', 'c']) {
      await trial.publish(queue, text)
      const delivery = await free.next()
      assert.equal(textOf(delivery), text)
      delivery.ack()
    }
    assert.equal(full.received.length, 1)
  }),

  rule('serves one queue while the consumer of another takes its time', async (trial) => {
    const [slow, quick] = [await trial.declare({}, 'slow'), await trial.declare({}, 'quick')]
    const stuck = await trial.consume(slow, { prefetch: 1 })
    const moving = await trial.consume(quick, { prefetch: 1 })
    await trial.publish(slow, 'a', 'b')
    await stuck.next()

    for (const text of ['a', 'b', 'c']) {
      await trial.publish(quick, text)
      const delivery = await moving.next()
      assert.equal(textOf(delivery), text)
      delivery.ack()
    }
  }),

  rule('knows whether a consumer is attached', async (trial) => {
    const queue = await trial.declare()
    const [cancelled, closed] = [await trial.consume(queue), await trial.consume(queue)]
    assert.deepEqual([cancelled.consumer.queue, cancelled.consumer.attached], [queue, true])

    await within(cancelled.consumer.cancel(), 'cancel resolves')
    await within(closed.consumer.close(), 'close resolves')

    assert.deepEqual([cancelled.consumer.attached, closed.consumer.attached], [false, false])
    await trial.expectState(queue, { consumers: 0 })
  }),

  rule('stops at cancel, and lets what was handed out be settled', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'to ack', 'to release', 'never handed out')
    const inbox = await trial.consume(queue, { prefetch: 2 })
    const [toAck, toRelease] = await inbox.take(2)

    await within(inbox.consumer.cancel(), 'cancel resolves')
    await within(inbox.consumer.cancel(), 'cancelling again resolves')
    toAck?.ack()
    toRelease?.release()

    await trial.expectState(queue, { messages: 2, consumers: 0 })
    const rest = await (await trial.consume(queue)).take(2)
    assert.deepEqual(rest.map(textOf).toSorted(), ['never handed out', 'to release'])
    assert.equal(inbox.received.length, 2)
  }),

  rule('closes a consumer as often as asked, also a cancelled one', async (trial) => {
    const queue = await trial.declare()
    const { consumer } = await trial.consume(queue)

    await within(consumer.cancel(), 'cancel resolves')
    await within(Promise.all([consumer.close(), consumer.close()]), 'closing twice at once resolves')
    await within(consumer.close(), 'closing again resolves')
    await within(consumer.cancel(), 'cancelling a closed consumer resolves')

    await trial.publish(queue, 'for the next one')
    assert.equal(textOf(await (await trial.consume(queue)).next()), 'for the next one')
  }),

  ...(['classic', 'celery'] as const).map((type) =>
    rule(
      `hands out the highest priority first on a ${type} queue with priorities`,
      async (trial) => {
        const queue = await trial.declare({ type, maxPriority: 10 })
        for (const [text, priority] of PRIORITIES) {
          await trial.publish(queue, messageOf(text, priority === undefined ? {} : { priority }))
        }

        const inbox = await trial.consume(queue, { prefetch: 1 })
        const received: string[] = []
        while (received.length < PRIORITIES.length) {
          const delivery = await inbox.next()
          received.push(textOf(delivery))
          delivery.ack()
        }

        const expected = ['beyond the highest', 'high', 'middle', 'low', 'low again', 'none']
        assert.deepEqual(received, expected)
      },
      'priority',
    ),
  ),
]

async function waitTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
