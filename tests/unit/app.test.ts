/** An app by itself: its options, its set-up, its one worker on the embedded broker, and its end. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryBroker } from '../../src/broker/memory-broker.js'
import {
  configure,
  currentTask,
  defaultApp,
  Registry,
  silentLogger,
  Taskalope,
  task,
  Worker,
  type Broker,
  type TaskalopeOptions,
} from '../../src/index.js'
import { tracked } from '../support/tracked.js'
import { until } from '../support/until.js'

function makeApp(options: TaskalopeOptions = {}) {
  const registry = new Registry()
  return tracked(new Taskalope({ broker: 'memory://', registry, logger: silentLogger, ...options }))
}

/** A promise for the test to settle. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open: () => open(), opened }
}

describe('the options of an app', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['null', null, 'ERR_OPTION_INVALID', /must be an object/],
    ['a bare URL', 'amqp://localhost', 'ERR_OPTION_INVALID', /must be an object/],
    ['a near miss', { brokr: 'memory://' }, 'ERR_OPTION_UNKNOWN', /Did you mean "broker"\?/],
    ['nothing like it', { colour: 1 }, 'ERR_OPTION_UNKNOWN', /There are: broker, results/],
    ['an inherited name', JSON.parse('{"constructor":1}'), 'ERR_OPTION_UNKNOWN', /"constructor"/],
    ['a broker that is a number', { broker: 5 }, 'ERR_OPTION_INVALID', /"broker" is 5; it must be a URL/],
    ['a broker that can do nothing', { broker: {} }, 'ERR_OPTION_INVALID', /"broker"/],
    ['results as a URL', { results: 'redis://x' }, 'ERR_OPTION_INVALID', /"results".*true or false/],
    ['queues that are null', { queues: null }, 'ERR_OPTION_INVALID', /"queues"/],
    ['queues as a list', { queues: ['mail'] }, 'ERR_OPTION_INVALID', /"queues"/],
    ['a queue of the broker', { queues: { 'amq.x': {} } }, 'ERR_OPTION_INVALID', /"queues"/],
    ['a queue that is null', { queues: { mail: null } }, 'ERR_OPTION_INVALID', /"queues"/],
    ['a mistyped queue option', { queues: { mail: { typ: 'x' } } }, 'ERR_OPTION_UNKNOWN', /"mail".*"typ"/],
    [
      'an unknown queue type',
      { queues: { mail: { type: 'lazy' } } },
      'ERR_OPTION_INVALID',
      /"mail" is 'lazy'/,
    ],
    ['dead letters that are null', { deadLetters: null }, 'ERR_OPTION_INVALID', /"deadLetters"/],
    ['a mistyped limit', { deadLetters: { maxage: 1 } }, 'ERR_OPTION_INVALID', /"deadLetters".*maxAge/],
    ['an age that is none', { deadLetters: { maxAge: '30' } }, 'ERR_OPTION_INVALID', /"deadLetters.maxAge"/],
    ['an age of nothing', { deadLetters: { maxAge: 0 } }, 'ERR_OPTION_INVALID', /"maxAge".*from 1 s/],
    ['no dead letters', { deadLetters: { maxLength: 0 } }, 'ERR_OPTION_INVALID', /"maxLength".*is 0/],
    ['a length in words', { deadLetters: { maxLength: 'a' } }, 'ERR_OPTION_INVALID', /"maxLength" .*'a'/],
    ['an empty default queue', { defaultQueue: '' }, 'ERR_OPTION_INVALID', /"defaultQueue"/],
    ['a namespace with a space', { namespace: 'a b' }, 'ERR_OPTION_INVALID', /"namespace"/],
    ['a namespace that is a number', { namespace: 5 }, 'ERR_OPTION_INVALID', /"namespace"/],
    ['a resolver that is none', { resolve: {} }, 'ERR_OPTION_INVALID', /"resolve".*function/],
    ['a logger that cannot warn', { logger: { info() {} } }, 'ERR_OPTION_INVALID', /"logger".*warn\(\)/],
    ['a registry that is none', { registry: [] }, 'ERR_OPTION_INVALID', /"registry"/],
    ['a timeout that is none', { publishTimeout: 'soon' }, 'ERR_OPTION_INVALID', /"publishTimeout"/],
    ['a limit of nothing', { limits: { bodyBytes: 0 } }, 'ERR_OPTION_INVALID', /"limits"/],
    ['an unknown limit', { limits: { bytes: 5 } }, 'ERR_OPTION_INVALID', /bodyBytes/],
    ['embeddedWorker as text', { embeddedWorker: 'no' }, 'ERR_OPTION_INVALID', /"embeddedWorker"/],
    ['half a clock', { clock: { now: () => 0 } }, 'ERR_OPTION_INVALID', /"clock"/],
    ['what cannot be shown', { clock: Object.create(null) }, 'ERR_OPTION_INVALID', /"clock"/],
  ])('refuse %s', (_what, options, code, message) => {
    const make = () => new Taskalope(options as TaskalopeOptions)

    expect(make).toThrow(expect.objectContaining({ name: 'DeclarationError', code }))
    expect(make).toThrow(message)
  })

  it('that are undefined count as not given', () => {
    const all = ['broker', 'results', 'queues', 'defaultQueue', 'namespace', 'resolve', 'logger', 'registry']
    const more = ['publishTimeout', 'limits', 'embeddedWorker', 'clock', 'deadLetters']
    const options = Object.fromEntries([...all, ...more].map((name) => [name, undefined]))

    const app = new Taskalope(options)

    expect(app).toMatchObject({ namespace: 'taskalope', defaultQueue: 'taskalope', used: false })
  })

  it.each([
    ['as many dead letters as they say', { maxLength: 2 }, 2],
    ['a million when they say nothing of it', { maxAge: '1d' as const }, 3],
  ])('keep %s', async (_what, deadLetters, kept) => {
    const app = makeApp({ deadLetters })
    const broker = await app.broker()
    await broker.declare({ name: 'short' })
    for (let sent = 0; sent < 3; sent++) {
      const message = { body: Buffer.from('x'), properties: { expiration: '0' }, headers: {} }
      await broker.publish({ routingKey: 'short' }, message)
    }

    expect(await broker.inspect('taskalope.dead')).toMatchObject({ messages: kept })
  })

  it('name queues that are declared as they say', () => {
    const app = new Taskalope({ namespace: 'shop', queues: { mail: { type: 'classic', maxPriority: 10 } } })

    expect(app.defaultQueue).toBe('shop')
    expect(app.queue('mail')).toEqual({ name: 'mail', type: 'classic', maxPriority: 10 })
    expect(app.queue('other')).toEqual({ name: 'other' })
  })
})

describe('the broker of an app', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('has to be named in production, and may be there the next time', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.stubEnv('TASKALOPE_BROKER_URL', '')
    const app = tracked(new Taskalope({ registry: new Registry(), logger: silentLogger }))

    await expect(app.connect()).rejects.toMatchObject({ name: 'DeclarationError', code: 'ERR_NO_BROKER' })
    await expect(app.run(() => app.sendTask('add', [1]))).rejects.toMatchObject({ code: 'ERR_NO_BROKER' })
    expect(app.used).toBe(false)

    vi.stubEnv('TASKALOPE_BROKER_URL', 'memory://')
    await app.connect()
    expect(app.used).toBe(true)
  })

  it('is the embedded one elsewhere', async () => {
    vi.stubEnv('NODE_ENV', 'test')
    vi.stubEnv('TASKALOPE_BROKER_URL', undefined)
    const app = tracked(new Taskalope({ registry: new Registry(), logger: silentLogger }))

    expect((await app.broker()).url).toBe('memory://')
  })
})

describe('one embedded broker given to two apps', () => {
  it('brings the result of one to the other', async () => {
    const broker = createMemoryBroker()
    const [caller, runner] = [makeApp({ broker, embeddedWorker: false }), makeApp({ broker })]
    const shared = task('app.shared', () => 'shared')
    runner.registry.add(shared)
    await runner.worker().start()

    const result = await caller.run(() => shared.delay())

    expect(await result.get({ timeout: '5s' })).toBe('shared')
  })
})

describe('the worker an app starts by itself', () => {
  const hello = task('app.hello', () => 'hello')

  it('carries out what the first call sends, on any queue', async () => {
    const app = makeApp()
    app.registry.add(hello)

    const results = await app.run(() =>
      Promise.all([hello.delay(), hello.applyAsync([], { queue: 'other' }), hello.delay()]),
    )

    expect(await Promise.all(results.map((result) => result.get({ timeout: '5s' })))).toEqual([
      'hello',
      'hello',
      'hello',
    ])
  })

  it('is not started for nothing', async () => {
    const app = makeApp()
    app.registry.add(hello)

    await app.run(() => hello.delayMany([]))

    expect(await app.inspect(app.defaultQueue)).toBeUndefined()
  })

  it('is tried again after it could not start', async () => {
    const broker = createMemoryBroker()
    const { consume } = broker
    let refusals = 1
    broker.consume = (...args) =>
      refusals-- > 0 ? Promise.reject(new Error('not yet')) : consume.apply(broker, args)
    const app = makeApp({ broker })
    app.registry.add(hello)

    await expect(app.run(() => hello.delay())).rejects.toThrow('not yet')
    const result = await app.run(() => hello.delay())

    expect(await result.get({ timeout: '5s' })).toBe('hello')
  })

  it('leaves the work to a worker of the program', async () => {
    const app = makeApp()
    app.registry.add(hello)
    const own = new Worker(app, { queues: ['elsewhere'] })
    await own.start()

    await app.run(() => hello.delay())

    expect((await app.inspect(app.defaultQueue))?.messages).toBe(1)
  })
})

describe('close()', () => {
  it('lets running tasks finish, and what they send be sent; others send nothing any more', async () => {
    const entered = gate()
    const goOn = gate()
    const inner = task('app.inner', () => 'inner')
    const outer = task('app.outer', async () => {
      entered.open()
      await goOn.opened
      return (await inner.delay()).id
    })
    const app = makeApp()
    app.registry.add(inner, outer)
    const result = await app.run(() => outer.delay())
    await entered.opened

    const closing = app.close()
    await expect(app.run(() => inner.delay())).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      reason: 'closed',
    })
    goOn.open()
    await closing

    expect(await result.get()).toEqual(expect.any(String))
    await expect(app.run(() => inner.delay())).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      reason: 'closed',
    })
  })

  it('while the first call is under way settles that call, either way, and leaves nothing running', async () => {
    const app = makeApp()
    const late = task('app.late', () => {})
    app.registry.add(late)

    const sending = app
      .run(() => late.delay())
      .then(
        () => 'sent',
        (error: { code: string }) => error.code,
      )
    await Promise.all([app.close(), app.close()])

    expect(['sent', 'ERR_NOT_SENT']).toContain(await sending)
  })

  it('of an app that was never used keeps it from being used', async () => {
    const app = makeApp()
    await app.close()

    const closed = expect.objectContaining({ code: 'ERR_CONNECTION_LOST', reason: 'closed' })
    await expect(app.connect()).rejects.toEqual(closed)
    await expect(app.worker().start()).rejects.toEqual(closed)
    await expect(app.resultOf('x')).rejects.toEqual(closed)
    expect(app.used).toBe(false)
  })

  it('ends waits for results, those that begin later too', async () => {
    const hold = gate()
    const held = task('app.held', () => hold.opened)
    const app = makeApp({ embeddedWorker: false })
    app.registry.add(held)
    const result = await app.run(() => held.delay())
    const waiting = expect(result.get()).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })

    await app.close()

    await waiting
    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
    await expect((await app.resultOf('other')).get()).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  })

  it("by a task of its own worker ends with that worker's time", async () => {
    let closing: Promise<void> | undefined
    const app = makeApp()
    const closes = task('app.closes', async () => {
      closing = app.close()
      await closing
    })
    app.registry.add(closes)
    const worker = app.worker({ shutdownTimeout: 20 })
    await worker.start()

    await app.run(() => closes.delay())
    await until(() => closing !== undefined)
    await closing

    expect(worker).toMatchObject({ state: 'stopped', cutShort: 1 })
  })
})

describe('configure()', () => {
  it('adds up, survives a mistake, and is refused once the app is in use', async () => {
    const before = defaultApp()
    expect(() => configure({ namespace: 'not one' })).toThrow(/namespace/)
    configure({ namespace: 'adds-up', broker: 'memory://', logger: silentLogger })
    const app = tracked(configure({ defaultQueue: 'own' }))

    expect(app).toMatchObject({ namespace: 'adds-up', defaultQueue: 'own' })
    expect(defaultApp()).toBe(app)
    expect(before).not.toBe(app)

    await app.connect()
    expect(() => configure({ namespace: 'late' })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringContaining('too late') }),
    )
    expect(defaultApp()).toBe(app)
  })
})

it('a task that is run keeps to its own context however many run at a time', async () => {
  const who = task('app.who', async (n: number) => {
    await new Promise((resolve) => setImmediate(resolve))
    return [n, currentTask()?.args[0]]
  })
  const app = makeApp()
  app.registry.add(who)

  const results = await app.run(() => who.delayMany(Array.from({ length: 50 }, (_, n) => [n] as [number])))
  const seen = await Promise.all(results.map((result) => result.get({ timeout: '5s' })))

  expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => [n, n]))
})

it("a broker of one's own that cannot be closed does not keep the workers from being stopped", async () => {
  const broker: Broker = createMemoryBroker()
  const { close } = broker
  broker.close = () => Promise.reject(new Error('no answer'))
  const app = new Taskalope({ broker, registry: new Registry(), logger: silentLogger })
  const worker = app.worker()
  await worker.start()

  await expect(app.close()).rejects.toThrow('no answer')

  expect(worker.state).toBe('stopped')
  await close.call(broker)
})
