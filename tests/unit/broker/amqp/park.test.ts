/** Dead letters: everything of the original that can be written again, and a word on what cannot. */
import { describe, expect, it } from 'vitest'
import { bareDeadLetter, deadLetter, isMessageRefused } from '../../../../src/broker/amqp/park.js'
import type { Delivery } from '../../../../src/broker/broker.js'
import { BrokerError, PayloadError } from '../../../../src/kernel/errors.js'
import { NOT_KEPT } from '../../../../src/message/headers.js'
import type { Headers, MessageProperties } from '../../../../src/message/wire-message.js'

function delivery(properties: MessageProperties = {}, headers: Headers = {}): Delivery {
  return {
    message: { body: Buffer.from([0xff, 0]), properties, headers },
    queue: 'q',
    exchange: '',
    routingKey: 'q',
    redelivered: false,
    delayed: false,
    deliveryCount: 0,
    ack() {},
    release() {},
  }
}

describe('a dead letter', () => {
  it('keeps bytes, properties and headers, and stays', () => {
    const properties = { contentType: 'x', expiration: '5', priority: 3, persistent: false }
    const original = delivery(properties, { id: 'i' })
    const letter = deadLetter(original, { 'taskalope-error-code': 'E' }, 'guest')

    expect(letter.body).toBe(original.message.body)
    expect(letter.properties).toEqual({ contentType: 'x', priority: 3, persistent: true })
    expect({ ...letter.headers }).toEqual({ id: 'i', 'taskalope-error-code': 'E' })
  })

  it('leaves out what makes the broker send copies, and what it wrote itself', () => {
    const headers = {
      CC: ['a'],
      BCC: ['b'],
      'x-death': [],
      'x-first-death-queue': 'q',
      'x-last-death-reason': 'r',
      'x-delivery-count': 3,
      'x-tenant': 'kept',
      cc: 'kept',
    }
    expect({ ...deadLetter(delivery({}, headers), {}, 'guest').headers }).toEqual({
      'x-tenant': 'kept',
      cc: 'kept',
    })
  })

  it('keeps a user id that is ours, and tells of one that is not, which the broker would refuse', () => {
    expect(deadLetter(delivery({ userId: 'guest' }), {}, 'guest').properties.userId).toBe('guest')

    const foreign = deadLetter(delivery({ userId: 'python' }), {}, 'guest')
    expect(foreign.properties.userId).toBeUndefined()
    expect(foreign.headers[NOT_KEPT]).toContain('python')
  })

  it('takes "__proto__" among the headers for a name', () => {
    const headers = JSON.parse('{"__proto__":{"isAdmin":true}}') as Headers
    const letter = deadLetter(delivery({}, headers), { a: 1 }, 'guest')
    expect(Object.keys(letter.headers)).toEqual(['__proto__', 'a'])
    expect('isAdmin' in letter.headers).toBe(false)
  })

  it('is bare when nothing else can be written: the bytes, ours, and why', () => {
    const original = delivery(
      { contentType: '\uFFFD'.repeat(255), correlationId: 'c', replyTo: 'r' },
      { big: 'x' },
    )
    const letter = bareDeadLetter(original, { 'taskalope-error-code': 'E' }, 'the type is too long')

    expect(letter.body).toBe(original.message.body)
    expect(letter.properties).toEqual({ correlationId: 'c', persistent: true })
    expect({ ...letter.headers }).toEqual({
      'taskalope-error-code': 'E',
      [NOT_KEPT]: expect.stringContaining('the type is too long') as string,
    })
  })

  it('is tried barely only when the message was at fault, not the broker', () => {
    expect(isMessageRefused(new PayloadError('ERR_HEADER_INVALID', 'x'))).toBe(true)
    expect(isMessageRefused(new BrokerError('ERR_REFUSED', 'x', { reason: 'other' }))).toBe(true)
    expect(isMessageRefused(new BrokerError('ERR_REFUSED', 'x', { reason: 'queue-full' }))).toBe(false)
    expect(isMessageRefused(new BrokerError('ERR_NOT_SENT', 'x', { reason: 'disconnected' }))).toBe(false)
    expect(isMessageRefused(new BrokerError('ERR_UNKNOWN_OUTCOME', 'x'))).toBe(false)
  })
})
