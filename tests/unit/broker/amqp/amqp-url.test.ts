/** Broker URLs: what is understood, what is refused with which hint, and that no password is ever shown. */
import { describe, expect, it } from 'vitest'
import { parseAmqpUrl, showAmqpAddress } from '../../../../src/broker/amqp/amqp-url.js'
import { isTaskalopeError } from '../../../../src/kernel/errors.js'

const SECRET = 'S3CR3T-CANARY'

function refusal(url: string): Error {
  try {
    parseAmqpUrl(url)
  } catch (error) {
    if (isTaskalopeError(error, 'ERR_BROKER_URL')) return error
  }
  throw new Error(`${url} was not refused with ERR_BROKER_URL`)
}

describe('a broker URL', () => {
  it.each([
    [
      'amqp://localhost',
      { tls: false, host: 'localhost', port: 5672, vhost: '/', user: 'guest', password: 'guest' },
    ],
    ['amqps://rabbit.example', { tls: true, host: 'rabbit.example', port: 5671 }],
    ['AMQP://Rabbit:5673/', { host: 'Rabbit', port: 5673, vhost: '/' }],
    ['amqp://ada:love@h/jobs', { user: 'ada', password: 'love', vhost: 'jobs' }],
    ['amqp://ada@h', { user: 'ada', password: '' }],
    ['amqp://a%40b:p%23s%2Fs%3A@h/%2Fv%20h', { user: 'a@b', password: 'p#s/s:', vhost: '/v h' }],
    ['amqp://u:p:q@h', { user: 'u', password: 'p:q' }],
    ['amqp://u:p@ss@h', { user: 'u', password: 'p@ss' }],
    ['amqp://h//', { vhost: '/' }],
    ['amqp://h/%2f', { vhost: '/' }],
    ['amqp://[::1]:5673/x', { host: '::1', port: 5673, vhost: 'x' }],
    ['amqp://h?heartbeat=30&connection_timeout=500', { heartbeatSeconds: 30, connectTimeoutMs: 500 }],
  ] as const)('is read: %s', (url, expected) => {
    expect(parseAmqpUrl(url)).toMatchObject(expected)
  })

  it.each([
    ['amqp://u:p#S3CR3T-CANARY@h', /percent-encode/],
    ['amqp://u:p/S3CR3T-CANARY@h', /percent-encode/],
    ['amqp://u:p?S3CR3T-CANARY@h', /percent-encode/],
    ['amqp://u:%zzS3CR3T-CANARY@h', /%25/],
    ['amqp://h/%zz', /vhost.*%25/],
    ['http://u:S3CR3T-CANARY@h', /amqp:\/\//],
    ['S3CR3T-CANARY', /amqp:\/\//],
    ['', /amqp:\/\//],
    ['amqp:h', /amqp:\/\//],
    ['amqp://', /no host/],
    ['amqp://u:S3CR3T-CANARY@', /no host/],
    ['amqp://h:0', /1 to 65535/],
    ['amqp://h:65536', /1 to 65535/],
    ['amqp://u:S3CR3T-CANARY/x@h', /percent-encode/],
    ['amqp://h:5672x', /1 to 65535/],
    ['amqp://h?heartbeat=0', /heartbeat/],
    ['amqp://h?heartbeat=4', /5 to 3600/],
    ['amqp://h?heartbeat=1e3', /heartbeat/],
    ['amqp://h?frameMax=1', /not known here/],
    ['amqp://h#fragment', /look like/],
  ])('is refused with a hint, showing nothing secret: %s', (url, hint) => {
    const error = refusal(url)
    expect(error.message).toMatch(hint)
    expect(JSON.stringify([error.message, error.stack, error.cause ?? null])).not.toContain(SECRET)
  })

  it.each([
    ['amqp://ada:S3CR3T-CANARY@h', 'amqp://h:5672'],
    ['amqps://S3CR3T-CANARY@h:1/v', 'amqps://h:1/v'],
    ['amqp://ada:x@[::1]/a%2Fb?heartbeat=9', 'amqp://[::1]:5672/a%2Fb'],
  ])('is shown without user and password: %s', (url, shown) => {
    expect(showAmqpAddress(parseAmqpUrl(url))).toBe(shown)
  })
})
