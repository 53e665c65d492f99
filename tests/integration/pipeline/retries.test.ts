/** Tasks that fail and are tried again, from the first throw to the result or the dead letter; the same on both brokers. */
import { expect, it } from 'vitest'
import {
  createRetry,
  currentTask,
  Ignore,
  type Logger,
  type Registry,
  Reject,
  retry,
  Retry,
  silentLogger,
  type TaskalopeOptions,
  task,
  Task,
  type TaskRequest,
} from '../../../src/index.js'
import { deadLetterOf, drain, onBothBrokers, type Road } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

type Declared = Parameters<Registry['add']>

async function started(road: Road, queue: string, declared: Declared, options: TaskalopeOptions = {}) {
  const app = road.app({ defaultQueue: road.queue(queue), ...options })
  app.registry.add(...declared)
  await tracked(app.worker({ queues: [app.defaultQueue], concurrency: 4 })).start()
  return app
}

const WAIT = { timeout: '10s' } as const
const AT_ONCE = { delay: 0 } as const

class HttpError extends Error {
  constructor(readonly status: number) {
    super(`the upstream said ${status}`)
    this.name = 'HttpError'
  }
}

onBothBrokers('a task with a retry policy', (road) => {
  it.each([0, 1, 2, 5])('that fails %i times and then succeeds has run once more often', async (failures) => {
    const attempts: unknown[] = []
    const flaky = retry({ ...AT_ONCE, max: 5 })(
      task('retries.flaky', function (this: TaskRequest) {
        attempts.push([this.attempt, this.retries])
        if (this.attempt <= failures) throw new Error(`failure ${this.attempt}`)
        return 'done'
      }),
    )
    const app = await started(road, 'flaky', [flaky])

    const result = await app.run(() => flaky.delay())

    expect(await result.get(WAIT)).toBe('done')
    expect(attempts).toEqual(
      Array.from({ length: failures + 1 }, (_, used) => [used + 1, used === 0 ? {} : { default: used }]),
    )
    await until(async () => (await app.inspect(app.defaultQueue))?.messages === 0)
  })

  it('that always fails runs max times more, fails with its last error, and is parked with the story', async () => {
    let runs = 0
    const hopeless = retry({ ...AT_ONCE, max: 3 })(
      task('retries.hopeless', () => {
        runs += 1
        throw new TypeError(`run ${runs} failed`)
      }),
    )
    const app = await started(road, 'hopeless', [hopeless])

    const result = await app.run(() => hopeless.delay())

    await expect(result.get(WAIT)).rejects.toMatchObject({
      code: 'ERR_TASK_FAILED',
      attempts: 4,
      remote: { name: 'TypeError', message: 'run 4 failed' },
    })
    const { headers } = await deadLetterOf(app, result.id)
    expect(headers).toMatchObject({
      'taskalope-error-code': 'ERR_TASK_FAILED',
      'taskalope-error-message': 'run 4 failed',
      'taskalope-error-attempts': 4,
      'taskalope-retries': '{"default":3}',
      retries: 3,
    })
    expect(headers['taskalope-error-first-failed-at']).toBe(headers['taskalope-first-failed-at'])
    expect(runs).toBe(4)
  })

  it('that says deadLetter: false is parked by nobody, however often it failed', async () => {
    const expendable = retry({ ...AT_ONCE, max: 1 })(
      task({ name: 'retries.expendable', deadLetter: false }, () => {
        throw new Error('so what')
      }),
    )
    const app = await started(road, 'expendable', [expendable])
    const before = (await app.inspect(`${app.namespace}.dead`))?.messages ?? 0

    const result = await app.run(() => expendable.delay())

    await expect(result.get(WAIT)).rejects.toMatchObject({ attempts: 2 })
    await app.close()
    const after = road.app()
    await (await after.broker()).connect()
    expect((await after.inspect(`${app.namespace}.dead`))?.messages ?? 0).toBe(before)
  })

  it('asks the topmost that matches, and each has its own budget', async () => {
    const onBusy = createRetry({
      key: 'busy',
      on: HttpError,
      when: (e) => e.status === 503,
      ...AT_ONCE,
      max: 2,
    })
    const onAny = createRetry({ ...AT_ONCE, max: 3 })
    const script = [503, 500, 503, 500, 500, 200]
    const seen: unknown[] = []
    @onBusy
    @onAny
    @task({ name: 'retries.stacked' })
    class Stacked extends Task {
      run(): string {
        const { attempt, retries } = this.request
        seen.push({ ...retries })
        const status = script[attempt - 1] as number
        if (status >= 500) throw new HttpError(status)
        return 'through'
      }
    }
    const app = await started(road, 'stacked', [Stacked])

    const result = await app.run(() => Stacked.delay())

    expect(await result.get(WAIT)).toBe('through')
    expect(seen).toEqual([
      {},
      { busy: 1 },
      { busy: 1, default: 1 },
      { busy: 2, default: 1 },
      { busy: 2, default: 2 },
      { busy: 2, default: 3 },
    ])
  })

  it('whose budget is used up fails, and does not fall through to a lower one', async () => {
    const onBusy = createRetry({ key: 'busy', on: HttpError, ...AT_ONCE, max: 1 })
    const onAny = createRetry({ ...AT_ONCE, max: 50 })
    const stacked = onBusy(
      onAny(
        task('retries.no-fall-through', () => {
          throw new HttpError(503)
        }),
      ),
    )
    const app = await started(road, 'fall', [stacked])

    const result = await app.run(() => stacked.delay())

    await expect(result.get(WAIT)).rejects.toMatchObject({ attempts: 2 })
  })

  it('runs at most maxRuns times, whatever its policies allow', async () => {
    const bounded = retry({ ...AT_ONCE, max: Infinity })(
      task({ name: 'retries.bounded', maxRuns: 3 }, () => {
        throw new Error('again')
      }),
    )
    const app = await started(road, 'bounded', [bounded])

    const result = await app.run(() => bounded.delay())

    await expect(result.get(WAIT)).rejects.toMatchObject({ attempts: 3 })
  })

  it('is not asked when the task throws Reject or Ignore', async () => {
    let runs = 0
    const rejects = retry(AT_ONCE)(
      task('retries.rejects', () => {
        runs += 1
        throw new Reject('not for us')
      }),
    )
    const ignores = retry(AT_ONCE)(
      task('retries.ignores', () => {
        runs += 1
        throw new Ignore()
      }),
    )
    const app = await started(road, 'signals', [rejects, ignores])

    const ignored = await app.run(() => ignores.delay())
    const rejected = await app.run(() => rejects.delay())

    await expect(rejected.get(WAIT)).rejects.toThrow(/not for us/)
    expect((await deadLetterOf(app, rejected.id)).headers).toMatchObject({
      'taskalope-error-code': 'ERR_REJECTED',
      'taskalope-error-attempts': 1,
    })
    await until(async () => (await app.inspect(app.defaultQueue))?.messages === 0)
    expect([runs, await ignored.state()]).toEqual([2, 'PENDING'])
  })

  it('is not asked about a result that cannot be sent: what the task did is done', async () => {
    let runs = 0
    const unsendable = retry(AT_ONCE)(
      task('retries.unsendable', () => {
        runs += 1
        return { f: () => {} }
      }),
    )
    const app = await started(road, 'unsendable', [unsendable])

    const result = await app.run(() => unsendable.delay())

    await expect(result.get(WAIT)).rejects.toThrow(/function/)
    expect(runs).toBe(1)
  })

  it('hears of a rejection after a retry when the first attempt failed', async () => {
    const turnsBad = retry(AT_ONCE)(
      task('retries.turns-bad', function (this: TaskRequest) {
        throw this.attempt === 1 ? new Error('once') : new Reject('no use')
      }),
    )
    const app = await started(road, 'turns-bad', [turnsBad])

    const result = await app.run(() => turnsBad.delay())
    const { headers } = await deadLetterOf(app, result.id)

    expect(headers['taskalope-error-attempts']).toBe(2)
    expect(headers['taskalope-error-first-failed-at']).toBe(headers['taskalope-first-failed-at'])
  })
})

onBothBrokers('a task that asks for its retry itself', (road) => {
  it('is tried again without any policy, three times, and fails with the cause', async () => {
    let runs = 0
    const asks = task('retries.asks', function (this: TaskRequest) {
      runs += 1
      throw new Retry({ ...AT_ONCE, cause: new RangeError(`run ${runs}`) })
    })
    const app = await started(road, 'asks', [asks])

    const result = await app.run(() => asks.delay())

    await expect(result.get(WAIT)).rejects.toMatchObject({
      attempts: 4,
      remote: { name: 'RangeError', message: 'run 4' },
    })
    expect((await deadLetterOf(app, result.id)).headers).toMatchObject({
      'taskalope-retries': '{"explicit":3}',
      'taskalope-error-class': 'RangeError',
    })
  })

  it('without a cause fails with words of ours', async () => {
    const asks = task('retries.asks-for-nothing', () => {
      throw new Retry({ ...AT_ONCE, max: 1 })
    })
    const app = await started(road, 'no-cause', [asks])

    const result = await app.run(() => asks.delay())

    await expect(result.get(WAIT)).rejects.toThrow(
      /"retries\.asks-for-nothing" asked to be tried again, giving no cause, .* \(1 retry under "explicit"\)/,
    )
    expect((await deadLetterOf(app, result.id)).headers).toMatchObject({
      'taskalope-error-code': 'ERR_TASK_FAILED',
    })
  })

  it.each<[string, (task: Task) => never]>([
    ['this.retry() of a class', (self) => self.retry({ ...AT_ONCE, key: 'mine', max: 1 })],
    ['this.request.retry()', (self) => self.request.retry({ ...AT_ONCE, key: 'mine', max: 1 })],
    ['currentTask().retry()', () => currentTask()!.retry({ ...AT_ONCE, key: 'mine', max: 1 })],
  ])('by %s ends its attempt there, with a budget of the name it says', async (_how, ask) => {
    const seen: unknown[] = []
    @task({ name: 'retries.shorthand' })
    class Shorthand extends Task {
      run(): string {
        seen.push({ ...this.request.retries })
        if (this.request.attempt > 1) return 'the second time'
        ask(this)
        seen.push('went on')
        return 'not reached'
      }
    }
    const app = await started(road, 'shorthand', [Shorthand])

    const result = await app.run(() => Shorthand.delay())

    expect(await result.get(WAIT)).toBe('the second time')
    expect(seen).toEqual([{}, { mine: 1 }])
  })

  it.each<[string, object, string]>([
    ['the cause', { cause: new RangeError('the cause') }, 'RangeError: the cause'],
    ['the Retry itself, where it has no cause', {}, 'Retry: The task asked to be tried again.'],
  ])('has its hooks told of %s', async (_what, options, words) => {
    const told: string[] = []
    const asks = task(
      { name: 'retries.told-cause', onRetry: (error) => void told.push(String(error)) },
      function (this: TaskRequest) {
        if (this.attempt === 1) throw new Retry({ ...AT_ONCE, ...options })
      },
    )
    const app = await started(road, 'told-cause', [asks])

    await (await app.run(() => asks.delay())).get(WAIT)

    expect(told).toEqual([words])
  })

  it('stands above its policies, which then have not been asked', async () => {
    let asked = 0
    const both = retry({ ...AT_ONCE, when: () => (asked += 1) > 0 })(
      task('retries.above', function (this: TaskRequest) {
        if (this.attempt === 1) throw new Retry(AT_ONCE)
        return this.retries
      }),
    )
    const app = await started(road, 'above', [both])

    const result = await app.run(() => both.delay())

    expect(await result.get(WAIT)).toEqual({ explicit: 1 })
    expect(asked).toBe(0)
  })

  it('and swallows it has succeeded with what it returns', async () => {
    let runs = 0
    const swallows = task('retries.swallows', () => {
      runs += 1
      try {
        return currentTask()!.retry(AT_ONCE)
      } catch {
        return 'as if nothing had been'
      }
    })
    const app = await started(road, 'swallows', [swallows])

    const result = await app.run(() => swallows.delay())

    expect(await result.get(WAIT)).toBe('as if nothing had been')
    expect(runs).toBe(1)
  })

  it('is bounded by maxRuns as well', async () => {
    const asks = task({ name: 'retries.asks-bounded', maxRuns: 2 }, () => {
      throw new Retry({ ...AT_ONCE, max: 10, cause: new Error('the cause') })
    })
    const app = await started(road, 'asks-bounded', [asks])

    const result = await app.run(() => asks.delay())

    await expect(result.get(WAIT)).rejects.toMatchObject({ attempts: 2, remote: { message: 'the cause' } })
  })
})

onBothBrokers('between two attempts', (road) => {
  it('the state is RETRY with the error, get() waits on, and the message is the same call', async () => {
    const fails = retry({ key: 'http', delay: '1s', max: 2 })(
      task('retries.between', function (this: TaskRequest) {
        if (this.attempt === 1) throw new HttpError(502)
        return 'well'
      }),
    )
    const app = await started(road, 'between', [fails])

    const result = await app.run(() => fails.applyAsync([], { headers: { tenant: 'acme' } }))
    const waiting = result.get(WAIT)
    await until(async () => (await result.state()) === 'RETRY')

    expect([await result.ready(), await result.failed()]).toEqual([false, false])
    expect(await waiting).toBe('well')
    expect(await result.state()).toBe('SUCCESS')
  })

  it('the message keeps id, callers and body, and says what was used', async () => {
    const app = road.app({ defaultQueue: road.queue('on-the-wire') })
    const other = road.queue('on-the-wire-first')
    const fails = retry({ key: 'http', delay: '1s', max: 2 })(
      task({ name: 'retries.wire', queue: other }, (_what: string) => {
        throw new HttpError(502)
      }),
    )
    app.registry.add(fails)
    const first = tracked(app.worker({ queues: [other] }))
    await first.start()

    const result = await app.run(() => fails.applyAsync(['payload'], { headers: { tenant: 'acme' } }))
    await until(async () => (await result.state()) === 'RETRY')
    await first.stop()
    const [next] = await drain(await app.broker(), other)

    expect(JSON.parse(Buffer.from(next!.body).toString())).toEqual([['payload'], {}, expect.anything()])
    expect(next!.headers).toMatchObject({
      id: result.id,
      root_id: result.id,
      task: 'retries.wire',
      tenant: 'acme',
      retries: 1,
      'taskalope-retries': '{"http":1}',
      'taskalope-delay': 1000,
      eta: expect.stringMatching(/^\d{4}-.*\+00:00$/),
      'taskalope-first-failed-at': expect.stringMatching(/Z$/),
    })
    expect(next!.properties.correlationId).toBe(result.id)
    if (road.kind === 'rabbitmq') expect(next!.properties.replyTo).toMatch(/./)
  })
})

onBothBrokers('a retry', (road) => {
  it('tells the hooks and the log in order, each attempt once', async () => {
    const told: unknown[] = []
    const lines: unknown[] = []
    const note = (fields: object, message: string) => void lines.push([message, fields])
    const logger: Logger = { ...silentLogger, warn: note, error: note }
    @retry({ key: 'http', delay: 0, max: 1 })
    @task({ name: 'retries.told' })
    class Told extends Task {
      run(): void {
        throw new HttpError(500)
      }
      override onRetry(error: unknown, notice: object, request: TaskRequest) {
        told.push(['onRetry', (error as Error).message, notice, request.attempt])
      }
      override onFailure(error: unknown, request: TaskRequest) {
        told.push(['onFailure', (error as Error).message, request.attempt])
      }
      override afterRun(outcome: string, request: TaskRequest) {
        told.push(['afterRun', outcome, request.attempt])
      }
    }
    const app = await started(road, 'told', [Told], { logger })

    const result = await app.run(() => Told.delay())
    await result.get(WAIT).catch(() => {})

    const notice = { delayMs: 0, policy: 'http', retry: 1, max: 1, nextAt: expect.any(Date) }
    expect(told).toEqual([
      ['onRetry', 'the upstream said 500', notice, 1],
      ['afterRun', 'retried', 1],
      ['onFailure', 'the upstream said 500', 2],
      ['afterRun', 'failed', 2],
    ])
    expect(lines).toEqual([
      [
        'task failed (attempt 1); retry 1/1 under "http" at once',
        expect.objectContaining({ policy: 'http', retry: 1, max: 1, attempt: 1, delayMs: 0, id: result.id }),
      ],
      [
        'task failed for good (attempt 2): its 1 retry under "http" is used up; its message is parked',
        expect.objectContaining({ policy: 'http', max: 1, attempt: 2 }),
      ],
    ])
  })

  it('of which onRetry throws is made all the same', async () => {
    const hooked = retry(AT_ONCE)(
      task(
        {
          name: 'retries.bad-hook',
          onRetry: () => {
            throw undefined
          },
        },
        function (this: TaskRequest) {
          if (this.attempt === 1) throw new Error('once')
          return 'well'
        },
      ),
    )
    const app = await started(road, 'bad-hook', [hooked])

    expect(await (await app.run(() => hooked.delay())).get(WAIT)).toBe('well')
  })

  it('is decided where currentTask() is the attempt, in when, max, delay and key', async () => {
    const seen = new Set<string>()
    const look = <T>(word: string, answer: T): T => {
      const { id, attempt } = currentTask()!
      seen.add(`${word} ${id} ${attempt}`)
      return answer
    }
    const asks = retry({
      when: () => look('when', true),
      max: () => look('max', 2),
      delay: () => look('delay', 0),
      key: () => look('key', 'k'),
    })(
      task('retries.context', function (this: TaskRequest) {
        if (this.attempt === 1) throw new Error('once')
        return this.retries
      }),
    )
    const app = await started(road, 'context', [asks])

    const result = await app.run(() => asks.applyAsync([], { taskId: `context-${road.kind}` }))

    expect(await result.get(WAIT)).toEqual({ k: 1 })
    expect([...seen].toSorted()).toEqual(
      ['delay', 'key', 'max', 'when'].map((word) => `${word} context-${road.kind} 1`),
    )
  })

  it('by Python counts against every budget', async () => {
    const counts = retry({ ...AT_ONCE, max: 5 })(
      task('retries.python', () => {
        throw new Error('still')
      }),
    )
    const app = await started(road, 'python', [counts])
    const headers = { task: 'retries.python', id: `python-${road.kind}`, retries: 4 }
    const body = Buffer.from('[[],{},null]')
    const properties = { contentType: 'application/json', contentEncoding: 'utf-8' }

    await (await app.broker()).publish({ routingKey: app.defaultQueue }, { body, properties, headers })

    const dead = await deadLetterOf(app, headers.id)
    expect(dead.headers).toMatchObject({
      retries: 5,
      'taskalope-retries': '{"default":1}',
      'taskalope-error-attempts': 6,
    })
  })
})
