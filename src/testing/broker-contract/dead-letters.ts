/** The broker contract on messages that are given up: parked, expired or returned too often, they are among the dead letters. */
import assert from 'node:assert/strict'
import type { Delivery } from '../../broker/broker.js'
import { DEAD_LETTER } from '../../message/headers.js'
import type { HeaderValue, Headers, WireMessage } from '../../message/wire-message.js'
import { rule, type Rule } from './rules.js'
import { messageOf, textOf, within, type Trial } from './trial.js'

const BODIES: readonly (readonly [string, Uint8Array])[] = [
  ['bytes that are not UTF-8', Uint8Array.of(0xff, 0x00, 0xc3, 0x28, 0x80)],
  ['no bytes at all', new Uint8Array(0)],
]

export const deadLetters: readonly Rule[] = [
  ...BODIES.map(([title, body]) =>
    rule(
      `parks a message of ${title}: bytes, properties and headers as they were, ours added`,
      async (trial) => {
        const deadLetters = await trial.emptyDeadLetters()
        const properties = {
          contentType: 'application/json',
          correlationId: 'c-1',
          type: 'a type',
          priority: 4,
        }
        const delivery = await arrive(trial, { body, properties, headers: { theirs: { kept: [1, null] } } })

        const ours = { [DEAD_LETTER.code]: 'ERR_BODY_NOT_UTF8', count: 2 }
        await within(trial.broker.park(delivery, ours), 'park resolves')

        const parked = (await taken(trial, deadLetters)).message
        assert.equal(Buffer.compare(parked.body, body), 0)
        for (const [name, value] of Object.entries(properties)) {
          assert.equal(parked.properties[name as keyof typeof properties], value)
        }
        assert.equal(JSON.stringify(parked.headers['theirs']), '{"kept":[1,null]}')
        assert.deepEqual(
          [parked.headers[DEAD_LETTER.code], parked.headers['count']],
          ['ERR_BODY_NOT_UTF8', 2],
        )
      },
    ),
  ),

  rule(
    'parks a copy: the delivery is still there to be settled, and comes back if it is not',
    async (trial) => {
      const deadLetters = await trial.emptyDeadLetters()
      const queue = await trial.declare()
      await trial.publish(queue, 'parked')
      const inbox = await trial.consume(queue)

      await within(trial.broker.park(await inbox.next(), {}), 'park resolves')
      await within(inbox.consumer.close(), 'the consumer closes')

      await trial.expectState(queue, { messages: 1 })
      await trial.expectState(deadLetters, { messages: 1 })
    },
  ),

  rule('parks a message that would expire so that it stays', async (trial) => {
    const deadLetters = await trial.emptyDeadLetters()
    const delivery = await arrive(trial, messageOf('short-lived', { expiration: '60000' }))

    await within(trial.broker.park(delivery, {}), 'park resolves')

    const parked = await taken(trial, deadLetters)
    assert.deepEqual([textOf(parked), parked.message.properties.expiration], ['short-lived', undefined])
  }),

  rule(
    'parks without what a broker wrote on the message itself, and under the name of its queue',
    async (trial) => {
      const deadLetters = await trial.emptyDeadLetters()
      const queue = await trial.declare()
      await trial.publish(
        queue,
        messageOf('expired', { expiration: '0' }, { theirs: 'kept', 'x-tenant': 'kept', CC: ['elsewhere'] }),
      )
      const dead = await taken(trial, deadLetters)
      assert.ok(dead.message.headers['x-death'])

      await within(trial.broker.park(dead, { ours: 'added' }), 'park resolves')

      const parked = await taken(trial, deadLetters)
      assert.deepEqual({ ...parked.message.headers }, { theirs: 'kept', 'x-tenant': 'kept', ours: 'added' })
      assert.deepEqual([parked.exchange, parked.routingKey], [deadLetters, deadLetters])
    },
  ),

  rule('purges the dead letters like any queue', async (trial) => {
    const deadLetters = await trial.emptyDeadLetters()
    const delivery = await arrive(trial, messageOf('parked'))
    await within(trial.broker.park(delivery, {}), 'park resolves')

    assert.equal(await within(trial.broker.purge(deadLetters), 'purge answers'), 1)
    await trial.expectState(deadLetters, { messages: 0 })
  }),

  rule(
    'gives up a message that came back more often than its limit allows',
    async (trial) => {
      const deadLetters = await trial.emptyDeadLetters()
      const queue = await trial.declare({ deliveryLimit: 2 })
      await trial.publish(queue, messageOf('poison', {}, { theirs: 'kept' }))
      const inbox = await trial.consume(queue)

      for (let handedOut = 0; handedOut < 3; handedOut++) (await inbox.next()).release()

      const dead = await taken(trial, deadLetters)
      assert.equal(textOf(dead), 'poison')
      expectDeath(dead.message.headers, { reason: 'delivery_limit', queue })
      assert.equal(dead.message.headers['theirs'], 'kept')
      await trial.expectState(queue, { messages: 0 })
      assert.equal(inbox.received.length, 3)
    },
    'deliveryCount',
  ),

  ...(['quorum', 'classic'] as const).map((type) =>
    rule(`makes a message a dead letter when its expiration is over (${type})`, async (trial) => {
      const deadLetters = await trial.emptyDeadLetters()
      const queue = await trial.declare({ type })
      await trial.publish(queue, messageOf('too late', { expiration: '20' }))

      const dead = await taken(trial, deadLetters)

      assert.deepEqual([textOf(dead), dead.message.properties.expiration], ['too late', undefined])
      expectDeath(dead.message.headers, { reason: 'expired', queue })
      await trial.expectState(queue, { messages: 0 })
    }),
  ),

  rule(
    'drops an expired message of a queue of the celery shape, which has no dead letters',
    async (trial) => {
      const deadLetters = await trial.emptyDeadLetters()
      const queue = await trial.declare({ type: 'celery' })
      const classic = await trial.declare({ type: 'classic' }, 'classic')

      await trial.publish(queue, messageOf('dropped', { expiration: '20' }))
      await trial.expectState(queue, { messages: 0 })
      // What expires after it arrives where it would have been first.
      await trial.publish(classic, messageOf('not dropped', { expiration: '20' }))

      const dead = await taken(trial, deadLetters)
      assert.equal(textOf(dead), 'not dropped')
    },
  ),

  rule('hands out a message whose expiration is not over', async (trial) => {
    const queue = await trial.declare()
    await trial.publish(queue, messageOf('in time', { expiration: '60000' }))

    const delivery = await (await trial.consume(queue)).next()

    assert.equal(textOf(delivery), 'in time')
  }),
]

/** Has a message arrive, by a queue of its own. */
async function arrive(trial: Trial, message: WireMessage): Promise<Delivery> {
  const queue = await trial.declare()
  await trial.publish(queue, message)
  return (await trial.consume(queue)).next()
}

/** The next dead letter, for good: no later test finds it again. */
async function taken(trial: Trial, deadLetters: string): Promise<Delivery> {
  const inbox = await trial.consume(deadLetters, { prefetch: 1 })
  const delivery = await inbox.next()
  await within(inbox.consumer.cancel(), 'cancel resolves')
  delivery.ack()
  return delivery
}

function expectDeath(headers: Headers, expected: { reason: string; queue: string }): void {
  const [death] = headers['x-death'] as readonly { readonly [key: string]: HeaderValue }[]
  const first = { reason: headers['x-first-death-reason'], queue: headers['x-first-death-queue'] }
  assert.deepEqual({ reason: death?.['reason'], queue: death?.['queue'] }, expected)
  assert.deepEqual(first, expected)
}
