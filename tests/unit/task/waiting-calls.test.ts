/** Calls that wait before they run: what the broker is handed, how long it is to keep it, and what is refused. */
import { describe, expect, it } from 'vitest'
import { createMemoryBroker } from '../../../src/broker/memory-broker.js'
import {
  Registry,
  silentLogger,
  Taskalope,
  task,
  type Broker,
  type CallOptions,
  type TaskalopeOptions,
  type WireMessage,
} from '../../../src/index.js'
import { signature } from '../../../src/task/signature.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { tracked } from '../../support/tracked.js'

const add = task('waiting.add', (a: number, b: number) => a + b)

describe('a call that waits', () => {
  interface Sent {
    readonly queue: string
    readonly message: WireMessage
    readonly delayMs: number | undefined
    readonly timeoutMs: number | undefined
  }

  /** An app whose broker takes everything, and tells what it was given. */
  function recording(options: TaskalopeOptions = {}, declare: () => Promise<void> = async () => {}) {
    const sent: Sent[] = []
    const behaviour: Partial<Broker> = {
      declare,
      isDeclared: () => false,
      publish: async (to, message, given) =>
        void sent.push({ queue: to.routingKey, message, delayMs: undefined, timeoutMs: given?.timeoutMs }),
      publishDelayed: async (queue, message, delayMs, given) =>
        void sent.push({ queue, message, delayMs, timeoutMs: given?.timeoutMs }),
    }
    const broker = Object.defineProperties(createMemoryBroker(), Object.getOwnPropertyDescriptors(behaviour))
    const registry = new Registry()
    registry.add(add)
    const app = new Taskalope({
      ...{ broker, registry, logger: silentLogger, embeddedWorker: false, defaultQueue: 'q', results: false },
      ...options,
    })
    return { app: tracked(app), sent }
  }

  it('for a countdown is handed over with it, and says both that and when it is due', async () => {
    const clock = new FakeClock(Date.UTC(2030, 0, 1))
    const { app, sent } = recording({ clock })

    await app.run(() => add.applyAsync([1, 2], { countdown: '20m', publishTimeout: '3s' }))

    expect(sent).toEqual([
      {
        ...{ queue: 'q', delayMs: 1_200_000, timeoutMs: 3000 },
        message: expect.objectContaining({
          headers: expect.objectContaining({
            ...{ eta: '2030-01-01T00:20:00+00:00', 'taskalope-delay': 1_200_000, retries: 0 },
          }),
        }),
      },
    ])
  })

  it('until an eta waits for what is left of it when it leaves, and carries no delay of its own', async () => {
    const clock = new FakeClock(1_000_000)
    const { app, sent } = recording({ clock }, () => clock.advance(400))

    await app.run(() => add.applyAsync([1, 2], { eta: new Date(1_005_000) }))

    expect(sent[0]).toMatchObject({
      delayMs: 4600,
      message: { headers: { eta: '1970-01-01T00:16:45+00:00' } },
    })
    expect(sent[0]!.message.headers).not.toHaveProperty('taskalope-delay')
  })

  it('has all of its countdown before it, however long connecting took', async () => {
    const clock = new FakeClock(1_000_000)
    const { app, sent } = recording({ clock }, () => clock.advance(400))

    await app.run(() => add.applyAsync([1, 2], { countdown: 5000 }))

    expect(sent[0]).toMatchObject({ delayMs: 5000, message: { headers: { 'taskalope-delay': 5000 } } })
  })

  it.each([{ countdown: 0 }, { countdown: '0s' }, { eta: new Date(0) }, { eta: '2001-01-01T00:00:00Z' }])(
    'not at all, as with %o, is sent at once',
    async (options) => {
      const { app, sent } = recording()

      await app.run(() => add.applyAsync([1, 2], options as CallOptions))

      expect(sent[0]).toMatchObject({ delayMs: undefined, queue: 'q' })
      expect(sent[0]!.message.headers).not.toHaveProperty('taskalope-delay')
    },
  )

  it('is not ended by an expiration while it waits, not even for a queue of Celery’s', async () => {
    const { app, sent } = recording({ queues: { q: { type: 'celery' } } })

    await app.run(() => add.applyAsync([1, 2], { countdown: '5s', expires: '1m' }))
    await app.run(() => add.applyAsync([1, 2], { expires: '1m' }))

    expect(sent.map(({ message }) => message.properties.expiration)).toEqual([
      undefined,
      expect.stringMatching(/^[56]\d{4}$/),
    ])
    expect(sent[0]!.message.headers['expires']).toEqual(expect.any(String))
  })

  it.each<[string, unknown, string]>([
    ['countdown', { countdown: 'soon' }, 'ERR_DELAY_INVALID'],
    ['eta', { eta: '2026-02-30T00:00:00Z' }, 'ERR_ETA_INVALID'],
    ['both', { eta: new Date(), countdown: 1 }, 'ERR_OPTION_INVALID'],
    ['too far', { countdown: 1e12 }, 'ERR_DELAY_RANGE'],
    ['expires', { countdown: '1h', expires: '30m' }, 'ERR_EXPIRES_BEFORE_ETA'],
  ])('with a wrong %s is refused as a rejection, and nothing is sent', async (_what, options, code) => {
    const { app, sent } = recording()

    await expect(app.run(() => add.applyAsync([1, 2], options as CallOptions))).rejects.toMatchObject({
      ...{ name: 'PayloadError', code },
    })
    expect(sent).toEqual([])
  })

  it('among calls of a bulk send is sent as it asks, beside those that do not wait', async () => {
    const { app, sent } = recording()
    const call = (options: CallOptions) =>
      signature<[number, number], number>({ taskName: 'waiting.add', args: [1, 2], options })

    await app.sendMany([call({ countdown: '5s' }), call({})])

    expect(sent.map(({ delayMs }) => delayMs).toSorted()).toEqual([5000, undefined])
  })
})
