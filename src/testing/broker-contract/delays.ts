/** The broker contract on messages that wait: never early, soon after their time, whole, and where they were sent. */
import assert from 'node:assert/strict'
import { BrokerError, PayloadError } from '../../kernel/errors.js'
import { isRepeatable } from '../../message/forward.js'
import { rule, type Rule } from './rules.js'
import { messageOf, refusalOf, textOf, within, type Trial } from './trial.js'

/** A broker's clock may tick in whole milliseconds, and a message may wait at several places. */
const CLOCK_GRAIN_MS = 5
/** What a busy machine may add. */
const LATEST_MS = 5_000

const PROPERTIES = {
  contentType: 'application/json',
  correlationId: 'c-1',
  replyTo: 'reply.queue',
  type: 'a type',
  priority: 7,
}

export const delays: readonly Rule[] = [
  ...(['quorum', 'classic', 'celery'] as const).map((type) =>
    rule(`keeps a message for its time, and hands it out soon after (${type})`, async (trial) => {
      const queue = await trial.declare({ type })

      await expectWaits(trial, queue, [[1_000, 1_000]])
    }),
  ),

  rule('rounds up to whole seconds', async (trial) => {
    const queue = await trial.declare()

    await expectWaits(trial, queue, [
      [0.25, 1_000],
      [999, 1_000],
      [1_001, 2_000],
      [1_999.5, 2_000],
    ])
  }),

  rule('publishes at once what has nothing to wait for', async (trial) => {
    const queue = await trial.declare()

    for (const delayMs of [0, -1, -Infinity]) await trial.publishDelayed(queue, `${delayMs}`, delayMs)
    await trial.expectState(queue, { messages: 3 })

    const received = await (await trial.consume(queue)).take(3)
    assert.deepEqual(
      received.map((delivery) => [textOf(delivery), delivery.delayed]),
      [
        ['0', false],
        ['-1', false],
        ['-Infinity', false],
      ],
    )
  }),

  rule('hands out what has waited shorter first, though it was sent later', async (trial) => {
    const queue = await trial.declare()
    await trial.publishDelayed(queue, 'long', 3_000)
    await trial.publishDelayed(queue, 'short', 1_000)

    const received = await (await trial.consume(queue)).take(2)

    assert.deepEqual(received.map(textOf), ['short', 'long'])
  }),

  rule('takes 200 at once, of 1 to 3 s: all arrive, once, and none is early', async (trial) => {
    const queue = await trial.declare()
    const delays = Array.from({ length: 200 }, (_, index) => 1_000 + 500 * (index % 5))

    await expectWaits(
      trial,
      queue,
      delays.map((delayMs) => [delayMs, Math.ceil(delayMs / 1000) * 1000]),
    )
  }),

  rule('refuses to wait longer than it can, naming the queue, and goes on', async (trial) => {
    const queue = await trial.declare()
    const { maxDelayMs } = trial.broker.capabilities

    for (const delayMs of [maxDelayMs + 1, Infinity, NaN].filter((delayMs) => delayMs !== maxDelayMs)) {
      const error = await refusalOf(
        trial.broker.publishDelayed(queue, messageOf('never'), delayMs),
        'the delay',
      )
      assert.ok(error instanceof PayloadError)
      assert.equal(error.code, 'ERR_DELAY_RANGE')
      assert.ok(error.message.includes(queue), error.message)
    }

    await trial.publishDelayed(queue, 'still works', 1_000)
    assert.equal(textOf(await (await trial.consume(queue)).next()), 'still works')
  }),

  rule('refuses to keep a message for a queue that does not exist, naming it, and goes on', async (trial) => {
    const missing = trial.name('missing')

    const error = await refusalOf(
      trial.broker.publishDelayed(missing, messageOf('lost?'), 1_000),
      'delaying for nobody',
    )

    assert.ok(error instanceof BrokerError)
    assert.equal(error.code, 'ERR_REFUSED')
    assert.ok(error.message.includes(missing), error.message)
    await trial.publish(await trial.declare(), 'still works')
  }),

  rule(
    'carries body, headers and properties through the wait, and leaves out the expiration',
    async (trial) => {
      const queue = await trial.declare({ type: 'classic', maxPriority: 10 })
      const inbox = await trial.consume(queue)
      const headers = { theirs: { kept: [1, null, 'x'] }, 'x-tenant': 'kept' }

      // It would be over long before the delay is.
      const message = messageOf('whole', { ...PROPERTIES, expiration: '10' }, headers)
      await trial.publishDelayed(queue, message, 1_000)

      const delivery = await inbox.next()
      const { message: received } = delivery
      const kept = Object.entries(received.headers).filter(([name]) => isRepeatable(name))
      assert.equal(textOf(delivery), 'whole')
      assert.equal(JSON.stringify(Object.fromEntries(kept)), JSON.stringify(headers))
      for (const [name, value] of Object.entries({ ...PROPERTIES, expiration: undefined })) {
        assert.equal(received.properties[name as keyof typeof received.properties], value)
      }
    },
  ),

  rule('says of a delivery whether it has waited, also when it comes again', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)
    await trial.publish(queue, 'at once')
    await trial.publishDelayed(queue, 'waited', 1_000)
    const [, waited] = await inbox.take(2)

    waited?.release()
    await inbox.next()

    assert.deepEqual(
      inbox.received.map((delivery) => [textOf(delivery), delivery.queue, delivery.delayed]),
      [
        ['at once', queue, false],
        ['waited', queue, true],
        ['waited', queue, true],
      ],
    )
  }),

  rule('neither counts nor purges in the queue what still waits for it', async (trial) => {
    const queue = await trial.declare()
    await trial.publishDelayed(queue, 'waits', 1_000)

    assert.deepEqual({ ...(await trial.broker.inspect(queue)) }, { messages: 0, consumers: 0 })
    assert.equal(await within(trial.broker.purge(queue), 'purge answers'), 0)

    assert.equal(textOf(await (await trial.consume(queue)).next()), 'waits')
  }),

  rule('keeps apart the queues whose names end alike', async (trial) => {
    const high = await trial.declare({}, 'high')
    const nested = `x.${high}`
    await within(trial.broker.declare({ name: nested }), `queue "${nested}" is declared`)
    const [inHigh, inNested] = [await trial.consume(high), await trial.consume(nested)]

    await trial.publishDelayed(nested, 'to x.high', 1_000)
    await trial.publishDelayed(high, 'to high', 1_000)
    await trial.publishDelayed(nested, 'last to x.high', 2_000)
    await trial.publishDelayed(high, 'last to high', 2_000)
    await Promise.all([inHigh.take(2), inNested.take(2)])

    assert.deepEqual(inHigh.received.map(textOf), ['to high', 'last to high'])
    assert.deepEqual(inNested.received.map(textOf), ['to x.high', 'last to x.high'])
  }),

  rule('parks what has waited without any trace of the wait', async (trial) => {
    const deadLetters = await trial.emptyDeadLetters()
    const queue = await trial.declare()
    await trial.publishDelayed(queue, messageOf('parked', {}, { theirs: 'kept' }), 1_000)
    const delivery = await (await trial.consume(queue)).next()

    await within(trial.broker.park(delivery, { ours: 'added' }), 'park resolves')
    delivery.ack()

    const parked = await (await trial.consume(deadLetters)).next()
    parked.ack()
    assert.deepEqual({ ...parked.message.headers }, { theirs: 'kept', ours: 'added' })
    assert.deepEqual([parked.delayed, parked.routingKey], [false, queue])
  }),

  rule(
    'keeps a message whose sender has closed',
    async (trial) => {
      const closing = trial.anotherBroker()
      const queue = await trial.declare()
      await within(closing.declare({ name: queue }), 'the other one declares it as well')
      const sending = closing.publishDelayed(queue, messageOf('outlives'), 1_000)

      await within(Promise.all([sending, closing.close()]), 'everything settles')

      const delivery = await (await trial.consume(queue)).next()
      assert.deepEqual([textOf(delivery), delivery.delayed], ['outlives', true])
    },
    'twoBrokers',
  ),
]

/** Sends messages to wait for these times, and has each wait as long as it should: `[asked, expected]`. */
async function expectWaits(
  trial: Trial,
  queue: string,
  waits: readonly (readonly [number, number])[],
): Promise<void> {
  const inbox = await trial.consume(queue, { prefetch: waits.length })
  const sentAt = trial.time.now()
  const sending = waits.map(([delayMs], index) => trial.publishDelayed(queue, `${index}`, delayMs))
  await within(Promise.all(sending), 'everything is sent')
  await inbox.take(waits.length)

  assert.equal(new Set(inbox.received.map(textOf)).size, waits.length)
  inbox.received.forEach((delivery, index) => {
    const tookMs = inbox.times[index]! - sentAt
    const [delayMs, expected] = waits[Number(textOf(delivery))]!
    const what = `a delay of ${delayMs} ms took ${tookMs} ms`
    assert.ok(tookMs >= expected - CLOCK_GRAIN_MS, what)
    assert.ok(tookMs <= expected + LATEST_MS, what)
  })
}
