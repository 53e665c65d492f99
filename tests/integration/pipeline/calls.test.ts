/** The road of a call: declared, sent, run, answered; the same on both brokers. */
import { expect, it } from 'vitest'
import { currentTask, sendTask, task, Task, tasks, type TaskContext } from '../../../src/index.js'
import { deadLetterOf, onBothBrokers, type Road } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

const add = task('calls.add', async (a: number, b: number) => a + b)
const echo = task('calls.echo', (...values: unknown[]) => values)
const fails = task('calls.fails', () => {
  throw new RangeError('upstream said 502')
})
const whoAmI = task('calls.who', function (this: TaskContext) {
  const { id, attempt, queue, rootId, parentId, headers, taskName } = this
  return {
    id,
    attempt,
    queue,
    rootId,
    parentId: parentId ?? null,
    headers,
    taskName,
    same: currentTask() === this,
  }
})
const callsAnother = task('calls.outer', async () => {
  const inner = await whoAmI.delay()
  return inner.get({ timeout: '10s' })
})

@task({ name: 'calls.greet' })
class Greet extends Task {
  #prefix = 'Hello'
  async run(name: string): Promise<string> {
    return `${this.#greeting()} ${name}`
  }
  #greeting(): string {
    return this.#prefix
  }
}

class Emails {
  constructor(readonly from = 'nobody') {}
  @task({ name: 'calls.welcome' })
  async welcome(to: string): Promise<string> {
    return `${this.from} to ${to}`
  }
  @task({ name: 'calls.sweep' })
  static sweep(days: number): number {
    return days * 2
  }
}

async function running(road: Road, queue: string, options: Parameters<Road['app']>[0] = {}) {
  const app = road.app({ defaultQueue: road.queue(queue), ...options })
  app.registry.add(add, echo, fails, whoAmI, callsAnother, Greet, Emails)
  const worker = tracked(app.worker({ queues: [app.defaultQueue], concurrency: 4 }))
  await worker.start()
  return { app, worker }
}

onBothBrokers('a call', (road) => {
  it('of a function, a class or a method is carried out and answered', async () => {
    const { app } = await running(road, 'kinds')

    const results = await app.run(() =>
      Promise.all([
        add.delay(2, 3),
        Greet.delay('Ada'),
        tasks(Emails).welcome.delay('Bob'),
        tasks(Emails).sweep.delay(4),
      ]),
    )

    expect(await Promise.all(results.map((result) => result.get({ timeout: '10s' })))).toEqual([
      5,
      'Hello Ada',
      'nobody to Bob',
      8,
    ])
  })

  it('runs on the instance the app resolves, also when that takes a while', async () => {
    const { app } = await running(road, 'resolve', {
      resolve: async (cls) => (cls === (Emails as unknown) ? new Emails('di') : new cls()) as never,
    })

    const result = await app.run(() => tasks(Emails).welcome.delay('Eve'))

    expect(await result.get({ timeout: '10s' })).toBe('di to Eve')
  })

  it('gets its values back as what they were', async () => {
    const { app } = await running(road, 'values')
    const values = [
      new Date('2030-01-02T03:04:05.678Z'),
      new Map<unknown, unknown>([['a', new Set([1, 2])]]),
      2n ** 70n,
      new Uint8Array([0, 255, 128]),
      { nested: [null, true, 'ü\u2028', { deep: [1.5] }] },
    ]

    const result = await app.run(() => echo.delay(...values))

    const back = await result.get({ timeout: '10s' })
    expect(back).toEqual(values.map((value) => (value instanceof Uint8Array ? expect.anything() : value)))
    expect(Buffer.from((back as Uint8Array[])[3] as Uint8Array)).toEqual(Buffer.from([0, 255, 128]))
  })

  it('knows who it is, and whom it belongs to', async () => {
    const { app } = await running(road, 'lineage')

    const outer = await app.run(() => callsAnother.applyAsync([], { taskId: 'the-outer-one' }))
    const direct = await app.run(() => whoAmI.applyAsync([], { headers: { tenant: 'acme', shard: 7 } }))

    expect(await outer.get({ timeout: '10s' })).toMatchObject({
      rootId: 'the-outer-one',
      parentId: 'the-outer-one',
      attempt: 1,
    })
    expect(await direct.get({ timeout: '10s' })).toEqual({
      id: direct.id,
      taskName: 'calls.who',
      attempt: 1,
      queue: road.queue('lineage'),
      rootId: direct.id,
      parentId: null,
      headers: { tenant: 'acme', shard: 7 },
      same: true,
    })
  })

  it('that fails tells its caller what was thrown', async () => {
    const { app } = await running(road, 'failure')

    const result = await app.run(() => fails.delay())

    await expect(result.get({ timeout: '10s' })).rejects.toMatchObject({
      code: 'ERR_TASK_FAILED',
      message: expect.stringMatching(/"calls\.fails".*upstream said 502/),
      remote: { name: 'RangeError', message: 'upstream said 502' },
    })
    expect(await result.state()).toBe('FAILURE')
  })

  it('tells its progress while it runs', async () => {
    const { app } = await running(road, 'progress')
    const seen: unknown[] = []
    const reports = task('calls.reports', async function (this: TaskContext) {
      await this.progress(0.25)
      await until(() => seen.length === 1)
      await this.progress(0.75, { step: 'resize' })
      await until(() => seen.length === 2)
      return 'done'
    })
    app.registry.add(reports)

    const result = await app.run(() => reports.delay())
    for await (const step of result.progress) {
      expect(await result.state()).toBe('PROGRESS')
      seen.push(step)
    }

    expect(seen).toEqual([{ fraction: 0.25 }, { fraction: 0.75, meta: { step: 'resize' } }])
    expect(await result.get({ timeout: '10s' })).toBe('done')
  })

  it('by name reaches a task this process has no code for, with keyword arguments as the last one', async () => {
    const { app } = await running(road, 'by-name')

    const sum = await app.run(() => sendTask<number>('calls.add', [2, 3]))
    const values = await app.run(() =>
      sendTask<unknown[]>('calls.echo', [1, 2n ** 60n], { kwargs: { width: 100 } }),
    )

    expect(await sum.get({ timeout: '10s' })).toBe(5)
    expect(await values.get({ timeout: '10s' })).toEqual([1, 2n ** 60n, { width: 100 }])
  })

  it('made in bulk is confirmed in bulk, in order, with progress', async () => {
    const { app } = await running(road, 'bulk')
    const told: number[] = []
    const pairs = Array.from({ length: 250 }, (_, index) => [index, 1] as [number, number])

    const results = await app.run(() =>
      add.delayMany(pairs, { onProgress: (confirmed) => told.push(confirmed) }),
    )

    expect(await Promise.all(results.map((result) => result.get({ timeout: '10s' })))).toEqual(
      pairs.map(([a]) => a + 1),
    )
    expect(told).toStrictEqual(pairs.map((_, index) => index + 1))
  })

  it.each(['one by one', 'in bulk'])(
    'is run in the order it was made, from the very first: %s',
    async (how) => {
      const app = road.app({ defaultQueue: road.queue(`order-${how.length}`) })
      const order: number[] = []
      const note = task('calls.note', (n: number) => void order.push(n))
      app.registry.add(note)
      const numbers = Array.from({ length: 20 }, (_, n) => n)

      const results = await app.run(() =>
        how === 'in bulk'
          ? note.delayMany(numbers.map((n) => [n]))
          : Promise.all(numbers.map((n) => note.delay(n))),
      )
      await tracked(app.worker({ concurrency: 1 })).start()
      await Promise.all(results.map((result) => result.get({ timeout: '10s' })))

      expect(order).toEqual(numbers)
    },
  )

  it('that ignores its result runs, and says so when asked for it', async () => {
    const { app } = await running(road, 'ignored')
    let ran: () => void = () => {}
    const done = new Promise<void>((resolve) => (ran = resolve))
    const quiet = task({ name: 'calls.quiet', ignoreResult: true }, () => ran())
    app.registry.add(quiet)

    const result = await app.run(() => quiet.delay())

    await done
    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_NO_BACKEND' })
  })

  it('that expired is not run, and its caller is told', async () => {
    const { app } = await running(road, 'expired')

    const result = await app.run(() => add.applyAsync([1, 2], { expires: 0 }))

    await expect(result.get({ timeout: '10s' })).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(await result.state()).toBe('REVOKED')
  })

  it.each([
    ['cannot travel', () => ({ callback: () => {} }), 'ERR_RESULT_UNSENDABLE', /callback/],
    ['is too large', () => 'x'.repeat(5000), 'ERR_RESULT_TOO_LARGE', /bytes/],
  ] as const)('whose result %s has failed, once, and says why', async (_what, result, code, text) => {
    const { app } = await running(road, 'unsendable', { limits: { bodyBytes: 4096 } })
    let runs = 0
    const bad = task('calls.bad', (): unknown => {
      runs += 1
      return result()
    })
    app.registry.add(bad)

    const answer = await app.run(() => bad.delay())

    await expect(answer.get({ timeout: '10s' })).rejects.toMatchObject({
      code: 'ERR_TASK_FAILED',
      message: expect.stringMatching(text),
    })
    expect((await deadLetterOf(app, answer.id)).headers).toMatchObject({ 'taskalope-error-code': code })
    expect(runs).toBe(1)
  })

  it('to a queue of its own choice is run by whoever works there', async () => {
    const { app, worker } = await running(road, 'own-choice')
    const fast = road.queue('fast-lane')
    await worker.consume(fast)

    const result = await app.run(() => whoAmI.applyAsync([], { queue: fast }))

    expect(await result.get({ timeout: '10s' })).toMatchObject({ queue: fast })
  })
})

onBothBrokers('a call that cannot be sent', (road) => {
  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['a function', () => echo.delay({ list: [1, () => {}] }), 'ERR_VALUE_UNSENDABLE', /\[0\]\.list\[1\]/],
    ['NaN', () => echo.delay([NaN]), 'ERR_VALUE_UNSENDABLE', /\[0\]\[0\]/],
    [
      'a hostile getter',
      () =>
        echo.delay({
          get x() {
            throw new Error('no')
          },
        }),
      'ERR_VALUE_UNSENDABLE',
      /calls\.echo/,
    ],
    ['a bad id', () => add.applyAsync([1, 2], { taskId: '' }), 'ERR_TASK_ID', /taskId/],
    ['a bad queue', () => add.applyAsync([1, 2], { queue: 'amq.x' }), 'ERR_QUEUE_NAME', /amq\.x/],
    ['a bad priority', () => add.applyAsync([1, 2], { priority: 10 }), 'ERR_PRIORITY_RANGE', /10/],
    ['a bad expiry', () => add.applyAsync([1, 2], { expires: -1 }), 'ERR_DELAY_INVALID', /expires/],
    [
      'a header of the protocol',
      () => add.applyAsync([1, 2], { headers: { task: 'x' } }),
      'ERR_HEADER_INVALID',
      /task/,
    ],
    [
      'an unknown option',
      () => add.applyAsync([1, 2], { prioritty: 1 } as object),
      'ERR_OPTION_UNKNOWN',
      /"priority"/,
    ],
  ])('for %s rejects, and never throws', async (_what, call, code, text) => {
    const app = road.app({ defaultQueue: road.queue('unsent') })

    const rejected = app.run(call)

    await expect(rejected).rejects.toMatchObject({ code, message: expect.stringMatching(text) })
    expect((await app.inspect(app.defaultQueue))?.messages ?? 0).toBe(0)
  })

  it('in bulk is found before the first is sent', async () => {
    const app = road.app({ defaultQueue: road.queue('unsent-bulk') })

    await expect(app.run(() => echo.delayMany([[1], [Symbol('x')]]))).rejects.toMatchObject({
      code: 'ERR_VALUE_UNSENDABLE',
    })

    expect((await app.inspect(app.defaultQueue))?.messages ?? 0).toBe(0)
  })

  it('after the app was closed says so', async () => {
    const app = road.app()
    await app.close()

    await expect(app.run(() => add.delay(1, 2))).rejects.toMatchObject({
      code: 'ERR_NOT_SENT',
      reason: 'closed',
    })
  })

  it('changes nothing when its arguments are changed after the call', async () => {
    const { app } = await running(road, 'snapshot')
    const list = [1, 2]

    const sending = app.run(() => echo.delay(list))
    list.push(3)

    expect(await (await sending).get({ timeout: '10s' })).toEqual([[1, 2]])
  })
})
