/** A worker's life on the embedded broker: started and stopped in every order, with everything that can go wrong on the way. */
import { describe, expect, it } from 'vitest'
import {
  currentTask,
  Registry,
  silentLogger,
  Taskalope,
  task,
  Worker,
  type Broker,
  type TaskalopeOptions,
  type WorkerOptions,
} from '../../../src/index.js'
import { createMemoryBroker } from '../../../src/broker/memory-broker.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

/** A promise for the test to settle. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open: () => open(), opened }
}

function makeApp(options: TaskalopeOptions = {}) {
  const registry = new Registry()
  return tracked(
    new Taskalope({
      ...{ broker: 'memory://', registry, logger: silentLogger, embeddedWorker: false, defaultQueue: 'q' },
      ...options,
    }),
  )
}

/** A task that says when it runs, and goes on until it is let go. */
function heldTask(name: string) {
  const entered = gate()
  const hold = gate()
  const held = task(name, async () => {
    entered.open()
    await hold.opened
    return 'done'
  })
  return { held, entered, hold }
}

/** An embedded broker on which consuming this queue waits at a gate. */
function slowBroker(slowQueue: string) {
  const broker = createMemoryBroker()
  const asked = gate()
  const answer = gate()
  const { consume } = broker
  broker.consume = async (queue, ...rest) => {
    if (queue === slowQueue) {
      asked.open()
      await answer.opened
    }
    return consume.call(broker, queue, ...rest)
  }
  return { broker, asked, answer }
}

const consumersOf = async (broker: Broker, queue: string) => (await broker.inspect(queue))?.consumers

describe('a worker that is stopped while it starts', () => {
  it('lets what runs already finish, and is not forced', async () => {
    const { held, entered, hold } = heldTask('life.held')
    const { broker, asked } = slowBroker('slow')
    const app = makeApp({ broker })
    app.registry.add(held)
    const worker = app.worker({ queues: ['q', 'slow'] })
    const starting = worker.start()
    await asked.opened
    const result = await app.run(() => held.delay())
    await entered.opened

    const stopping = worker.stop()
    hold.open()

    expect(await stopping).toEqual({ forced: false, abandoned: 0 })
    expect(await result.get({ timeout: '5s' })).toBe('done')
    void starting
  })

  it('does not wait for a broker that does not answer, and closes the consumer that comes late', async () => {
    const { broker, asked, answer } = slowBroker('slow')
    const app = makeApp({ broker })
    const worker = app.worker({ queues: ['slow'] })
    const starting = worker.start()
    await asked.opened

    expect(await worker.stop()).toEqual({ forced: false, abandoned: 0 })
    answer.open()
    await starting

    expect(await consumersOf(broker, 'slow')).toBe(0)
    expect(worker.state).toBe('stopped')
  })

  it('before it knows its app never tells that app of itself', async () => {
    const app = makeApp({ embeddedWorker: true })
    const early = task('life.early', () => 'ran')
    app.registry.add(early)
    const worker = app.worker()
    const starting = worker.start()

    await worker.stop()
    await starting

    // The app would leave the work to a worker it believes in.
    expect(await (await app.run(() => early.delay())).get({ timeout: '5s' })).toBe('ran')
  })
})

describe('a worker that was stopped', () => {
  it.each<[string, (worker: Worker) => Promise<unknown>]>([
    ['before it was started', async () => {}],
    ['after it ran', (worker) => worker.start()],
  ])('%s takes nothing on any more', async (_when, before) => {
    const worker = makeApp().worker()
    await before(worker)
    await worker.stop()

    await expect(worker.consume('more')).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    expect(worker.state).toBe('stopped')
  })

  it('cannot be started', async () => {
    const worker = makeApp().worker()
    await worker.stop()

    await expect(worker.start()).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: 'The worker is stopped and cannot be started. Make another one.',
    })
  })
})

describe('stop()', () => {
  it('of an idle worker is not forced, not even with no time at all', async () => {
    const worker = makeApp().worker()
    await worker.start()

    expect(await worker.stop({ timeout: 0 })).toEqual({ forced: false, abandoned: 0 })
  })

  it('called again with a shorter timeout hurries the first', async () => {
    const { held, entered } = heldTask('life.hurried')
    const app = makeApp()
    app.registry.add(held)
    const worker = app.worker()
    await worker.start()
    await app.run(() => held.delay())
    await entered.opened

    const first = worker.stop({ timeout: '1h' })
    const second = worker.stop({ timeout: 20 })
    const third = worker.stop({ timeout: '1h' })

    expect(await Promise.all([first, second, third])).toEqual(
      Array.from({ length: 3 }, () => ({ forced: true, abandoned: 1 })),
    )
  })

  it('counts what ended by its signal as cut short, but not as left behind', async () => {
    const entered = gate()
    const obedient = task('life.obedient', () => {
      const { signal } = currentTask()!
      entered.open()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    })
    const app = makeApp()
    app.registry.add(obedient)
    const worker = app.worker()
    await worker.start()
    await app.run(() => obedient.delay())
    await entered.opened

    expect(await worker.stop({ timeout: 0 })).toEqual({ forced: true, abandoned: 0 })
    expect(worker.cutShort).toBe(1)
  })

  it.each(['beforeStart', 'onSuccess', 'afterRun'])('gets past a hook %s that never ends', async (hook) => {
    const entered = gate()
    const hangs = () => {
      entered.open()
      return new Promise(() => {})
    }
    let runs = 0
    const hung = task({ name: 'life.hung', [hook]: hangs }, () => void (runs += 1))
    const app = makeApp()
    app.registry.add(hung)
    const worker = app.worker()
    await worker.start()
    await app.run(() => hung.delay())
    await entered.opened

    expect(worker.running).toBe(1)
    expect(await worker.stop({ timeout: 0 })).toMatchObject({ forced: true })

    // What was done counts as done; what was not begun is not begun any more.
    const back = (await app.inspect('q'))?.messages
    expect({ runs, back }).toEqual(hook === 'beforeStart' ? { runs: 0, back: 1 } : { runs: 1, back: 0 })
  })

  it('does not begin what was being prepared, even where that ends in time', async () => {
    const entered = gate()
    const beforeStart = () => {
      entered.open()
      const { signal } = currentTask()!
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    }
    let runs = 0
    const prepared = task({ name: 'life.prepared', beforeStart }, () => void (runs += 1))
    const app = makeApp()
    app.registry.add(prepared)
    const worker = app.worker()
    await worker.start()
    await app.run(() => prepared.delay())
    await entered.opened

    expect(await worker.stop({ timeout: 0 })).toEqual({ forced: true, abandoned: 0 })

    expect({ runs, back: (await app.inspect('q'))?.messages }).toEqual({ runs: 0, back: 1 })
  })

  it('rejects, and does not throw, for a timeout that is none', async () => {
    await expect(makeApp().worker().stop({ timeout: -1 })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })

  it('survives a consumer that cannot be closed', async () => {
    const broker = createMemoryBroker()
    const { consume } = broker
    broker.consume = async (...args) => {
      const consumer = await consume.apply(broker, args)
      const { queue } = consumer
      const fail = () => Promise.reject(new Error('no connection'))
      return { queue, attached: true, cancel: fail, close: fail }
    }
    const worker = makeApp({ broker }).worker()
    await worker.start()

    expect(await worker.stop()).toEqual({ forced: false, abandoned: 0 })
    expect(worker.state).toBe('stopped')
  })
})

describe('the signal of an attempt', () => {
  it('leaves no listener with the worker, whoever asked for it, and whenever', async () => {
    const added = new Set<unknown>()
    const prototype = AbortSignal.prototype as Record<'addEventListener' | 'removeEventListener', unknown>
    const { addEventListener, removeEventListener } = AbortSignal.prototype
    prototype.addEventListener = function (this: AbortSignal, type: string, listener: () => void) {
      added.add(listener)
      addEventListener.call(this, type, listener)
    }
    prototype.removeEventListener = function (this: AbortSignal, type: string, listener: () => void) {
      added.delete(listener)
      removeEventListener.call(this, type, listener)
    }
    const later: (() => AbortSignal)[] = []
    const asks = task({ name: 'life.asks', afterRun: () => void currentTask()!.signal }, () => {
      const context = currentTask()!
      later.push(() => context.signal)
    })
    const app = makeApp()
    app.registry.add(asks)
    const worker = app.worker()

    try {
      await worker.start()
      for (let i = 0; i < 3; i += 1) await (await app.run(() => asks.delay())).get({ timeout: '5s' })
      await until(() => worker.running === 0)
      for (const signal of later) expect(signal().aborted).toBe(false)

      expect(added.size).toBe(0)
    } finally {
      Object.assign(prototype, { addEventListener, removeEventListener })
    }
  })
})

it('many attempts with a signal at a time are no leak, and warn of none', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  const hold = gate()
  let listening = 0
  const listens = task('life.listens', async () => {
    currentTask()!.signal.addEventListener('abort', () => {})
    listening += 1
    await hold.opened
  })
  const app = makeApp()
  app.registry.add(listens)
  await app.worker({ concurrency: 30 }).start()

  const results = await app.run(() => listens.delayMany(Array.from({ length: 30 }, () => [] as [])))
  await until(() => listening === 30)
  hold.open()
  await Promise.all(results.map((result) => result.get({ timeout: '5s' })))
  // Node emits a warning a tick later.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', onWarning)

  expect(warnings).toEqual([])
})

describe('the options of a worker', () => {
  it.each<[string, unknown, string]>([
    ['an unknown one', { concurency: 5 }, 'ERR_OPTION_UNKNOWN'],
    ['no object', 5, 'ERR_OPTION_INVALID'],
    ['null', null, 'ERR_OPTION_INVALID'],
    ['queues as text', { queues: 'images' }, 'ERR_OPTION_INVALID'],
    ['queues that are null', { queues: null }, 'ERR_OPTION_INVALID'],
    ['no queues', { queues: [] }, 'ERR_OPTION_INVALID'],
    ['an empty queue name', { queues: ['a', ' '] }, 'ERR_OPTION_INVALID'],
    ['a queue name that is a number', { queues: [5] }, 'ERR_OPTION_INVALID'],
    ['a queue of the broker', { queues: ['amq.direct'] }, 'ERR_OPTION_INVALID'],
    ['a concurrency of 0', { concurrency: 0 }, 'ERR_OPTION_INVALID'],
    ['a fraction', { concurrency: 1.5 }, 'ERR_OPTION_INVALID'],
    ['a huge concurrency', { concurrency: 1e9 }, 'ERR_OPTION_INVALID'],
    ['a prefetch that cannot be shown', { prefetch: Object.create(null) }, 'ERR_OPTION_INVALID'],
    ['a negative timeout', { shutdownTimeout: -1 }, 'ERR_OPTION_INVALID'],
    ['a timeout that cannot be shown', { shutdownTimeout: Object.create(null) }, 'ERR_OPTION_INVALID'],
    ['a name that is no text', { name: 5 }, 'ERR_OPTION_INVALID'],
    ['an empty name', { name: '' }, 'ERR_OPTION_INVALID'],
    ['a name with a line break', { name: 'a\nb' }, 'ERR_OPTION_INVALID'],
  ])('refuse %s', (_what, options, code) => {
    const make = () => new Worker(makeApp(), options as WorkerOptions)

    expect(make).toThrow(expect.objectContaining({ name: 'DeclarationError', code }))
  })

  it('have the defaults they say', () => {
    const worker = makeApp().worker()

    expect(worker).toMatchObject({ concurrency: 10, prefetch: 10, shutdownTimeoutMs: 25_000, running: 0 })
    expect(worker.name).toMatch(/^taskalope@.+:\d+$/)
    expect(makeApp().worker({ concurrency: 3 }).prefetch).toBe(3)
  })
})
