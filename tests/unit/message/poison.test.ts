/** Every shape of a message that cannot be run, and every limit: each is refused with its own code, and nothing else is thrown. */
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageError } from '../../../src/kernel/errors.js'
import { decodeTaskMessage, readIdentity } from '../../../src/message/codec.js'
import { UNREADABLE } from '../../../src/message/headers.js'
import type { TaskMessage } from '../../../src/message/task-message.js'
import { SerializerRegistry } from '../../../src/serialization/serializer-registry.js'
import { MINIMAL_BODY, wireOf, type WireParts } from './python-wire.js'

const serializers = new SerializerRegistry()
const decode = async (parts: WireParts = {}): Promise<TaskMessage> =>
  decodeTaskMessage(wireOf(parts), serializers)

async function refusalOf(parts: WireParts): Promise<MessageError> {
  const error: unknown = await decode(parts).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(MessageError)
  return error as MessageError
}

const bomb = deflateSync(Buffer.alloc(20 * 1024 * 1024, 0x20))
const nestedTable = (depth: number): unknown => (depth === 0 ? 1 : { a: nestedTable(depth - 1) })

/** Every shape that kills, or is lost by, a Python worker, and every limit: with the reason it is parked for. */
const POISON: readonly (readonly [string, WireParts, string])[] = [
  ['no body', { body: '' }, 'ERR_BODY_EMPTY'],
  ['a body that is no JSON', { body: '{oops' }, 'ERR_BODY_NOT_JSON'],
  ['Latin-1', { body: Buffer.from('[["é"],{},null]', 'latin1') }, 'ERR_BODY_NOT_UTF8'],
  ['bytes of a picture', { body: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) }, 'ERR_BODY_NOT_UTF8'],
  ...[
    'null',
    '5',
    '"x"',
    'true',
    '[]',
    '{}',
    '[[1]]',
    '[[1],{}]',
    '[[1],{},null,1]',
    '[null,{},{}]',
    '[[1],null,{}]',
  ].map((body) => [`the body ${body}`, { body }, 'ERR_ENVELOPE_INVALID'] as const),
  ...[
    '[{},{},null]',
    '["x",{},null]',
    '[[],[],null]',
    '[[],"x",null]',
    '{"kwargs":{}}',
    '{"args":1}',
    '{"args":[],"kwargs":null}',
  ].map((body) => [`the body ${body}`, { body }, 'ERR_ENVELOPE_INVALID'] as const),
  ...[
    '5',
    '[]',
    '"x"',
    '{"callbacks":{}}',
    '{"errbacks":"x"}',
    '{"chain":[1]}',
    '{"chord":[]}',
    '{"chord":5}',
  ].map((embed) => [`the embed ${embed}`, { body: `[[],{},${embed}]` }, 'ERR_ENVELOPE_INVALID'] as const),
  [
    'a tagged value for kwargs',
    { body: '[[],{"__type__":"datetime","__value__":"2026-01-01"},null]' },
    'ERR_ENVELOPE_INVALID',
  ],
  ['a key __proto__', { body: '[[{"a":{"__proto__":{}}}],{},null]' }, 'ERR_FORBIDDEN_KEY'],
  ['kwargs with a key __proto__', { body: '[[],{"__proto__":1},null]' }, 'ERR_FORBIDDEN_KEY'],
  ['an unknown tag', { body: '[[{"__type__":"x","__value__":1}],{},null]' }, 'ERR_TAG_UNKNOWN'],
  ['a deep body', { body: `[[${'['.repeat(5000)}${']'.repeat(5000)}],{},null]` }, 'ERR_BODY_TOO_DEEP'],
  ['a large body', { body: `[["${'x'.repeat(9 * 1024 * 1024)}"],{},null]` }, 'ERR_BODY_TOO_LARGE'],
  ['a body of many values', { body: `[[${'0,'.repeat(1_000_001)}0],{},null]` }, 'ERR_BODY_TOO_LARGE'],

  ['no content type', { properties: { contentType: undefined } }, 'ERR_CONTENT_TYPE'],
  [
    'pickle',
    { properties: { contentType: 'application/x-python-serialize', contentEncoding: 'binary' } },
    'ERR_CONTENT_TYPE',
  ],
  ['UTF-16', { properties: { contentType: 'application/json; charset=utf-16' } }, 'ERR_CONTENT_TYPE'],
  ['the content encoding gzip', { properties: { contentEncoding: 'gzip' } }, 'ERR_CONTENT_TYPE'],
  ['unknown compression', { headers: { compression: 'zstd' } }, 'ERR_COMPRESSION_REFUSED'],
  ['bzip2', { headers: { compression: 'application/x-bz2' } }, 'ERR_COMPRESSION_REFUSED'],
  ['compression that is no text', { headers: { compression: 5 } }, 'ERR_HEADER_INVALID'],
  [
    'real gzip',
    { body: gzipSync(MINIMAL_BODY), headers: { compression: 'application/x-gzip' } },
    'ERR_COMPRESSION_CORRUPT',
  ],
  ['plain text that says it is compressed', { headers: { compression: 'zlib' } }, 'ERR_COMPRESSION_CORRUPT'],
  ['compressed bytes that do not say so', { body: deflateSync(MINIMAL_BODY) }, 'ERR_BODY_NOT_UTF8'],
  [
    'half a zlib stream',
    { body: deflateSync(MINIMAL_BODY).subarray(0, 20), headers: { compression: 'zlib' } },
    'ERR_COMPRESSION_CORRUPT',
  ],
  ['a bomb', { body: bomb, headers: { compression: 'zlib' } }, 'ERR_BODY_BOMB'],
  [
    'a compressed body that is no JSON',
    { body: deflateSync('{oops'), headers: { compression: 'zlib' } },
    'ERR_BODY_NOT_JSON',
  ],
  [
    'a compressed body of the wrong shape',
    { body: deflateSync('{}'), headers: { compression: 'zlib' } },
    'ERR_ENVELOPE_INVALID',
  ],

  ['no headers', { headers: { task: undefined, id: undefined } }, 'ERR_NOT_A_TASK'],
  [
    'no headers and no JSON',
    { body: 'hello', headers: { task: undefined, id: undefined } },
    'ERR_NOT_A_TASK',
  ],
  [
    'nothing at all',
    { body: '', headers: { task: undefined, id: undefined }, properties: { contentType: undefined } },
    'ERR_NOT_A_TASK',
  ],
  [
    'nothing but compression',
    { body: deflateSync('{}'), headers: { task: undefined, id: undefined, compression: 'zlib' } },
    'ERR_NOT_A_TASK',
  ],
  ['no task', { headers: { task: undefined } }, 'ERR_NOT_A_TASK'],
  ['task null', { headers: { task: null } }, 'ERR_NOT_A_TASK'],
  ['no id', { headers: { id: undefined } }, 'ERR_NOT_A_TASK'],
  ['id null', { headers: { id: null } }, 'ERR_NOT_A_TASK'],
  [
    'an unreadable header table',
    { headers: { task: undefined, id: undefined, [UNREADABLE.reason]: 'It nests.' } },
    'ERR_HEADER_INVALID',
  ],

  ...[
    true,
    {},
    [],
    5.5,
    Uint8Array.of(1),
    '',
    'a\nb',
    '\u001b[31m',
    '\ud800',
    'x'.repeat(201),
    'é'.repeat(101),
  ].map((task) => [`the task ${JSON.stringify(task)}`, { headers: { task } }, 'ERR_HEADER_INVALID'] as const),
  ...[true, {}, [], 5.5, '', 'a\u0000', 'x'.repeat(256), 'é'.repeat(128)].map(
    (id) => [`the id ${JSON.stringify(id)}`, { headers: { id } }, 'ERR_HEADER_INVALID'] as const,
  ),
  ...[
    true,
    {},
    [],
    Uint8Array.of(1),
    { '!': 'timestamp', value: 1 },
    -1,
    1.5,
    Number.NaN,
    2 ** 53,
    1e9,
    2n ** 60n,
    '-1',
    '3.0',
    'x',
    '',
  ].map(
    (retries) =>
      [
        `retries ${typeof retries === 'object' ? JSON.stringify(retries) : String(retries)}`,
        { headers: { retries } },
        'ERR_HEADER_INVALID',
      ] as const,
  ),
  ...[5, 'x', {}, [1, 2, 3], ['1'], [{}], [-1], [Number.NaN], [1e300], [null, true]].map(
    (timelimit) =>
      [`timelimit ${JSON.stringify(timelimit)}`, { headers: { timelimit } }, 'ERR_HEADER_INVALID'] as const,
  ),
  ...[
    'garbage',
    '1',
    '',
    1_700_000_000,
    '2026-02-30T00:00:00',
    '2026-01-01T24:00:00',
    '2026-01-01T00:00:00+25:00',
    {},
    true,
  ].flatMap((time) =>
    ['eta', 'expires'].map(
      (name) =>
        [`${name} ${JSON.stringify(time)}`, { headers: { [name]: time } }, 'ERR_HEADER_INVALID'] as const,
    ),
  ),
  ...(
    [
      ['root_id', {}],
      ['parent_id', true],
      ['group', [1]],
      ['group_index', -1],
      ['group_index', '1'],
      ['group_index', 1.5],
      ['ignore_result', 'yes'],
      ['ignore_result', 1],
      ['origin', 5],
      ['shadow', {}],
      ['replaced_task_nesting', 'x'],
    ] as const
  ).map(
    ([name, value]) =>
      [`${name} ${JSON.stringify(value)}`, { headers: { [name]: value } }, 'ERR_HEADER_INVALID'] as const,
  ),
  ['headers of 33 KB', { headers: { big: 'x'.repeat(33 * 1024) } }, 'ERR_HEADER_INVALID'],
  [
    'many small headers',
    { headers: Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`header-${n}`, n])) },
    'ERR_HEADER_INVALID',
  ],
  ['deep headers', { headers: { deep: nestedTable(9) } }, 'ERR_HEADER_INVALID'],
]

describe('a message that cannot be run', () => {
  it.each(POISON)('because of %s is refused with its code', async (_, parts, code) => {
    expect((await refusalOf(parts)).code).toBe(code)
  })

  it.each(POISON)('because of %s tells nothing of its contents, and in one line', async (_, parts) => {
    const { message } = await refusalOf(parts)

    expect(message).not.toMatch(/oops|hello|proj\.add/)
    expect(message).not.toMatch(/\p{Cc}/u)
    expect(message.length).toBeLessThan(400)
  })

  it('names the header, or the part of the body, that is wrong', async () => {
    expect((await refusalOf({ headers: { retries: {} } })).message).toContain('"retries"')
    expect((await refusalOf({ body: '[[],null,{}]' })).message).toContain("body's [1]")
    expect((await refusalOf({ body: '[[],{},{"chain":[{},5]}]' })).message).toContain('[2].chain[1]')
  })

  it('keeps the reason why its body is no protocol 1 call', async () => {
    const { cause } = await refusalOf({ body: '{oops', headers: { task: undefined, id: undefined } })

    expect(cause).toMatchObject({ code: 'ERR_BODY_NOT_JSON' })
  })

  it('is not refused for a long record of the broker’s own', async () => {
    const death = Array.from({ length: 10_000 }, () => ({ queue: 'q', reason: 'expired' }))

    expect(await decode({ headers: { 'x-death': death } })).toMatchObject({ headers: {} })
  })

  it('is never anything but a MessageError or a task, whatever bytes and headers come', async () => {
    const anyHeader = fc.oneof(
      fc.string(),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
      fc.array(fc.anything(), { maxLength: 3 }),
      fc.object(),
    )
    const names = fc.constantFrom(
      ...[
        'task',
        'id',
        'retries',
        'timelimit',
        'eta',
        'expires',
        'group',
        'stamps',
        'stamped_headers',
        'compression',
        'x',
      ],
    )
    const bodies = fc.oneof(fc.uint8Array(), fc.json(), fc.constant(MINIMAL_BODY))

    await fc.assert(
      fc.asyncProperty(bodies, fc.dictionary(names, anyHeader), async (body, headers) => {
        const wire = wireOf({ body, headers })
        try {
          const message = await decodeTaskMessage(wire, serializers)
          expect(typeof message.id).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(MessageError)
        }
        expect(readIdentity(wire)).toBeDefined()
      }),
      { numRuns: 500 },
    )
  })
})
