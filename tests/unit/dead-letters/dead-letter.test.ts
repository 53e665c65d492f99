/** Checks what is read of a dead letter, whoever wrote it and however wrongly. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { delayKey, literalQueue } from '../../../src/broker/delay-key.js'
import { deadLetterHeaders } from '../../../src/message/dead-letter.js'
import { DEAD_LETTER, REPLAYS } from '../../../src/message/headers.js'
import type { HeaderValue } from '../../../src/message/wire-message.js'
import { letterOf, NOW } from './letters.js'

const PARKED = deadLetterHeaders({
  code: 'ERR_TASK_FAILED',
  errorName: 'TypeError',
  message: 'no such thing',
  stack: 'TypeError: no such thing\n    at mail.js:1:1',
  at: NOW - 5000,
  worker: 'w1',
  queue: 'mail',
  attempts: 2,
  firstFailedAt: NOW - 9000,
})

const seconds = (value: HeaderValue) => ({ '!': 'timestamp', value })
const death = (reason: HeaderValue, queue: HeaderValue, time: HeaderValue = seconds(NOW / 1000 - 60)) => ({
  reason,
  queue,
  time,
  count: 1,
})

describe('a letter that a worker parked', () => {
  it('says what its headers say', () => {
    const letter = letterOf({
      headers: { id: 'a1', task: 'mail.send', ...PARKED, [REPLAYS]: 3 },
      body: '[[1],{},{}]',
    })

    expect(letter).toMatchObject({
      id: 'a1',
      taskName: 'mail.send',
      code: 'ERR_TASK_FAILED',
      reason: 'failed',
      errorName: 'TypeError',
      message: 'no such thing',
      at: NOW - 5000,
      age: 5000,
      firstFailedAt: NOW - 9000,
      worker: 'w1',
      queue: 'mail',
      attempts: 2,
      replays: 3,
      bytes: 11,
    })
    expect(letter.stack).toContain('mail.js:1:1')
  })

  it.each([
    ['ERR_REJECTED', 1],
    ['ERR_TASK_UNKNOWN', 0],
    ['ERR_BODY_NOT_JSON', 0],
  ])('was rejected with %s after %i attempts', (code, attempts) => {
    const headers = { ...PARKED, [DEAD_LETTER.code]: code, [DEAD_LETTER.attempts]: attempts }

    expect(letterOf({ headers }).reason).toBe('rejected')
  })

  it('believes a worker more than the record of the broker beside it', () => {
    const letter = letterOf({ headers: { ...PARKED, 'x-death': [death('expired', 'other')] } })

    expect([letter.reason, letter.queue, letter.at]).toEqual(['failed', 'mail', NOW - 5000])
  })
})

describe('a letter that the broker gave up', () => {
  it.each(['expired', 'delivery_limit', 'maxlen', 'rejected'])(
    'says %s, in the words of the broker',
    (reason) => {
      const letter = letterOf({ headers: { id: 'a1', task: 't', 'x-death': [death(reason, 'mail')] } })

      expect(letter).toMatchObject({
        reason,
        queue: 'mail',
        age: 60_000,
        code: undefined,
        attempts: undefined,
      })
    },
  )

  it('came from the queue where it died last, and the steps of its delay do not count', () => {
    const headers = {
      'x-death': [death('expired', 'ns.delay.0'), death('delivery_limit', 'mail'), death('expired', 'first')],
    }

    expect(letterOf({ headers })).toMatchObject({ reason: 'delivery_limit', queue: 'mail' })
  })
})

describe('a letter that waited for a queue which was gone', () => {
  const delayed = true
  const routingKey = delayKey('mail.eu', 6)

  it('says so, since when, and for which queue it was', () => {
    const steps = [death('expired', 'ns.delay.1'), death('expired', 'ns.delay.2', seconds(NOW / 1000 - 62))]
    const letter = letterOf({ delayed, routingKey, headers: { id: 'a1', task: 't', 'x-death': steps } })

    expect(letter).toMatchObject({
      reason: 'queue-gone',
      queue: 'mail.eu',
      age: 60_000,
      code: undefined,
      attempts: undefined,
    })
  })

  it.each(['jobs.*', '#', 'a.#.b'])('knows the queue by its real name: %s', (queue) => {
    expect(letterOf({ delayed, routingKey: delayKey(literalQueue(queue), 6) }).queue).toBe(queue)
  })

  it('says so though it died before, somewhere else', () => {
    const deaths = [death('expired', 'ns.delay.1'), death('delivery_limit', 'other')]
    const letter = letterOf({ delayed, routingKey, headers: { 'x-death': deaths } })

    expect([letter.reason, letter.queue]).toEqual(['queue-gone', 'mail.eu'])
  })

  it('is another one than that which died in its queue after it waited', () => {
    const deaths = [death('delivery_limit', 'mail.eu'), death('expired', 'ns.delay.1')]
    const letter = letterOf({ routingKey, headers: { 'x-death': deaths } })

    expect([letter.reason, letter.queue]).toEqual(['delivery_limit', 'mail.eu'])
  })

  it('and is written by nobody we know, is read as far as it can be', () => {
    const letter = letterOf({ delayed, routingKey: 'x', headers: { 'x-death': 'y' } })

    expect(letter).toMatchObject({ reason: 'queue-gone', queue: 'x', at: undefined })
  })
})

describe('a letter that nobody wrote properly', () => {
  it('without any header is known by its bytes, and came from its routing key', () => {
    const [one, same, other] = ['hello', 'hello', 'bye'].map((body) => letterOf({ body }))

    expect(one).toMatchObject({
      reason: 'unknown',
      queue: 'mail',
      taskName: undefined,
      age: undefined,
      replays: 0,
    })
    expect(one?.id).toMatch(/^nameless-[0-9a-f]{16}$/)
    expect(same?.id).toBe(one?.id)
    expect(other?.id).not.toBe(one?.id)
  })

  it('of protocol 1 is known by its correlation id', () => {
    expect(letterOf({ properties: { correlationId: 'c-1' } }).id).toBe('c-1')
  })

  it('has an id that can be shown, or none', () => {
    for (const correlationId of ['a\u001b[31m', 'x'.repeat(300), '']) {
      expect(letterOf({ properties: { correlationId } }).id).toMatch(/^nameless-/)
    }
  })

  it('with ten thousand deaths is read no further than the fiftieth', () => {
    const delays = Array.from({ length: 10_000 }, () => death('expired', 'ns.delay.3'))
    const late = [...delays.slice(0, 50), death('delivery_limit', 'late')]
    const soon = [...delays.slice(0, 49), death('delivery_limit', 'soon'), ...delays]

    expect(letterOf({ headers: { 'x-death': late } }).reason).toBe('unknown')
    expect(letterOf({ headers: { 'x-death': soon } }).queue).toBe('soon')
  })

  it.each([
    ['text', 'expired'],
    ['a table', { reason: 'expired' }],
    ['a list of anything', [null, 7, 'x', [], { reason: 5 }, { reason: '' }, new Uint8Array(3)]],
  ])('with %s for its deaths has none', (_, deaths) => {
    expect(letterOf({ headers: { 'x-death': deaths } }).reason).toBe('unknown')
  })

  it.each([
    ['a text', '2030'],
    ['a number', 5],
    ['another type', { '!': 'decimal', value: 5 }],
    ['a year nobody sees', seconds(1e15)],
    ['a negative one', seconds(-1)],
    ['a bigint', seconds(2n ** 62n)],
  ])('with %s for a time says none', (_, time) => {
    const letter = letterOf({ headers: { 'x-death': [death('expired', 'mail', time)] } })

    expect([letter.reason, letter.at, letter.age]).toEqual(['expired', undefined, undefined])
  })

  it('from the future has an age of 0', () => {
    const headers = { ...PARKED, [DEAD_LETTER.at]: new Date(NOW + 3_600_000).toISOString() }

    expect(letterOf({ headers }).age).toBe(0)
  })

  it.each([-1, 1.5, '3', true, null, 2n, Number.MAX_VALUE, {}])('with %s replays has none', (count) => {
    expect(letterOf({ headers: { [REPLAYS]: count } }).replays).toBe(0)
  })

  it('can be read, whatever stands in its headers', () => {
    const names = ['id', 'task', 'x-death', 'expires', '__proto__', REPLAYS, ...Object.values(DEAD_LETTER)]
    const table = fc.dictionary(
      fc.constantFrom(...names),
      fc.anything({ withBigInt: true, withNullPrototype: true }),
    )

    fc.assert(
      fc.property(table, (headers) => {
        const letter = letterOf({ headers: headers as Record<string, HeaderValue> })
        expect(typeof letter.id).toBe('string')
        expect(typeof letter.reason).toBe('string')
        expect(letter.replays).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 500 },
    )
  })
})
