/** Queue specs as declarations: the exact shapes, which the broker cannot change later. */
import { describe, expect, it } from 'vitest'
import { deadLetterDeclarations, queueDeclarations } from '../../../../src/broker/amqp/topology.js'
import type { QueueSpec } from '../../../../src/broker/broker.js'
import { checkQueueSpec } from '../../../../src/broker/queue-spec.js'

describe('the topology', () => {
  it('declares a quorum queue that refuses when full, counts deliveries and gives up safely', () => {
    const expected = {
      kind: 'queue',
      name: 'mail',
      ifExists: 'compare',
      arguments: {
        'x-queue-type': 'quorum',
        'x-dead-letter-exchange': 'shop.dead',
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
        'x-delivery-limit': 20,
      },
    }
    expect(queueDeclarations({ name: 'mail' }, 'shop')).toEqual([expected])
    expect(queueDeclarations({ name: 'mail', type: 'quorum', deliveryLimit: 20 }, 'shop')).toEqual([expected])
  })

  it('declares a classic queue with dead letters, and priorities where they are asked for', () => {
    expect(queueDeclarations({ name: 'mail', type: 'classic' }, 'shop')).toMatchObject([
      { arguments: { 'x-dead-letter-exchange': 'shop.dead' } },
    ])
    expect(queueDeclarations({ name: 'mail', type: 'classic', maxPriority: 10 }, 'shop')).toEqual([
      {
        kind: 'queue',
        name: 'mail',
        ifExists: 'compare',
        arguments: { 'x-queue-type': 'classic', 'x-dead-letter-exchange': 'shop.dead', 'x-max-priority': 10 },
      },
    ])
  })

  it('declares a Celery-shaped queue as Celery does, and takes one that exists with all that belongs to it', () => {
    expect(queueDeclarations({ name: 'celery', type: 'celery' }, 'shop')).toEqual([
      { kind: 'queue', name: 'celery', arguments: {}, ifExists: 'adopt-all' },
      { kind: 'exchange', name: 'celery', type: 'direct' },
      { kind: 'binding', queue: 'celery', exchange: 'celery', key: 'celery' },
    ])
    expect(queueDeclarations({ name: 'c', type: 'celery', maxPriority: 10 }, 'shop')[0]).toMatchObject({
      arguments: { 'x-max-priority': 10 },
    })
  })

  it('bounds the dead letters by age and number, never by how often they were looked at, and takes what is there as it is', () => {
    expect(deadLetterDeclarations('shop', { maxAgeMs: 86_400_000, maxLength: 5 })).toEqual([
      { kind: 'exchange', name: 'shop.dead', type: 'topic' },
      {
        kind: 'queue',
        name: 'shop.dead',
        arguments: {
          'x-queue-type': 'quorum',
          'x-message-ttl': 86_400_000,
          'x-max-length': 5,
          'x-delivery-limit': 2_147_483_647,
        },
        ifExists: 'adopt',
      },
      { kind: 'binding', queue: 'shop.dead', exchange: 'shop.dead', key: '#' },
    ])
  })

  it.each(['', 'amq.q', 'a\u0000b', 'a\nb', 'a\u0085b', 'x'.repeat(200), 'é'.repeat(100), 'a\ud800'])(
    'refuses the queue name %j',
    (name) => {
      expect(() => checkQueueSpec({ name })).toThrow(
        expect.objectContaining({ code: 'ERR_QUEUE_NAME' }) as Error,
      )
    },
  )

  it.each(['a', 'x'.repeat(199), 'emails.high', '../../x', '<img src=x>', 'Größe 大', 'amqp'])(
    'takes the queue name %j',
    (name) => {
      expect(() => checkQueueSpec({ name })).not.toThrow()
    },
  )

  it.each([
    { name: 'q', maxPriority: 10 },
    { name: 'q', type: 'quorum', maxPriority: 10 },
    { name: 'q', type: 'classic', deliveryLimit: 3 },
    { name: 'q', type: 'celery', deliveryLimit: 3 },
    { name: 'q', type: 'classic', maxPriority: 0 },
    { name: 'q', type: 'classic', maxPriority: 256 },
    { name: 'q', type: 'classic', maxPriority: 1.5 },
    { name: 'q', deliveryLimit: 0 },
    { name: 'q', deliveryLimit: NaN },
  ] satisfies QueueSpec[])('refuses %j', (spec) => {
    expect(() => checkQueueSpec(spec)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }) as Error,
    )
  })
})
