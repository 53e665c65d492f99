/** Celery's protocol 1, which its newest version still sends when told to. */
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeTaskMessage } from '../../../src/message/codec.js'
import type { TaskMessage } from '../../../src/message/task-message.js'
import { SerializerRegistry } from '../../../src/serialization/serializer-registry.js'
import { wireOf, type WireParts } from './python-wire.js'

const serializers = new SerializerRegistry()
const decode = async (parts: WireParts = {}): Promise<TaskMessage> =>
  decodeTaskMessage(wireOf(parts), serializers)

describe('protocol 1', () => {
  const call = { task: 'proj.add', id: 'id-1', args: [2, 3], kwargs: { a: 1 } }
  const none = { task: undefined, id: undefined }
  const decodeCall = (more: object = {}) =>
    decode({ body: JSON.stringify({ ...call, ...more }), headers: none })

  it('has everything in its body', async () => {
    const message = await decodeCall({
      retries: 2,
      eta: '2031-01-02T03:04:05',
      timelimit: [20, 10],
      utc: true,
      group: null,
      taskset: 'g',
    })

    expect(message).toMatchObject({
      ...{ id: 'id-1', taskName: 'proj.add', args: [2, 3], kwargs: { a: 1 }, retries: 2, groupId: 'g' },
      ...{ etaAt: Date.UTC(2031, 0, 2, 3, 4, 5), hardTimeLimitMs: 20_000, softTimeLimitMs: 10_000 },
    })
  })

  it('may leave out its arguments', async () => {
    expect(await decode({ body: '{"task":"t","id":"i"}', headers: none })).toMatchObject({
      args: [],
      kwargs: {},
    })
  })

  it('carries the calls that follow', async () => {
    const next = { task: 'proj.mul', args: [], kwargs: {} }

    expect((await decodeCall({ callbacks: [next], chord: next })).embed).toEqual({
      callbacks: [next],
      errbacks: null,
      chain: null,
      chord: next,
    })
  })

  it('may be compressed', async () => {
    const body = deflateSync(JSON.stringify(call))

    expect(await decode({ body, headers: { ...none, compression: 'zlib' } })).toMatchObject({ args: [2, 3] })
  })

  it.each([
    [{ retries: -1 }, 'ERR_HEADER_INVALID'],
    [{ eta: 'garbage' }, 'ERR_HEADER_INVALID'],
    [{ args: null }, 'ERR_ENVELOPE_INVALID'],
    [{ callbacks: 5 }, 'ERR_ENVELOPE_INVALID'],
    [{ id: null }, 'ERR_NOT_A_TASK'],
  ])('is refused for %j as protocol 2 is', async (more, code) => {
    await expect(decodeCall(more)).rejects.toMatchObject({ name: 'MessageError', code })
  })
})
