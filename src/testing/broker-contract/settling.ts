/** The broker contract on settling: acknowledged is gone, everything else comes back, and nothing is settled twice. */
import assert from 'node:assert/strict'
import { rule, type Rule } from './rules.js'
import { textOf, within } from './trial.js'

export const settling: readonly Rule[] = [
  rule('removes what is acknowledged, and nothing else', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'done', 'not done')
    const inbox = await trial.consume(queue)
    const [done] = await inbox.take(2)

    done?.ack()
    await within(inbox.consumer.close(), 'the consumer closes')

    await trial.expectState(queue, { messages: 1 })
    assert.equal(textOf(await (await trial.consume(queue)).next()), 'not done')
  }),

  ...(['quorum', 'classic'] as const).map((type) =>
    rule(`hands out again what is released, and says so (${type})`, async (trial) => {
      const queue = await trial.declare({ type })
      await trial.publish(queue, 'again')
      const inbox = await trial.consume(queue)

      const first = await inbox.next()
      first.release()
      const second = await inbox.next()
      second.release()
      const third = await inbox.next()

      const seen = [first, second, third].map((delivery) => [textOf(delivery), delivery.redelivered])
      assert.deepEqual(seen, [
        ['again', false],
        ['again', true],
        ['again', true],
      ])
      third.ack()
    }),
  ),

  rule(
    'counts on a quorum queue how often a message came back, whether released or left by a consumer',
    async (trial) => {
      const queue = await trial.declare({ type: 'quorum' })
      await trial.publish(queue, 'counted')
      const inbox = await trial.consume(queue)
      const first = await inbox.next()
      first.release()
      const second = await inbox.next()
      await within(inbox.consumer.close(), 'the consumer closes')
      const third = await (await trial.consume(queue)).next()

      assert.deepEqual(
        [first, second, third].map(({ deliveryCount }) => deliveryCount),
        [0, 1, 2],
      )
    },
    'deliveryCount',
  ),

  rule('does not count on a classic queue', async (trial) => {
    const queue = await trial.declare({ type: 'classic' })
    await trial.publish(queue, 'not counted')
    const inbox = await trial.consume(queue)

    const first = await inbox.next()
    first.release()
    const second = await inbox.next()

    assert.deepEqual([first.deliveryCount, second.deliveryCount], [undefined, undefined])
  }),

  rule('gives back what a consumer leaves unsettled when it closes', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'a', 'b', 'c')
    const inbox = await trial.consume(queue)
    await inbox.take(3)

    await within(inbox.consumer.close(), 'the consumer closes')

    const back = await (await trial.consume(queue)).take(3)
    assert.deepEqual(back.map((delivery) => [textOf(delivery), delivery.redelivered]).toSorted(), [
      ['a', true],
      ['b', true],
      ['c', true],
    ])
  }),

  rule('acknowledges past one that takes long: only that one comes back', async (trial) => {
    const queue = await trial.declare()
    const texts = ['long', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
    await trial.publish(queue, ...texts)
    const inbox = await trial.consume(queue, { prefetch: 10 })
    const [, ...quick] = await inbox.take(10)

    for (const delivery of quick.toReversed()) delivery.ack()
    await trial.publish(queue, 'next')
    const next = await inbox.next()
    next.ack()
    await within(inbox.consumer.close(), 'the consumer closes')

    await trial.expectState(queue, { messages: 1 })
    const back = await (await trial.consume(queue)).next()
    assert.deepEqual([textOf(next), textOf(back)], ['next', 'long'])
  }),

  rule('takes only the first word on a delivery', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'acknowledged', 'released')
    const inbox = await trial.consume(queue)
    const [acknowledged, released] = await inbox.take(2)

    acknowledged?.ack()
    acknowledged?.ack()
    acknowledged?.release()
    released?.release()
    released?.ack()
    released?.release()

    const again = await inbox.next()
    assert.deepEqual([textOf(again), again.redelivered], ['released', true])
    again.ack()
    await within(inbox.consumer.close(), 'the consumer closes')
    await trial.expectState(queue, { messages: 0, consumers: 0 })
  }),

  rule('ignores a word on a delivery whose consumer is closed, and goes on', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, 'a', 'b')
    const inbox = await trial.consume(queue)
    const [a, b] = await inbox.take(2)
    await within(inbox.consumer.close(), 'the consumer closes')

    a?.ack()
    b?.release()

    const again = await trial.consume(queue)
    const back = await again.take(2)
    assert.deepEqual(back.map(textOf).toSorted(), ['a', 'b'])
    for (const delivery of back) delivery.ack()
    await trial.publish(queue, 'c')
    assert.equal(textOf(await again.next()), 'c')
  }),
]
