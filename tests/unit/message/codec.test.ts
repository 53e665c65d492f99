/** What a worker reads of a message that can be run, and what a caller's call looks like on the wire. */
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../../src/kernel/errors.js'
import { decodeTaskMessage, encodeTaskMessage, readIdentity } from '../../../src/message/codec.js'
import { UNREADABLE } from '../../../src/message/headers.js'
import { EMPTY_EMBED, type TaskMessage } from '../../../src/message/task-message.js'
import type { Headers, WireMessage } from '../../../src/message/wire-message.js'
import { SerializerRegistry } from '../../../src/serialization/serializer-registry.js'
import { MINIMAL_BODY, wireOf, type WireParts } from './python-wire.js'

const serializers = new SerializerRegistry()
const decode = async (parts: WireParts = {}): Promise<TaskMessage> =>
  decodeTaskMessage(wireOf(parts), serializers)

describe('a minimal message', () => {
  it('needs a task, an id, a content type and three elements, as in Celery', async () => {
    expect(await decode({ properties: { contentEncoding: undefined } })).toEqual({
      id: 'id-1',
      taskName: 'proj.add',
      args: [2, 3],
      kwargs: {},
      embed: EMPTY_EMBED,
      retries: 0,
      rootId: 'id-1',
      headers: {},
      ignoreResult: false,
    })
  })

  it.each<[string, WireParts, Partial<TaskMessage>]>([
    ['an embed that is null', { body: '[[1],{},null]' }, { args: [1], embed: EMPTY_EMBED }],
    ['an embed without keys', { body: '[[1],{},{}]' }, { embed: EMPTY_EMBED }],
    [
      'args and kwargs in an object',
      { body: '{"args":[1],"kwargs":{"a":2}}' },
      { args: [1], kwargs: { a: 2 } },
    ],
    ['args alone in an object', { body: '{"args":[1]}' }, { args: [1], kwargs: {} }],
    ['a byte order mark', { body: `\ufeff${MINIMAL_BODY}` }, { args: [2, 3] }],
    ['retries null', { headers: { retries: null } }, { retries: 0 }],
    ['retries as text', { headers: { retries: '3' } }, { retries: 3 }],
    ['a million retries', { headers: { retries: 1_000_000 } }, { retries: 1_000_000 }],
    ['timelimit null', { headers: { timelimit: null } }, { hardTimeLimitMs: undefined }],
    ['timelimit empty', { headers: { timelimit: [] } }, { hardTimeLimitMs: undefined }],
    [
      'timelimit in fractions',
      { headers: { timelimit: [1.5, 0.25] } },
      { hardTimeLimitMs: 1500, softTimeLimitMs: 250 },
    ],
    [
      'only a soft limit',
      { headers: { timelimit: [null, 10] } },
      { hardTimeLimitMs: undefined, softTimeLimitMs: 10_000 },
    ],
    ['a limit of 0, which is none', { headers: { timelimit: [0, 0] } }, { hardTimeLimitMs: undefined }],
    ['a number as id', { headers: { id: 42 } }, { id: '42', rootId: '42' }],
    ['a bigint as id', { headers: { id: 2n ** 60n } }, { id: '1152921504606846976' }],
    ['an id of 255 bytes', { headers: { id: 'é'.repeat(127) } }, { id: 'é'.repeat(127) }],
    [
      'an id that looks like a path',
      { headers: { id: '../../etc/passwd *#' } },
      { id: '../../etc/passwd *#' },
    ],
    ['a name that is one of Object', { headers: { task: '__proto__' } }, { taskName: '__proto__' }],
    ['a language of its own', { headers: { lang: 'js' } }, {}],
    [
      'an eta without offset, in UTC',
      { headers: { eta: '2031-01-02T03:04:05' } },
      { etaAt: Date.UTC(2031, 0, 2, 3, 4, 5) },
    ],
    [
      'an eta of JavaScript',
      { headers: { eta: '2031-01-02T03:04:05.123Z' } },
      { etaAt: Date.UTC(2031, 0, 2, 3, 4, 5, 123) },
    ],
    ['a priority out of range', { properties: { priority: 255 } }, { priority: 255 }],
    ['no reply queue, as Celery says it', { properties: { replyTo: '' } }, { replyTo: undefined }],
    [
      'a content type with a charset',
      { properties: { contentType: 'Application/JSON; charset=UTF-8' } },
      { args: [2, 3] },
    ],
    ['the content encoding binary', { properties: { contentEncoding: 'BINARY' } }, { args: [2, 3] }],
    ['compression null', { headers: { compression: null } }, { args: [2, 3] }],
    [
      'a zlib stream called gzip',
      { body: deflateSync(MINIMAL_BODY), headers: { compression: 'gzip' } },
      { args: [2, 3] },
    ],
    [
      'kwargs with the names of Object',
      { body: '[[],{"constructor":1,"toString":2},null]' },
      { kwargs: { constructor: 1, toString: 2 } },
    ],
  ])('may have %s', async (_, parts, expected) => {
    expect(await decode(parts)).toMatchObject(expected)
  })

  it('keeps a caller’s headers apart from those of Celery, RabbitMQ and ours', async () => {
    const headers = {
      'x-tenant': 'acme',
      traceparent: '00-1-1-00',
      meta: { a: [1, null, true] },
      argsrepr: '(2, 3)',
      stamps: {},
      'x-death': [{ count: 1 }],
      'x-delivery-count': 3,
      'x-first-death-queue': 'q',
      'taskalope-error-code': 'ERR_FORGED',
      'taskalope-retries': '{}',
    }

    expect((await decode({ headers })).headers).toEqual({
      'x-tenant': 'acme',
      traceparent: '00-1-1-00',
      meta: { a: [1, null, true] },
    })
  })

  it('keeps a header called __proto__ a header', async () => {
    const wire = wireOf()
    ;(wire.headers as Record<string, unknown>)['__proto__'] = { admin: true }

    const { headers } = await decodeTaskMessage(wire, serializers)

    expect(Object.keys(headers)).toEqual(['__proto__'])
    expect((headers as { admin?: unknown }).admin).toBeUndefined()
  })

  it('is not believed through inherited headers', async () => {
    const wire = { ...wireOf(), headers: Object.create({ task: 'proj.add', id: 'x' }) as Headers }

    expect(() => decodeTaskMessage(wire, serializers)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_A_TASK' }),
    )
  })
})

describe('readIdentity', () => {
  it('gives what can be read of a message that cannot be run', () => {
    const wire = wireOf({
      body: '',
      headers: { ignore_result: true, retries: {} },
      properties: { replyTo: 'replies', correlationId: 'c', contentType: undefined },
    })

    expect(readIdentity(wire)).toEqual({
      id: 'id-1',
      taskName: 'proj.add',
      replyTo: 'replies',
      correlationId: 'c',
      ignoreResult: true,
    })
  })

  it('leaves out what is not text, or no name', () => {
    const wire = wireOf({
      headers: { id: {}, task: 'a\nb', ignore_result: 'yes' },
      properties: { replyTo: 5, correlationId: '' },
    })

    expect(readIdentity(wire)).toEqual({
      id: undefined,
      taskName: undefined,
      replyTo: undefined,
      correlationId: undefined,
      ignoreResult: false,
    })
  })

  it('takes the correlation id for the id where no header could be read: Celery sends them equal', () => {
    const wire = wireOf({
      headers: { task: undefined, id: undefined, [UNREADABLE.reason]: 'It nests.' },
      properties: { correlationId: 'id-7', replyTo: 'replies' },
    })

    expect(readIdentity(wire)).toMatchObject({ id: 'id-7', replyTo: 'replies' })
  })

  it('does not throw for headers that do', () => {
    const hostile = new Proxy(
      {},
      {
        getOwnPropertyDescriptor: () => {
          throw new Error('no')
        },
      },
    )

    expect(readIdentity({ ...wireOf(), headers: hostile }).id).toBeUndefined()
  })
})

const message: TaskMessage = {
  ...{
    id: 'id-1',
    taskName: 'billing.charge',
    args: [],
    kwargs: {},
    embed: EMPTY_EMBED,
    retries: 0,
    rootId: 'id-1',
  },
  ...{
    parentId: undefined,
    groupId: undefined,
    groupIndex: undefined,
    etaAt: undefined,
    expiresAt: undefined,
  },
  ...{ softTimeLimitMs: undefined, hardTimeLimitMs: undefined, priority: undefined, replyTo: undefined },
  ...{ correlationId: undefined, ignoreResult: false, origin: undefined, shadow: undefined, headers: {} },
}

describe('encodeTaskMessage', () => {
  const encode = (parts: Partial<TaskMessage>, options = {}) =>
    encodeTaskMessage({ ...message, ...parts }, serializers.preferred, options)
  const bodyOf = (wire: WireMessage) => Buffer.from(wire.body).toString()

  it('leaves out trailing undefined arguments, in the body and in the text', () => {
    const wire = encode({ args: [1, undefined, undefined] })

    expect(bodyOf(wire)).toMatch(/^\[\[1\],/)
    expect(wire.headers['argsrepr']).toBe('(1,)')
    expect(bodyOf(encode({ args: [undefined] }))).toMatch(/^\[\[\],/)
  })

  it('writes bigints bare for Python only', () => {
    expect(bodyOf(encode({ args: [5n] }))).toContain('__taskalope__')
    expect(bodyOf(encode({ args: [5n] }, { bareBigInt: true }))).toMatch(/^\[\[5\],/)
  })

  it.each<[Partial<TaskMessage>, string, string]>([
    [{ args: [{ items: [1, () => 1] }] }, 'Argument [0].items[1] of "billing.charge"', '[0].items[1]'],
    [{ kwargs: { amount: Number.NaN } }, 'Keyword argument amount of "billing.charge"', 'kwargs.amount'],
    [{ args: [1, undefined, 2] }, 'Argument [1] of "billing.charge"', '[1]'],
    [
      { embed: { ...EMPTY_EMBED, chord: { task: 'x', args: [() => 1] } } },
      'What follows "billing.charge", at chord.args[0],',
      'embed.chord.args[0]',
    ],
  ])('refuses %j by its path and its task', (parts, words, path) => {
    const error = errorOf(() => encode(parts))

    expect(error).toBeInstanceOf(PayloadError)
    expect(error).toMatchObject({ code: 'ERR_VALUE_UNSENDABLE', issues: [{ path }] })
    expect((error as Error).message).toContain(`${words} cannot be sent`)
  })

  it('refuses what is too large as a whole', () => {
    expect(errorOf(() => encode({ args: ['x'.repeat(5e6), 'x'.repeat(5e6)] }))).toMatchObject({
      code: 'ERR_BODY_TOO_LARGE',
    })
  })

  it('refuses a header of the protocol, but not where the message came in with it', () => {
    const headers = Object.assign(Object.create(null), { 'x-tenant': 'acme', ['__proto__']: 1 }) as Headers
    const forwarded = encode({ headers }, { isForwarded: true })

    expect(errorOf(() => encode({ headers: { 'x-tenant': 'acme' } }))).toMatchObject({
      code: 'ERR_HEADER_INVALID',
    })
    expect(forwarded.headers['x-tenant']).toBe('acme')
    expect(Object.getPrototypeOf(forwarded.headers)).toBeNull()
  })

  it('comes back as what was sent, with every part set', async () => {
    const full: TaskMessage = {
      ...message,
      ...{
        args: [1, { at: new Date(5) }, 7n],
        kwargs: { set: new Set([1]) },
        retries: 3,
        rootId: 'root',
        parentId: 'parent',
      },
      ...{
        groupId: 'g',
        groupIndex: 200,
        etaAt: 1_900_000_000_123,
        expiresAt: 1_900_000_001_000,
        softTimeLimitMs: 1500,
      },
      ...{
        hardTimeLimitMs: 20_000,
        priority: 9,
        replyTo: 'replies',
        correlationId: 'c',
        ignoreResult: true,
        origin: 'me',
      },
      ...{ shadow: 'pretty', stamps: { tenant: 'acme' }, stampedHeaders: ['tenant'], replacedTaskNesting: 1 },
      headers: { tenant: 'acme', n: 5, deep: { list: [1, null, true, 1.5] } },
      embed: { callbacks: [{ task: 'a' }], errbacks: [{ task: 'b' }], chain: [], chord: { task: 'c' } },
    }

    const wire = encodeTaskMessage(full, serializers.preferred)

    expect(await decodeTaskMessage(wire, serializers)).toEqual(full)
  })
})

function errorOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}
