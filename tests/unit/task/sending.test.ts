/** The sending half against brokers that are slow, gone or closed: every call settles in its time, and says what became of it. */
import { describe, expect, it } from 'vitest'
import { createMemoryBroker } from '../../../src/broker/memory-broker.js'
import {
  BrokerError,
  Registry,
  sendTask,
  silentLogger,
  Taskalope,
  task,
  type Broker,
  type CallOptions,
  type TaskalopeOptions,
} from '../../../src/index.js'
import { encodeCall } from '../../../src/task/enqueue.js'
import { signature } from '../../../src/task/signature.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { DEFAULT_LIMITS } from '../../../src/serialization/limits.js'
import { tracked } from '../../support/tracked.js'

const add = task('sending.add', (a: number, b: number) => a + b)
const never = () => new Promise<never>(() => {})

function makeApp(options: TaskalopeOptions = {}) {
  const registry = new Registry()
  registry.add(add)
  const app = new Taskalope({
    ...{ broker: 'memory://', registry, logger: silentLogger, embeddedWorker: false, defaultQueue: 'q' },
    ...options,
  })
  return tracked(app)
}

/** An embedded broker, some of whose methods behave as told. */
function brokerThat(behaviour: Partial<Broker>) {
  const broker = createMemoryBroker()
  return Object.defineProperties(broker, Object.getOwnPropertyDescriptors(behaviour))
}

const encode = (options: CallOptions = {}) =>
  encodeCall(signature({ taskName: 'add', args: [1, 2], options }), {
    serializer: jsonSerializer(DEFAULT_LIMITS),
    clock: { now: () => 1000, monotonic: () => 0, after: () => ({ stop() {} }) },
    origin: 'gen1@here',
    defaultQueue: 'q',
  })

describe('encoding a call', () => {
  it('gives each call an id of its own, its own root, and the default queue', () => {
    const [one, other] = [encode(), encode()]

    expect(one.message.id).not.toBe(other.message.id)
    expect(one.message).toMatchObject({ rootId: one.message.id, correlationId: one.message.id, retries: 0 })
    expect(one).toMatchObject({ queue: 'q', timeoutMs: undefined })
  })

  it('takes what the options say', () => {
    const expires = new Date(5000)

    const call = encode({
      ...{ taskId: 'mine', queue: 'mail', priority: 3, expires, ignoreResult: true, publishTimeout: '2s' },
      headers: { tenant: 'acme', none: undefined },
    })

    expect(call).toMatchObject({ queue: 'mail', timeoutMs: 2000 })
    expect(call.message).toMatchObject({ id: 'mine', priority: 3, expiresAt: 5000, ignoreResult: true })
    expect(call.wire.headers).toMatchObject({ id: 'mine', tenant: 'acme' })
    expect(call.wire.headers).not.toHaveProperty('none')
  })

  it('refuses a publishTimeout that is none, and headers that cannot be read', () => {
    const headers = {
      get tenant(): string {
        throw new Error('no')
      },
    }

    expect(() => encode({ publishTimeout: -1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_DELAY_INVALID',
        message: expect.stringContaining('"publishTimeout" of "add"'),
      }),
    )
    expect(() => encode({ headers })).toThrow(expect.objectContaining({ code: 'ERR_HEADER_INVALID' }))
  })
})

describe('a call that cannot leave', () => {
  it.each<[string, Partial<Broker>, string]>([
    ['there is no connection', { declare: never, ready: false }, 'disconnected'],
    ['the broker does not answer', { declare: never, ready: true }, 'timeout'],
    [
      'there is no queue for the answer',
      {
        createResultBackend: () => ({ replyTo: never, close: () => Promise.resolve() }) as never,
      },
      'timeout',
    ],
  ])('because %s says within its time that nothing was sent', async (_why, behaviour, reason) => {
    const app = makeApp({ broker: brokerThat(behaviour) })

    await expect(app.run(() => add.applyAsync([1, 2], { publishTimeout: 30 }))).rejects.toMatchObject({
      ...{ code: 'ERR_NOT_SENT', reason },
      message: expect.stringMatching(
        /^"sending\.add" was not sent within 30 ms: .*Sending it again is safe\.$/,
      ),
    })
  })

  it("has the app's time where it names none", async () => {
    const app = makeApp({ broker: brokerThat({ declare: never }), publishTimeout: 30 })

    await expect(app.run(() => add.delay(1, 2))).rejects.toMatchObject({ code: 'ERR_NOT_SENT' })
  })

  it('because the connection is lost says that nothing was sent, and why', async () => {
    const lost = new BrokerError('ERR_CONNECTION_LOST', 'No connection to amqp://x. Trying again is safe.')
    const app = makeApp({ broker: brokerThat({ declare: () => Promise.reject(lost) }) })

    await expect(app.run(() => add.delay(1, 2))).rejects.toMatchObject({
      ...{ code: 'ERR_NOT_SENT', reason: 'disconnected', cause: lost },
      message: '"sending.add" was not sent. No connection to amqp://x. Trying again is safe.',
    })
  })

  it('leaves to publishing the time that preparing did not take', async () => {
    const given: (number | undefined)[] = []
    const broker = brokerThat({
      publish: async (_to, _message, options) => void given.push(options?.timeoutMs),
    })
    const app = makeApp({ broker })

    await app.run(() => add.applyAsync([1, 2], { publishTimeout: 5000 }))

    expect(given[0]).toBeGreaterThan(0)
    expect(given[0]).toBeLessThanOrEqual(5000)
  })

  it('settles when the app is closed under it', async () => {
    const app = makeApp()

    const sending = app.run(() => add.delay(1, 2)).catch((error: unknown) => error)
    await app.close()

    expect(await sending).toSatisfy(
      (outcome: { code?: string; id?: string }) =>
        outcome.code === 'ERR_NOT_SENT' || outcome.id !== undefined,
    )
  })
})

describe('a bulk send', () => {
  it('of nothing gives nothing', async () => {
    expect(await makeApp({ embeddedWorker: true }).run(() => add.delayMany([]))).toEqual([])
  })

  it('says how many were confirmed when one cannot be sent, and sends no more', async () => {
    let published = 0
    const broker = brokerThat({
      publish: async () => {
        published += 1
        if (published === 3)
          throw new BrokerError('ERR_REFUSED', 'The queue is full.', { reason: 'queue-full' })
      },
    })
    const calls = Array.from({ length: 5000 }, () => [1, 2] as [number, number])

    await expect(makeApp({ broker }).run(() => add.delayMany(calls))).rejects.toMatchObject({
      ...{ name: 'BrokerError', code: 'ERR_REFUSED', reason: 'queue-full' },
      message: expect.stringMatching(/^The queue is full\. \d+ of 5000 calls were confirmed\.$/),
    })
    expect(published).toBeLessThan(5000)
  })

  it('ends with what its progress callback throws', async () => {
    let told = 0
    const onProgress = () => {
      told += 1
      throw new Error('the client went away')
    }
    const calls = Array.from({ length: 3000 }, () => [1, 2] as [number, number])

    await expect(makeApp().run(() => add.delayMany(calls, { onProgress }))).rejects.toThrow(
      'client went away',
    )

    expect(told).toBeLessThan(3000)
  })

  it.each<[string, unknown, string]>([
    ['null', null, 'ERR_OPTION_INVALID'],
    ['an unknown option', { onprogress() {} }, 'ERR_OPTION_UNKNOWN'],
    ['a callback that is none', { onProgress: 5 }, 'ERR_OPTION_INVALID'],
  ])('refuses %s before anything is sent', async (_what, options, code) => {
    const app = makeApp()

    await expect(app.run(() => add.delayMany([[1, 2]], options as never))).rejects.toMatchObject({
      ...{ name: 'PayloadError', code },
    })
    expect(await app.inspect('q')).toBeUndefined()
  })
})

describe('sendTask()', () => {
  it.each<[string, unknown, unknown, string]>([
    ['options that are null', [], null, 'ERR_OPTION_INVALID'],
    ['options that are text', [], 'mail', 'ERR_OPTION_INVALID'],
    ['keyword arguments that are a list', [], { kwargs: [1] }, 'ERR_ARGUMENTS'],
    ['keyword arguments that are null', [], { kwargs: null }, 'ERR_ARGUMENTS'],
    ['arguments that are none', {}, {}, 'ERR_ARGUMENTS'],
  ])('refuses %s', async (_what, args, options, code) => {
    const app = makeApp()

    await expect(app.run(() => sendTask('x', args as never, options as never))).rejects.toMatchObject({
      code,
    })
  })
})
