/** The headers of a dead letter: written bounded and harmless, read with distrust. */
import { describe, expect, it } from 'vitest'
import { type DeadLetterReason, deadLetterHeaders, readDeadLetter } from '../../../src/message/dead-letter.js'
import type { Headers } from '../../../src/message/wire-message.js'

const reason: DeadLetterReason = {
  code: 'ERR_BODY_NOT_JSON',
  errorName: 'MessageError',
  message: 'The body is not JSON.',
  stack: 'MessageError: The body is not JSON.\n    at decode (codec.js:1:1)',
  at: Date.UTC(2031, 0, 2, 3, 4, 5, 678),
  worker: 'worker@host',
  queue: 'mail',
  attempts: 2,
  firstFailedAt: Date.UTC(2031, 0, 1),
}

const textOf = (headers: Headers, name: string) => {
  const value = headers[name]
  return typeof value === 'string' ? value : JSON.stringify(value)
}

describe('deadLetterHeaders', () => {
  it('say why, since when and by whom', () => {
    expect({ ...deadLetterHeaders(reason) }).toEqual({
      'taskalope-error-code': 'ERR_BODY_NOT_JSON',
      'taskalope-error-class': 'MessageError',
      'taskalope-error-message': 'The body is not JSON.',
      'taskalope-error-stack': 'MessageError: The body is not JSON.\n    at decode (codec.js:1:1)',
      'taskalope-error-at': '2031-01-02T03:04:05.678Z',
      'taskalope-error-worker': 'worker@host',
      'taskalope-error-queue': 'mail',
      'taskalope-error-attempts': 2,
      'taskalope-error-first-failed-at': '2031-01-01T00:00:00.000Z',
    })
  })

  it('have no stack where there is none, and the first failure is this one unless it is said', () => {
    const headers = deadLetterHeaders({ ...reason, stack: undefined, firstFailedAt: undefined })

    expect(headers).not.toHaveProperty('taskalope-error-stack')
    expect(headers['taskalope-error-first-failed-at']).toBe(headers['taskalope-error-at'])
  })

  it('are bounded: 1 KB for the message, 8 KB for the stack, in bytes', () => {
    const headers = deadLetterHeaders({
      ...reason,
      message: 'é😀'.repeat(1e6),
      stack: 'é😀\n'.repeat(1e6),
      worker: 'w'.repeat(1e6),
    })

    expect(Buffer.byteLength(textOf(headers, 'taskalope-error-message'))).toBeLessThanOrEqual(1024)
    expect(Buffer.byteLength(textOf(headers, 'taskalope-error-message'))).toBeGreaterThan(1000)
    expect(Buffer.byteLength(textOf(headers, 'taskalope-error-stack'))).toBeLessThanOrEqual(8192)
    expect(Buffer.byteLength(JSON.stringify(headers))).toBeLessThan(16 * 1024)
  })

  it('show no control characters and no password', () => {
    const hostile = 'a\u001b[31m\r\u202e\ud800 amqp://user:S3CR3T-CANARY@host'
    const headers = deadLetterHeaders({
      ...reason,
      message: `${hostile}\n`,
      stack: `${hostile}\n at x`,
      errorName: hostile,
    })
    const text = Object.keys(headers)
      .map((name) => textOf(headers, name))
      .join(' ')

    expect(text).not.toContain('S3CR3T')
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e|\p{Surrogate}/u)
    expect(textOf(headers, 'taskalope-error-message')).not.toContain('\n')
  })

  it('survive a time that is none', () => {
    expect(deadLetterHeaders({ ...reason, at: Number.NaN })['taskalope-error-at']).toBe(
      '1970-01-01T00:00:00.000Z',
    )
  })
})

describe('readDeadLetter', () => {
  it('gives back what was written', () => {
    expect(readDeadLetter(deadLetterHeaders(reason))).toEqual(reason)
  })

  it('gives nothing for a message that is no dead letter', () => {
    expect(readDeadLetter({ task: 'x' })).toBeUndefined()
  })

  it('believes only what has the right type, and nothing inherited', () => {
    const forged = {
      'taskalope-error-code': 5,
      'taskalope-error-at': 'yesterday',
      'taskalope-error-attempts': -1,
      'taskalope-error-message': { a: 1 },
    }
    const inherited = Object.create({ 'taskalope-error-code': 'ERR_REJECTED' }) as Headers

    expect(Object.values(readDeadLetter(forged) ?? {}).filter((value) => value !== undefined)).toEqual([])
    expect(readDeadLetter(inherited)).toBeUndefined()
  })
})
