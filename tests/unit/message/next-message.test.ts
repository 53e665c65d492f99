/** A call that is sent again: what changes in its message, and that nothing else does. */
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MessageError } from '../../../src/kernel/errors.js'
import { decodeTaskMessage, encodeTaskMessage } from '../../../src/message/codec.js'
import { nextAttempt, postponed, type NextAttempt } from '../../../src/message/next-message.js'
import type { TaskMessage } from '../../../src/message/task-message.js'
import type { WireMessage } from '../../../src/message/wire-message.js'
import { NO_BUDGETS } from '../../../src/retry/retry-types.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { DEFAULT_LIMITS } from '../../../src/serialization/limits.js'
import { SerializerRegistry } from '../../../src/serialization/serializer-registry.js'
import { celeryFixture } from '../../fixtures/celery/celery-fixtures.js'
import { wireOf, type WireParts } from './python-wire.js'

const NOW = Date.UTC(2031, 0, 2, 3, 4, 5)
const serializers = new SerializerRegistry()
const serializer = jsonSerializer(DEFAULT_LIMITS)

const decode = async (wire: WireMessage): Promise<TaskMessage> => decodeTaskMessage(wire, serializers)

const RETRY: NextAttempt = {
  delayMs: 1_200_000,
  nowMs: NOW,
  budgets: new Map([
    ['http', { used: 1 }],
    ['slow', { used: 2, lastDelayMs: 4500 }],
  ]),
  firstFailedAt: NOW - 5000,
}

async function next(wire: WireMessage, retry: Partial<NextAttempt> = {}): Promise<WireMessage> {
  return nextAttempt(wire, await decode(wire), { ...RETRY, ...retry }, serializer)
}

describe('the next attempt', () => {
  it('is the same call with one more retry, its delay, and what was used', async () => {
    const wire = wireOf({ headers: { retries: 2, expires: '2031-02-01T00:00:00+00:00', tenant: 'acme' } })

    const again = await next(wire)

    expect(again.body).toBe(wire.body)
    expect(again.properties).toEqual({ ...wire.properties, persistent: true })
    expect({ ...again.headers }).toEqual({
      ...wire.headers,
      lang: 'js',
      retries: 3,
      eta: '2031-01-02T03:24:05+00:00',
      'taskalope-retries': '{"http":1,"slow":[2,4500]}',
      'taskalope-delay': 1_200_000,
      'taskalope-first-failed-at': '2031-01-02T03:04:00.000Z',
    })
  })

  it('reads back as what it was told', async () => {
    expect(await decode(await next(wireOf({})))).toMatchObject({
      ...{ retries: 1, etaAt: NOW + RETRY.delayMs, delayMs: RETRY.delayMs },
      ...{ budgets: RETRY.budgets, firstFailedAt: RETRY.firstFailedAt },
    })
  })

  it('of an attempt that was a retry carries nothing of the one before', async () => {
    const once = await next(wireOf({}))

    const twice = await next(once, { delayMs: 0, budgets: NO_BUDGETS })

    expect({ ...twice.headers }).toEqual({
      ...wireOf({}).headers,
      ...{ lang: 'js', retries: 2, eta: null, 'taskalope-first-failed-at': '2031-01-02T03:04:00.000Z' },
    })
  })

  it.each([0, -1, -0])('after %d ms has no eta, as in Celery', async (delayMs) => {
    const { headers } = await next(wireOf({ headers: { eta: '2001-01-01T00:00:00' } }), { delayMs })

    expect(headers['eta']).toBeNull()
    expect(headers).not.toHaveProperty('taskalope-delay')
  })

  it('never has an eta before its delay is over', async () => {
    const { headers } = await next(wireOf({}), { delayMs: 0.2 })

    expect(headers).toMatchObject({ eta: '2031-01-02T03:04:05.001000+00:00', 'taskalope-delay': 1 })
  })

  it('keeps its retries where they are text, and stops counting at a million', async () => {
    expect((await next(wireOf({ headers: { retries: '3' } }))).headers['retries']).toBe(4)
    expect((await next(wireOf({ headers: { retries: 1_000_000 } }))).headers['retries']).toBe(1_000_000)
  })

  it('leaves behind what the broker wrote, what it would act on, and what would end its wait', async () => {
    const wire = wireOf({
      headers: {
        'x-death': [{ count: 1 }],
        'x-delivery-count': 3,
        CC: ['other'],
        BCC: ['other'],
        'x-tenant': 1,
      },
      properties: { expiration: '60000', userId: 'guest', messageId: 'kept' },
    })

    const { headers, properties } = await next(wire)

    for (const name of ['x-death', 'x-delivery-count', 'CC', 'BCC']) expect(headers).not.toHaveProperty(name)
    expect(headers['x-tenant']).toBe(1)
    expect(properties).not.toHaveProperty('expiration')
    expect(properties).not.toHaveProperty('userId')
    expect(properties.messageId).toBe('kept')
  })

  it('says that it was written here, so that a delay Python copies onto its own retry is not taken for its', async () => {
    const ours = await next(wireOf({ headers: { lang: 'py' } }))
    const python = { ...ours, headers: { ...ours.headers, lang: 'py', retries: 2 } }

    expect((await decode(ours)).delayMs).toBe(RETRY.delayMs)
    expect(await decode(python)).toMatchObject({ delayMs: undefined, budgets: RETRY.budgets })
  })

  it('keeps compressed bytes as they are', async () => {
    const body = deflateSync('[[2,3],{},null]')
    const wire = wireOf({ body, headers: { compression: 'application/x-gzip' } })

    const again = await next(wire)

    expect(again.body).toBe(wire.body)
    expect(await decode(again)).toMatchObject({ args: [2, 3], retries: 1 })
  })

  it('keeps a header named __proto__ a header', async () => {
    const headers = Object.assign(Object.create(null) as object, wireOf({}).headers, { ['__proto__']: 'x' })
    Object.defineProperty(headers, '__proto__', { value: 'x', enumerable: true })

    const again = await next({ ...wireOf({}), headers })

    expect(Object.hasOwn(again.headers, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(again.headers)).toBeNull()
  })
})

describe('the next attempt of a protocol 1 message', () => {
  const body = {
    ...{ task: 'proj.add', id: 'old-1', args: [2, 9007199254740993n], kwargs: { c: 'ü' }, retries: 1 },
    ...{ eta: null, expires: '2031-02-01T00:00:00', timelimit: [30, null], taskset: 'group-1' },
  }
  const text = JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? `#${value}` : value))
  const bytes = text.replace(/"#(\d+)"/g, '$1')
  const oldWire = (parts: WireParts = {}): WireMessage => {
    const { body: _, ...rest } = wireOf({ body: bytes, ...parts })
    return { ...rest, body: Buffer.from(bytes), headers: {} }
  }

  it('is one of protocol 2 that says the same', async () => {
    const wire = oldWire({ properties: { replyTo: 'answers', correlationId: 'corr', messageId: 'kept' } })
    const before = await decode(wire)

    const again = await next(wire)

    expect(await decode(again)).toEqual({
      ...before,
      ...{ retries: 2, etaAt: NOW + RETRY.delayMs, delayMs: RETRY.delayMs, budgets: RETRY.budgets },
      ...{ firstFailedAt: RETRY.firstFailedAt, priority: 0, replacedTaskNesting: 0 },
    })
    expect(Buffer.from(again.body).toString()).toContain('9007199254740993]')
    expect(again.properties).toMatchObject({ replyTo: 'answers', correlationId: 'corr', messageId: 'kept' })
  })

  it('keeps headers that it had all the same, but for what the broker would act on', async () => {
    const wire = {
      ...oldWire(),
      headers: { tenant: 'acme', CC: ['x'], 'taskalope-replays': 2, 'x-death': [{ count: 1 }] },
    }

    const { headers } = await next(wire)

    expect(headers).toMatchObject({ tenant: 'acme', 'taskalope-replays': 2, task: 'proj.add', id: 'old-1' })
    expect(headers).not.toHaveProperty('CC')
    expect(headers).not.toHaveProperty('x-death')
  })

  it('as Celery itself wrote it is read by whoever gets it next', async () => {
    const { wire } = celeryFixture('5.2.6', '30_protocol1').messages[0]!

    const again = await next(wire)

    expect(await decode(again)).toMatchObject({ retries: 1, taskName: (await decode(wire)).taskName })
  })

  it('is not compressed any more', async () => {
    const wire = { ...oldWire(), body: deflateSync(bytes), headers: { compression: 'application/x-gzip' } }

    const again = await next(wire)

    expect(again.headers).not.toHaveProperty('compression')
    expect(await decode(again)).toMatchObject({ id: 'old-1', retries: 2, args: [2, 9007199254740993n] })
  })
})

describe('a message that is put off', () => {
  it('is the same one without what the broker wrote', () => {
    const wire = wireOf({
      headers: { eta: '2999-01-01T00:00:00', retries: 1, 'taskalope-delay': 5, 'x-death': [{ count: 1 }] },
      properties: { expiration: '60000' },
    })
    const { 'x-death': _, ...headers } = wire.headers
    const { expiration: __, ...properties } = wire.properties

    const again = postponed(wire)

    expect(again.body).toBe(wire.body)
    expect({ ...again.headers }).toEqual(headers)
    expect(again.properties).toEqual({ ...properties, persistent: true })
  })
})

describe('the headers of retries', () => {
  it('are written where a message has them, and only there', async () => {
    const message = await decode(wireOf({}))
    const waiting = { ...message, delayMs: 5000, budgets: RETRY.budgets, firstFailedAt: NOW }
    const own = (wire: WireMessage) =>
      Object.fromEntries(Object.entries(wire.headers).filter(([name]) => name.startsWith('taskalope-')))

    expect(own(encodeTaskMessage(message, serializer))).toEqual({})
    expect(own(encodeTaskMessage({ ...message, budgets: NO_BUDGETS }, serializer))).toEqual({})
    expect(own(encodeTaskMessage(waiting, serializer))).toEqual({
      'taskalope-retries': '{"http":1,"slow":[2,4500]}',
      'taskalope-delay': 5000,
      'taskalope-first-failed-at': '2031-01-02T03:04:05.000Z',
    })
    expect(await decode(encodeTaskMessage(waiting, serializer))).toMatchObject({
      ...{ delayMs: 5000, budgets: RETRY.budgets, firstFailedAt: NOW },
    })
  })

  it.each<[string, string, unknown]>([
    ['taskalope-retries', 'no JSON', '{http:1}'],
    ['taskalope-retries', 'an object', { http: 1 }],
    ['taskalope-retries', 'a number', 3],
    ['taskalope-retries', 'bytes', new Uint8Array([0x7b, 0x7d])],
    ['taskalope-retries', 'a budget of a wrong type', '{"http":"1"}'],
    ['taskalope-delay', 'text', '5000'],
    ['taskalope-delay', 'below zero', -1],
    ['taskalope-delay', 'half a millisecond', 0.5],
    ['taskalope-delay', 'beyond the ladder', 2 ** 28 * 1000],
    ['taskalope-delay', 'a bigint', 5n],
    ['taskalope-delay', 'true', true],
    ['taskalope-first-failed-at', 'a number', NOW],
    ['taskalope-first-failed-at', 'a day that is not in the calendar', '2031-02-30T00:00:00Z'],
    ['taskalope-first-failed-at', 'a table', {}],
  ])('%s that is %s is refused by name, and not shown', async (name, _what, value) => {
    const reading = decode(wireOf({ headers: { [name]: value } }))

    await expect(reading).rejects.toThrow(MessageError)
    await expect(reading).rejects.toMatchObject({
      code: 'ERR_HEADER_INVALID',
      message: expect.stringMatching(new RegExp(`^The header "${name}" must be`)),
    })
  })

  it.each(['taskalope-retries', 'taskalope-delay', 'taskalope-first-failed-at'])(
    '%s may be null, which is nothing',
    async (name) => {
      expect(await decode(wireOf({ headers: { [name]: null } }))).toMatchObject({ retries: 0 })
    },
  )
})
