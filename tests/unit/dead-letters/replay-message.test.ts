/** Checks what a dead letter becomes when it is sent again. */
import { describe, expect, it } from 'vitest'
import { isOfRun, replayMessage } from '../../../src/dead-letters/replay-message.js'
import { deadLetterHeaders } from '../../../src/message/dead-letter.js'
import { NOT_KEPT, REPLAY_RUN, REPLAYS, RETRY } from '../../../src/message/headers.js'
import type { Headers, WireMessage } from '../../../src/message/wire-message.js'
import { NOW } from './letters.js'

const DIED = deadLetterHeaders({
  code: 'ERR_TASK_FAILED',
  errorName: 'Error',
  message: 'm',
  stack: 's',
  at: NOW,
  worker: 'w',
  queue: 'q',
  attempts: 4,
})
const MARK = { now: NOW, run: 'run-1' }

const again = (headers: Headers, properties = {}): WireMessage =>
  replayMessage({ body: Buffer.from('bytes'), headers, properties }, MARK)

describe('a letter that is sent again', () => {
  it('has its bytes and headers, without a word of its death and with fresh budgets', () => {
    const sent = again({
      ...{
        task: 't',
        id: 'i',
        retries: 3,
        eta: '2029-01-01T00:00:00+00:00',
        expires: null,
        'x-tenant': 'acme',
      },
      ...DIED,
      [NOT_KEPT]: 'something',
      [RETRY.budgets]: '{"http":3}',
      [RETRY.delay]: 1000,
      [RETRY.firstFailedAt]: '2029-01-01T00:00:00.000Z',
      'x-death': [{ reason: 'expired' }],
    })

    expect(Buffer.from(sent.body).toString()).toBe('bytes')
    expect({ ...sent.headers }).toEqual({
      ...{ task: 't', id: 'i', retries: 0, eta: null, expires: null, 'x-tenant': 'acme' },
      [REPLAYS]: 1,
      [REPLAY_RUN]: 'run-1',
    })
  })

  it('counts its replays on', () => {
    expect(again({ [REPLAYS]: 4 }).headers[REPLAYS]).toBe(5)
    expect(again({ [REPLAYS]: 'many' }).headers[REPLAYS]).toBe(1)
  })

  it.each([
    ['2030-01-01T23:59:59+00:00', null],
    ['2030-01-02T00:00:01+00:00', '2030-01-02T00:00:01+00:00'],
    ['soon', 'soon'],
    [17, 17],
  ])('that expires at %j says %j afterwards', (expires, kept) => {
    expect(again({ expires }).headers['expires']).toBe(kept)
  })

  it('gets no headers of a protocol that it does not speak', () => {
    expect(Object.keys(again({}).headers)).toEqual([REPLAYS, REPLAY_RUN])
  })

  it('is kept by the broker, does not expire by a property and is nobody’s', () => {
    const { properties } = again({}, { expiration: '10', userId: 'guest', priority: 3, replyTo: 'r' })

    expect(properties).toEqual({ persistent: true, priority: 3, replyTo: 'r' })
  })

  it('is known by its run', () => {
    const sent = again({ [REPLAY_RUN]: 'an earlier one' })

    expect(isOfRun(sent, 'run-1')).toBe(true)
    expect(isOfRun(sent, 'an earlier one')).toBe(false)
  })
})
