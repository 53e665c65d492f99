/** How an attempt ends that has a time: an eta ahead, an expiry, a forced stop in between; on a clock that moves when told to. */
import { describe, expect, it } from 'vitest'
import { type Logger, Registry, silentLogger, Taskalope, task } from '../../../src/index.js'
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
  const lines: [string, object][] = []
  const logger: Logger = { ...silentLogger, info: (fields, message) => void lines.push([message, fields]) }
  const hooks: string[] = []
  const beforeStart = () => void hooks.push('beforeStart')
  const afterRun = () => void hooks.push('afterRun')
  const note = task({ name: 'times.note', beforeStart, afterRun }, (what: string) => void ran.push(what))
  const registry = new Registry()
  registry.add(note)
  const app = tracked(
    new Taskalope({
      ...{ broker: 'memory://', registry, clock, logger, embeddedWorker: false },
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
  const sendDelayed = async (id: string, delayMs: number, keptMs = delayMs) => {
    const wire = encodeTaskMessage(messageOf(id, { etaAt: clock.now() + delayMs, delayMs }), serializer)
    await (await app.broker()).publishDelayed('q', wire, keptMs)
    return app.resultOf(id)
  }
  return { app, clock, worker, ran, hooks, lines, send, sendDelayed }
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

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR

describe('a message with an eta', () => {
  it.each([1, 999, 1000])('that is %i ms ahead is held and run then, not before', async (aheadMs) => {
    const { app, clock, send, ran } = await setUp()
    const result = await send('soon', { etaAt: clock.now() + aheadMs })
    await until(() => clock.waiting > 0)

    await clock.advance(aheadMs - 1)
    expect([ran, (await app.inspect('q'))?.messages]).toEqual([[], 0])
    await clock.advance(1)

    expect(await result.get()).toBeNull()
    expect(ran).toEqual(['soon'])
  })

  it.each([1001, 1500, 20 * 60_000, YEAR])(
    'that is %i ms ahead goes back to wait in the broker, and is run then, not before',
    async (aheadMs) => {
      const { clock, send, ran } = await setUp()
      const dueAt = clock.now() + aheadMs

      const result = await send('later', { etaAt: dueAt })
      await until(() => clock.waiting > 0)

      await clock.advance(aheadMs - 1)
      expect(ran).toEqual([])
      await clock.advance(1000)
      expect(await result.get()).toBeNull()
      expect(ran).toEqual(['later'])
    },
  )

  it.each([1001, HOUR])('in %i ms leaves its slot to others', async (aheadMs) => {
    const { clock, send, ran } = await setUp()
    await send('later', { etaAt: clock.now() + aheadMs })

    await (await send('now', {})).get({ timeout: '5s' })

    expect(ran).toEqual(['now'])
  })

  it('further ahead than the broker keeps messages goes round again', async () => {
    const { clock, send, ran } = await setUp()
    const result = await send('years', { etaAt: clock.now() + 9 * YEAR })
    await until(() => clock.waiting > 0)

    await clock.advance(9 * YEAR - 1)
    expect(ran).toEqual([])
    await clock.advance(1000)

    expect(await result.get()).toBeNull()
  })

  it('whose clock is set back while it is held goes back to the broker', async () => {
    const { clock, send, ran } = await setUp()
    const result = await send('held', { etaAt: clock.now() + 500 })
    await until(() => clock.waiting > 0)
    clock.setWallClock(clock.now() - HOUR)

    await clock.advance(500)
    await (await send('meanwhile', {})).get({ timeout: '5s' })
    expect(ran).toEqual(['meanwhile'])
    await clock.advance(HOUR + 1000)

    expect(await result.get()).toBeNull()
  })

  it('is honoured on this clock: set back meanwhile, it waits on', async () => {
    const { clock, send, ran } = await setUp()
    const result = await send('moved', { etaAt: clock.now() + 10_000 })
    await until(() => clock.waiting > 0)
    clock.setWallClock(clock.now() - HOUR)

    await clock.advance(10_000)
    expect(ran).toEqual([])
    await clock.advance(HOUR + 1000)

    expect(await result.get()).toBeNull()
  })

  it.each([
    [1, 0],
    [HOUR, 0],
    [HOUR + 1, 1],
    [50 * HOUR + 1, 1],
  ])('%i ms ago is run at once, with %i words about it', async (agoMs, words) => {
    const { clock, send, ran, lines } = await setUp()
    const etaAt = clock.now() - agoMs

    await (await send('late', { etaAt })).get()

    expect(ran).toEqual(['late'])
    const told = lines.filter(([message]) => message.includes('late, and is run'))
    expect(told).toEqual(
      words === 0
        ? []
        : [
            [
              `a call comes more than ${Math.floor(agoMs / HOUR)} h late, and is run`,
              { task: 'times.note', id: 'late', queue: 'q', eta: new Date(etaAt).toISOString() },
            ],
          ],
    )
  })

  it('goes back unrun, its hooks untold, when the worker is forced to stop meanwhile', async () => {
    const { app, clock, send, ran, hooks, worker } = await setUp()
    await send('cut', { etaAt: clock.now() + 900 })
    await until(() => clock.waiting > 0)

    const stopping = worker.stop({ timeout: 0 })
    await clock.advance(0)

    expect(await stopping).toMatchObject({ abandoned: 0 })
    expect((await app.inspect('q'))?.messages).toBe(1)
    expect({ ran, hooks, waiting: clock.waiting }).toEqual({ ran: [], hooks: [], waiting: 0 })
  })
})

describe('a message with a delay of so long', () => {
  it.each([-HOUR, -YEAR, HOUR, YEAR])(
    'is due once the broker has kept it, though the wall clock is set %i ms off meanwhile',
    async (offMs) => {
      const { clock, ran, sendDelayed } = await setUp()
      const result = await sendDelayed('relative', 10_000)
      clock.setWallClock(clock.now() + offMs)

      await clock.advance(9_999)
      expect(ran).toEqual([])
      await clock.advance(1)

      expect(await result.get()).toBeNull()
    },
  )

  it('that the broker has not kept is held to its eta', async () => {
    const { clock, ran, send } = await setUp()

    const result = await send('moved-by-hand', { etaAt: clock.now() + 10_000, delayMs: 10_000 })
    await until(() => clock.waiting > 0)
    await clock.advance(9_999)
    expect(ran).toEqual([])
    await clock.advance(1)

    expect(await result.get()).toBeNull()
  })

  it('longer than the broker keeps messages is held to its eta, and goes round again', async () => {
    const { clock, ran, app, sendDelayed } = await setUp()
    const broker = await app.broker()
    Object.defineProperty(broker, 'capabilities', { value: { ...broker.capabilities, maxDelayMs: 5000 } })

    const result = await sendDelayed('in-steps', 12_000, 5000)
    await clock.advance(11_999)
    expect(ran).toEqual([])
    await clock.advance(1)

    expect(await result.get()).toBeNull()
  })
})

describe('a message that expires', () => {
  it.each<[string, { etaIn?: number; expiresIn: number }]>([
    ['at once', { expiresIn: 0 }],
    ['before its eta, which is not waited for', { etaIn: 900, expiresIn: -1 }],
    ['long before an eta that is far ahead', { etaIn: HOUR, expiresIn: -1 }],
  ])('%s is revoked', async (_when, { etaIn, expiresIn }) => {
    const { app, clock, send, ran } = await setUp()
    const etaAt = etaIn === undefined ? undefined : clock.now() + etaIn

    const result = await send('gone', { etaAt, expiresAt: clock.now() + expiresIn })

    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(await app.inspect('taskalope.dead')).toMatchObject({ messages: 0 })
    expect(ran).toEqual([])
  })

  it.each([900, 1500, HOUR])('while its eta in %i ms is waited for is revoked', async (etaIn) => {
    const { clock, send, ran } = await setUp()
    const result = await send('between', { etaAt: clock.now() + etaIn, expiresAt: clock.now() + etaIn - 500 })
    await until(() => clock.waiting > 0)

    await clock.advance(etaIn + 1000)

    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(ran).toEqual([])
  })
})
