/** Everything a real Celery producer sent is decoded, or refused with the right code; and what is encoded equals it. */
import { describe, expect, it } from 'vitest'
import { decodeTaskMessage, encodeTaskMessage, readIdentity } from '../../../src/message/codec.js'
import { EMPTY_EMBED, type TaskMessage } from '../../../src/message/task-message.js'
import { SerializerRegistry } from '../../../src/serialization/serializer-registry.js'
import {
  CELERY_VERSIONS,
  type CapturedMessage,
  celeryFixture,
  celeryFixtures,
} from '../../fixtures/celery/celery-fixtures.js'

const serializers = new SerializerRegistry()

/** What is no JSON task: `name`, or `name#n` for the n-th message of a file. */
const REFUSED: Readonly<Record<string, string>> = {
  '19c_compression_bzip2': 'ERR_COMPRESSION_REFUSED',
  '20_serializer_pickle': 'ERR_CONTENT_TYPE',
  '20b_serializer_yaml': 'ERR_CONTENT_TYPE',
  '20c_serializer_msgpack': 'ERR_CONTENT_TYPE',
  // An event, which shares the file with the task it tells of.
  '31_task_sent_event#1': 'ERR_NOT_A_TASK',
}

/** Calls that Celery 5.2 itself could not make (no msgpack installed, no bytes in its JSON). */
const NEVER_SENT = ['5.2.6 20c_serializer_msgpack', '5.2.6 21b_json_bytes']

/** Arguments that JSON.parse alone does not give. */
const ARGS: Readonly<Record<string, readonly unknown[]>> = {
  '5.2.6 19_compression_zlib': [2, 3],
  '5.2.6 19b_compression_gzip': [2, 3],
  '5.6.3 19_compression_zlib': [2, 3],
  '5.6.3 19b_compression_gzip': [2, 3],
  '5.6.3 21_json_rich_types': [
    new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    '2026-01-02',
    '03:04:05',
    '1.10',
    '00000000-0000-0000-0000-000000000005',
  ],
  '5.6.3 21b_json_bytes': [Buffer.from('abc'), Buffer.from([255, 254])],
  '5.2.6 21c_json_special': [[1, 2], Number.NaN, Infinity, 2n ** 70n, '\u2028 😀', null, true, 1, -0],
  '5.6.3 21c_json_special': [[1, 2], Number.NaN, Infinity, 2n ** 70n, '\u2028 😀', null, true, 1, -0],
}

const cases = CELERY_VERSIONS.flatMap((version) =>
  celeryFixtures(version).flatMap(({ name, messages }) =>
    messages.map((message, index) => ({
      version,
      name,
      index,
      message,
      title: `${version} ${name}#${index}`,
    })),
  ),
)

function refusalCode({ name, index }: { name: string; index: number }): string | undefined {
  return REFUSED[`${name}#${index}`] ?? REFUSED[name]
}

describe('the fixtures', () => {
  it('are all there, and each has a message or a reason for having none', () => {
    const fixtures = CELERY_VERSIONS.flatMap(celeryFixtures)
    const silent = fixtures.filter(({ messages }) => messages.length === 0)

    expect(fixtures.map(({ version }) => version).filter((version) => version === '5.2.6')).toHaveLength(46)
    expect(fixtures.map(({ version }) => version).filter((version) => version === '5.6.3')).toHaveLength(49)
    expect(silent.map(({ version, name }) => `${version} ${name}`)).toEqual(NEVER_SENT)
  })

  it('that are named in the tables exist', () => {
    const names = cases.flatMap(({ version, name, index }) => [
      name,
      `${name}#${index}`,
      `${version} ${name}`,
    ])

    expect(names).toEqual(expect.arrayContaining([...Object.keys(REFUSED), ...Object.keys(ARGS)]))
  })
})

describe('decoding', () => {
  it.each(cases.filter((one) => refusalCode(one) === undefined))(
    'reads $title',
    async ({ version, name, message }) => {
      const decoded = await decodeTaskMessage(message.wire, serializers)

      expect(decoded).toEqual(expectedMessage(message, ARGS[`${version} ${name}`]))
    },
  )

  it.each(cases.filter((one) => refusalCode(one) !== undefined))('refuses $title', async (one) => {
    const decode = async () => decodeTaskMessage(one.message.wire, serializers)

    await expect(decode()).rejects.toMatchObject({ name: 'MessageError', code: refusalCode(one) })
  })

  it('can still tell who sent what cannot be read', () => {
    const [pickled] = celeryFixture('5.6.3', '20_serializer_pickle').messages
    if (!pickled) throw new Error('The fixture is empty.')

    expect(readIdentity(pickled.wire)).toEqual({
      id: pickled.headers['id'],
      taskName: 'proj.add',
      replyTo: pickled.properties['reply_to'],
      correlationId: pickled.headers['id'],
      ignoreResult: false,
    })
  })

  it('is synchronous unless the body is compressed', () => {
    for (const { name, message, ...one } of cases) {
      if (refusalCode({ name, ...one }) !== undefined) continue
      const decoded = decodeTaskMessage(message.wire, serializers)
      expect([name, decoded instanceof Promise]).toEqual([name, name.startsWith('19')])
    }
  })
})

/** What a captured message says, read from the capture by other means than the codec. */
function expectedMessage({ headers, properties, bodyText }: CapturedMessage, args?: readonly unknown[]) {
  const body = args ? [args, {}, EMPTY_EMBED] : (JSON.parse(bodyText ?? '') as unknown)
  const fields = Array.isArray(body) ? headers : (body as Readonly<Record<string, unknown>>)
  return {
    ...expectedCall(body, args),
    ...expectedFields(fields),
    rootId: fields['root_id'] ?? fields['id'],
    priority: properties['priority'],
    replyTo: properties['reply_to'],
    correlationId: properties['correlation_id'],
    headers: headers['x-tenant'] === undefined ? {} : { 'x-tenant': 'acme', n: 5 },
  }
}

function expectedCall(body: unknown, args: readonly unknown[] | undefined) {
  if (Array.isArray(body)) return { args: args ?? body[0], kwargs: body[1], embed: body[2] }
  return { ...pick(body as Readonly<Record<string, unknown>>, ['args', 'kwargs']), embed: EMPTY_EMBED }
}

function expectedFields(fields: Readonly<Record<string, unknown>>) {
  const [hard, soft] = fields['timelimit'] as (number | null)[]
  const orUndefined = (name: string) => fields[name] ?? undefined
  return {
    id: fields['id'],
    taskName: fields['task'],
    retries: 0,
    parentId: orUndefined('parent_id'),
    groupId: orUndefined('group'),
    groupIndex: orUndefined('group_index'),
    etaAt: epochMs(fields['eta']),
    expiresAt: epochMs(fields['expires']),
    softTimeLimitMs: soft ? soft * 1000 : undefined,
    hardTimeLimitMs: hard ? hard * 1000 : undefined,
    ignoreResult: fields['ignore_result'] ?? false,
    origin: orUndefined('origin'),
    shadow: orUndefined('shadow'),
    stamps: Object.keys(fields['stamps'] ?? {}).length > 0 ? fields['stamps'] : undefined,
    stampedHeaders: orUndefined('stamped_headers'),
    replacedTaskNesting: orUndefined('replaced_task_nesting'),
  }
}

function epochMs(iso: unknown): number | undefined {
  if (typeof iso !== 'string') return undefined
  return Date.parse(/[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`)
}

/** Names of 5.6 that 5.2 does not know yet. */
const NEW_IN_5_6 = ['replaced_task_nesting', 'stamped_headers', 'stamps']

/** Where Python printed the arguments from tuples and lists, of which JSON keeps only lists. */
const REPR_DIFFERS = ['18_starmap', '18b_chunks', '18c_map', '25_send_task_by_name']

const forwardable = cases.filter(
  (one) =>
    refusalCode(one) === undefined &&
    one.message.headers['task'] !== undefined &&
    !one.name.startsWith('19') &&
    !one.name.startsWith('21'),
)

describe('encoding again what was decoded', () => {
  it.each(forwardable)('gives what Celery sent: $title', async ({ version, name, message }) => {
    const decoded = await decodeTaskMessage(message.wire, serializers)
    const encoded = encodeTaskMessage(decoded, serializers.preferred, { isForwarded: true })

    const { eta, expires, ...headers } = encoded.headers
    const expected: Record<string, unknown> = { ...message.headers, lang: 'js' }
    if (version === '5.2.6') Object.assign(expected, pick(headers, NEW_IN_5_6))
    if (REPR_DIFFERS.includes(name)) Object.assign(expected, pick(headers, ['argsrepr', 'kwargsrepr']))
    // Microseconds do not fit a number of milliseconds, and naive times come out with their offset.
    expect([epochMs(eta), epochMs(expires)]).toEqual([epochMs(expected['eta']), epochMs(expected['expires'])])
    delete expected['eta']
    delete expected['expires']
    expect(headers).toEqual(expected)
    expect(JSON.parse(Buffer.from(encoded.body).toString())).toEqual(JSON.parse(message.bodyText ?? ''))
    expect(encoded.properties).toMatchObject({
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      persistent: true,
      // Celery leaves it out where a queue was named; 0 is what that means.
      priority: message.properties['priority'] ?? 0,
      correlationId: message.properties['correlation_id'],
      replyTo: message.properties['reply_to'],
    })
  })
})

function pick(headers: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, headers[name]]))
}

const plain: TaskMessage = {
  id: 'id-1',
  taskName: 'proj.add',
  args: [2, 3],
  kwargs: {},
  embed: EMPTY_EMBED,
  retries: 0,
  rootId: 'id-1',
  parentId: undefined,
  groupId: undefined,
  groupIndex: undefined,
  etaAt: undefined,
  expiresAt: undefined,
  softTimeLimitMs: undefined,
  hardTimeLimitMs: undefined,
  priority: undefined,
  replyTo: 'replies',
  correlationId: undefined,
  ignoreResult: false,
  origin: 'gen1@host',
  shadow: undefined,
  headers: {},
}

describe('encoding', () => {
  it.each<[string, Partial<TaskMessage>]>([
    ['01_delay_plain', {}],
    ['02_kwargs', { args: [2], kwargs: { y: 3, note: 'héllo' } }],
    ['04_eta', { etaAt: Date.UTC(2031, 0, 2, 3, 4, 5, 678) }],
    ['05b_expires_datetime', { expiresAt: Date.UTC(2031, 0, 2, 3, 4, 5) }],
    ['06_priority', { priority: 7 }],
    ['08_custom_task_id', { id: 'my-own-id', rootId: 'my-own-id' }],
    ['09_ignore_result', { ignoreResult: true }],
    ['10_time_limits', { softTimeLimitMs: 10_000, hardTimeLimitMs: 20_000 }],
    ['11_shadow', { shadow: 'pretty-name' }],
    ['13_link', { embed: { ...EMPTY_EMBED, callbacks: [signature('proj.mul', [10])] } }],
    ['24_parent_root_given', { rootId: 'ROOT', parentId: 'PARENT' }],
    ['25_send_task_by_name', { taskName: 'other.svc.do', args: ['a'], kwargs: { b: 1 } }],
  ])('writes what Celery 5.6 writes for %s, but for ids, origin, reply queue and language', (name, parts) => {
    const [captured] = celeryFixture('5.6.3', name).messages
    if (!captured) throw new Error('The fixture is empty.')

    const { body, headers, properties } = encodeTaskMessage({ ...plain, ...parts }, serializers.preferred)

    const ids = { id: headers['id'], root_id: headers['root_id'] }
    const expected: Record<string, unknown> = { ...captured.headers, ...ids, lang: 'js', origin: 'gen1@host' }
    // Microseconds do not fit; a list of arguments is a tuple to everybody who did not call with one.
    if (name === '04_eta') expected['eta'] = '2031-01-02T03:04:05.678000+00:00'
    if (name === '25_send_task_by_name') expected['argsrepr'] = "('a',)"
    if (name === '24_parent_root_given') expected['root_id'] = 'ROOT'
    expect(Object.keys(headers)).toEqual(Object.keys(captured.headers))
    expect({ ...headers }).toEqual(expected)
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(JSON.parse(captured.bodyText ?? ''))
    expect(properties).toEqual({
      contentType: captured.properties['content_type'],
      contentEncoding: captured.properties['content_encoding'],
      persistent: captured.properties['delivery_mode'] === 2,
      priority: captured.properties['priority'],
      correlationId: headers['id'],
      replyTo: 'replies',
    })
  })

  it('cuts argsrepr and kwargsrepr where Celery cuts them', () => {
    const [captured] = celeryFixture('5.6.3', '22_long_args_repr').messages
    const [args, kwargs] = JSON.parse(captured?.bodyText ?? '') as [unknown[], Record<string, unknown>]

    const { headers } = encodeTaskMessage({ ...plain, args, kwargs }, serializers.preferred)

    expect(headers['argsrepr']).toBe(captured?.headers['argsrepr'])
    expect(headers['kwargsrepr']).toBe(captured?.headers['kwargsrepr'])
  })

  it('puts custom headers beside the others, as Celery does for 12_headers_custom', () => {
    const [captured] = celeryFixture('5.6.3', '12_headers_custom').messages

    const { headers } = encodeTaskMessage(
      { ...plain, headers: { n: 5, tenant: 'acme' } },
      serializers.preferred,
    )

    expect(Object.keys(captured?.headers ?? {}).slice(-2)).toEqual(['x-tenant', 'n'])
    expect(Object.keys(headers).slice(-2)).toEqual(['n', 'tenant'])
    expect(headers['n']).toBe(captured?.headers['n'])
  })
})

function signature(task: string, args: readonly unknown[]) {
  return { task, args, kwargs: {}, options: {}, subtask_type: null, immutable: false }
}
