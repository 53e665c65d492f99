/** What amqplib and RabbitMQ say, in the library's words; texts as RabbitMQ 3.10 and amqplib 2.3.1 write them. */
import { describe, expect, it } from 'vitest'
import {
  brokerText,
  declarationRefused,
  isRefusal,
  queueRefused,
  refusalReason,
  replyCode,
} from '../../../../src/broker/amqp/amqp-errors.js'

const handshake = (text: string) => new Error(`Handshake terminated by server: ${text}`)
const opening = (text: string) => new Error(`Expected ConnectionOpenOk; got ${text}`)
const channel = (code: number, text: string) =>
  Object.assign(new Error(`Operation failed: QueueDeclare; ${code} (X) with message "${text}"`), { code })
const mismatched = (argument: string, received: string, current: string) =>
  channel(
    406,
    `PRECONDITION_FAILED - inequivalent arg '${argument}' for queue 'mail' in vhost '/': received ${received} but current is ${current}`,
  )

describe('an error of the broker', () => {
  it('has its reply code, also where amqplib has it in the text only', () => {
    expect(replyCode(channel(404, 'x'))).toBe(404)
    expect(replyCode(handshake('403 (ACCESS-REFUSED) with message "Login was refused"'))).toBe(403)
    expect(
      replyCode(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:403'), { code: 'ECONNREFUSED' })),
    ).toBeUndefined()
  })

  it('is told in the words of the broker, without those of amqplib', () => {
    expect(brokerText(channel(404, 'no queue "a" here'))).toBe('no queue "a" here')
    expect(brokerText(new Error('connect ECONNREFUSED'))).toBe('connect ECONNREFUSED')
  })

  it.each([
    [true, handshake('403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused"')],
    [true, opening('530 (NOT-ALLOWED) with message "NOT_ALLOWED - vhost nope not found"')],
    [
      true,
      opening("530 (NOT-ALLOWED) with message \"NOT_ALLOWED - access to vhost 'x' refused for user 'u'\""),
    ],
    [false, opening('530 (NOT-ALLOWED) with message "NOT_ALLOWED - connection limit (1) is reached"')],
    [false, opening('541 (INTERNAL-ERROR) with message "INTERNAL_ERROR - vhost \'x\' is down"')],
    [false, new Error('connect ECONNREFUSED 127.0.0.1:5672')],
    [false, new Error('Socket closed abruptly during opening handshake')],
  ])('is a refusal of us: %s, %s', (expected, error) => {
    expect(isRefusal(error)).toBe(expected)
  })

  it.each([
    [
      mismatched('x-max-priority', "the value '10' of type 'signedint'", "the value '5' of type 'long'"),
      '(x-max-priority: broker 5, declared 10)',
    ],
    [
      mismatched('x-max-priority', "the value '10' of type 'signedint'", 'none'),
      '(x-max-priority: broker none, declared 10)',
    ],
    [mismatched('durable', "'true'", "'false'"), '(durable: broker false, declared true)'],
    [
      mismatched('x-dead-letter-strategy', 'none', "the value 'at-least-once' of type 'longstr'"),
      '(x-queue-type: broker quorum, declared classic)',
    ],
    [channel(406, 'PRECONDITION_FAILED - something new'), '(PRECONDITION_FAILED - something new)'],
  ])('names the argument and both values of another declaration', (error, difference) => {
    const refused = declarationRefused('queue "mail"', error)
    expect(refused).toMatchObject({ code: 'ERR_QUEUE_MISMATCH', cause: error })
    expect(refused.message).toMatch(/^Queue "mail" exists with other arguments than declared/)
    expect(refused.message).toContain(difference)
  })

  it('tells lack of rights, a lost connection and a missing queue apart', () => {
    expect(declarationRefused('queue "q"', channel(403, 'ACCESS_REFUSED - configure'))).toMatchObject({
      code: 'ERR_BROKER_REFUSED',
    })
    expect(declarationRefused('queue "q"', new Error('read ECONNRESET'))).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
    })
    expect(queueRefused('purge queue "q"', channel(404, 'no queue'))).toMatchObject({ code: 'ERR_REFUSED' })
    expect(queueRefused('purge queue "q"', channel(403, 'no'))).toMatchObject({ reason: 'rights' })
    expect(queueRefused('purge queue "q"', channel(405, 'RESOURCE_LOCKED'))).toMatchObject({
      code: 'ERR_REFUSED',
      reason: 'other',
    })
    expect(queueRefused('purge queue "q"', new Error('gone'))).toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  })

  it('does not translate an error of the library a second time', () => {
    const ours = queueRefused('purge queue "q"', channel(404, 'no queue'))
    expect(queueRefused('inspect queue "q"', ours)).toBe(ours)
    expect(declarationRefused('queue "q"', ours)).toBe(ours)
  })

  it.each([
    [404, "NOT_FOUND - no exchange 'x' in vhost '/'", 'unroutable'],
    [403, 'ACCESS_REFUSED - write access to exchange', 'rights'],
    [
      406,
      'PRECONDITION_FAILED - message size 20971520 is larger than configured max size 16777216',
      'too-large',
    ],
    [406, "PRECONDITION_FAILED - invalid expiration 'abc'", 'other'],
    [311, 'CONTENT_TOO_LARGE', 'too-large'],
    [541, 'INTERNAL_ERROR', 'other'],
  ] as const)('says why a message closed its channel: %d %s', (code, text, reason) => {
    expect(refusalReason(channel(code, text))).toBe(reason)
  })
})
