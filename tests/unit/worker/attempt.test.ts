/** How an attempt ends that has a time: an eta ahead, an expiry, a forced stop in between; on a clock that moves when told to. */
import { describe, expect, it } from 'vitest'
import { Registry, silentLogger, Taskalope, task } from '../../../src/index.js'
import { encodeTaskMessage } from '../../../src/message/codec.js'
import { EMPTY_EMBED, type TaskMessage } from '../../../src/message/task-message.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { DEFAULT_LIMITS } from '../../../src/serialization/limits.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

const serializer = jsonSerializer(DEFAULT_LIMITS)

/** A worker with one slot, and the way to send it a message of any shape. */
async function setUp() {
  const clock = new FakeClock()
  const ran: string[] = []
  const note = task('times.note', (what: string) => void ran.push(what))
  const registry = new Registry()
  registry.add(note)
  const app = tracked(
    new Taskalope({
      ...{ broker: 'memory://', registry, clock, logger: silentLogger, embeddedWorker: false },
      defaultQueue: 'q',
    }),
  )
  const worker = app.worker({ concurrency: 1 })
  await worker.start()
  const send = async (id: string, times: Partial<TaskMessage>) => {
    const wire = encodeTaskMessage(messageOf(id, times), serializer)
    await (await app.broker()).publish({ routingKey: 'q' }, wire)
    return app.resultOf(id)
  }
  return { app, clock, worker, ran, send }
}

function messageOf(id: string, times: Partial<TaskMessage>): TaskMessage {
  const none = undefined
  return {
    ...{ id, taskName: 'times.note', args: [id], kwargs: {}, embed: EMPTY_EMBED, retries: 0, rootId: id },
    ...{ parentId: none, groupId: none, groupIndex: none, etaAt: none, expiresAt: none, priority: none },
    ...{ softTimeLimitMs: none, hardTimeLimitMs: none, replyTo: none, correlationId: id, origin: none },
    ...{ ignoreResult: false, shadow: none, headers: {}, ...times },
  }
}

describe('a message with an eta', () => {
  it('that is less than 2 s ahead is run then, and not before', async () => {
    const { clock, send, ran } = await setUp()
    const result = await send('soon', { etaAt: clock.now() + 1500 })
    await until(() => clock.waiting > 0)

    await clock.advance(1499)
    expect(ran).toEqual([])
    await clock.advance(1)

    expect(await result.get()).toBeNull()
    expect(ran).toEqual(['soon'])
  })

  it('in the past is run at once', async () => {
    const { clock, send, ran } = await setUp()

    await (await send('late', { etaAt: clock.now() - 3_600_000 })).get()

    expect(ran).toEqual(['late'])
  })

  it('further ahead is parked, with its reason', async () => {
    const { app, clock, send, ran } = await setUp()

    const result = await send('far', { etaAt: clock.now() + 2001 })

    await expect(result.get()).rejects.toThrow(/cannot wait longer than 2000 ms/)
    expect((await app.inspect('taskalope.dead'))?.messages).toBe(1)
    expect(ran).toEqual([])
  })

  it('goes back unrun when the worker is forced to stop meanwhile', async () => {
    const { app, clock, send, ran, worker } = await setUp()
    await send('cut', { etaAt: clock.now() + 1500 })
    await until(() => clock.waiting > 0)

    const stopping = worker.stop({ timeout: 0 })
    await clock.advance(0)

    expect(await stopping).toMatchObject({ abandoned: 0 })
    expect((await app.inspect('q'))?.messages).toBe(1)
    expect({ ran, waiting: clock.waiting }).toEqual({ ran: [], waiting: 0 })
  })
})

describe('a message that expires', () => {
  it.each<[string, { etaIn?: number; expiresIn: number }]>([
    ['at once', { expiresIn: 0 }],
    ['before its eta, which is not waited for', { etaIn: 1500, expiresIn: -1 }],
    ['long before an eta that is too far ahead', { etaIn: 3_600_000, expiresIn: -1 }],
  ])('%s is revoked', async (_when, { etaIn, expiresIn }) => {
    const { app, clock, send, ran } = await setUp()
    const etaAt = etaIn === undefined ? undefined : clock.now() + etaIn

    const result = await send('gone', { etaAt, expiresAt: clock.now() + expiresIn })

    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(await app.inspect('taskalope.dead')).toMatchObject({ messages: 0 })
    expect(ran).toEqual([])
  })

  it('while its eta is waited for is revoked', async () => {
    const { clock, send, ran } = await setUp()
    const result = await send('between', { etaAt: clock.now() + 1500, expiresAt: clock.now() + 1000 })
    await until(() => clock.waiting > 0)

    await clock.advance(1500)

    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(ran).toEqual([])
  })
})
