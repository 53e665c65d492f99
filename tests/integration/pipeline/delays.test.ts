/** Calls that are not due yet: they wait in the broker, not in a worker, and come out in time; the same on both brokers. */
import { expect, it } from 'vitest'
import { Registry, retry, silentLogger, Taskalope, task, type TaskRequest } from '../../../src/index.js'
import { encodeTaskMessage } from '../../../src/message/codec.js'
import { EMPTY_EMBED, type TaskMessage } from '../../../src/message/task-message.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { DEFAULT_LIMITS } from '../../../src/serialization/limits.js'
import { deadLetterOf, onBothBrokers, type Road } from '../../support/both-brokers.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

/** What is late by more than this was not late by rounding and a busy machine. */
const TOO_LATE_MS = 3000

async function setUp(road: Road, word: string) {
  const startedAt = new Map<string, number>()
  const note = task('delays.note', function (this: TaskRequest) {
    startedAt.set(this.id, Date.now())
  })
  const app = road.app({ defaultQueue: road.queue(word) })
  app.registry.add(note)
  const worker = tracked(app.worker({ queues: [app.defaultQueue], concurrency: 1 }))
  await worker.start()
  return { app, note, worker, startedAt }
}

/** A message as a Celery producer sends it that leaves the waiting to the worker. */
async function sendEta(app: Taskalope, id: string, etaAt: number): Promise<void> {
  const none = undefined
  const message: TaskMessage = {
    ...{ id, taskName: 'delays.note', args: [], kwargs: {}, embed: EMPTY_EMBED, retries: 0, rootId: id },
    ...{ parentId: none, groupId: none, groupIndex: none, expiresAt: none, priority: none, etaAt },
    ...{ softTimeLimitMs: none, hardTimeLimitMs: none, replyTo: none, correlationId: id, origin: none },
    ...{ ignoreResult: true, shadow: none, headers: {} },
  }
  const wire = encodeTaskMessage(message, jsonSerializer(DEFAULT_LIMITS))
  await (await app.broker()).publish({ routingKey: app.defaultQueue }, wire)
}

onBothBrokers('a call with a countdown', (road) => {
  it.each([1, 1500])('of %i ms runs then: never early, and hardly late', async (countdown) => {
    const { app, note, startedAt } = await setUp(road, 'countdown')
    const sentAt = Date.now()

    const result = await app.run(() => note.applyAsync([], { countdown }))
    await result.get({ timeout: '10s' })

    const tookMs = startedAt.get(result.id)! - sentAt
    expect(tookMs).toBeGreaterThanOrEqual(countdown)
    expect(tookMs).toBeLessThan(countdown + TOO_LATE_MS)
  })

  it('does not keep a shorter one waiting that was sent after it', async () => {
    const { app, note, startedAt } = await setUp(road, 'overtaking')

    const later = await app.run(() => note.applyAsync([], { countdown: 2500 }))
    const sooner = await app.run(() => note.applyAsync([], { countdown: 500 }))
    await sooner.get({ timeout: '10s' })

    expect(startedAt.has(later.id)).toBe(false)
    await later.get({ timeout: '10s' })
  })
})

onBothBrokers('a message whose eta is ahead', (road) => {
  it.each([300, 1500])('by %i ms runs then, never early', async (aheadMs) => {
    const { app, startedAt } = await setUp(road, 'eta')
    const etaAt = Date.now() + aheadMs

    await sendEta(app, `eta-${aheadMs}`, etaAt)
    await until(() => startedAt.has(`eta-${aheadMs}`))

    const lateMs = startedAt.get(`eta-${aheadMs}`)! - etaAt
    expect(lateMs).toBeGreaterThanOrEqual(0)
    expect(lateMs).toBeLessThan(TOO_LATE_MS)
  })

  it('goes back to the broker, and the worker holds nothing of it', async () => {
    const { app, note, worker, startedAt } = await setUp(road, 'not-held')

    await Promise.all([1, 2, 3].map((n) => sendEta(app, `hour-${n}`, Date.now() + 3_600_000)))
    const result = await app.run(() => note.delay())
    await result.get({ timeout: '10s' })

    // Had it held one, it would give that back.
    await worker.stop()
    expect((await app.inspect(app.defaultQueue))?.messages).toBe(0)
    expect([...startedAt.keys()]).toEqual([result.id])
  })
})

describeWithRabbit('a retry that RabbitMQ can keep nowhere', (rabbit) => {
  it('ends the task after the one run it had, parked, and not in run after run', async () => {
    const namespace = rabbit.name('meddled')
    const channel = await rabbit.channel()
    await channel.assertQueue(rabbit.name('meddled.delay.5'), { durable: true })
    let runs = 0
    const fails = retry({ delay: '40s' })(
      task('delays.fails', () => {
        runs += 1
        throw new Error('its own story')
      }),
    )
    const registry = new Registry()
    registry.add(fails)
    const options = { broker: rabbit.url, namespace, registry, logger: silentLogger }
    const app = tracked(new Taskalope({ ...options, defaultQueue: rabbit.name('meddled.q') }))
    await tracked(app.worker()).start()

    const result = await app.run(() => fails.delay())

    await expect(result.get({ timeout: '10s' })).rejects.toMatchObject({
      attempts: 1,
      remote: { message: 'its own story' },
    })
    const dead = await deadLetterOf(app, result.id)
    expect(dead.headers).toMatchObject({ 'taskalope-error-message': 'its own story' })
    expect(runs).toBe(1)
  })
})
