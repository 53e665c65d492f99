/** What a worker does with its slots, its hooks and its end; the same on both brokers. */
import { expect, it } from 'vitest'
import { Ignore, type Registry, Reject, task, Task, type TaskContext } from '../../../src/index.js'
import { deadLetterOf, onBothBrokers, type Road } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

/** A gate tasks wait at until the test opens it. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open: () => open(), opened }
}

type Declared = Parameters<Registry['add']>

async function started(road: Road, queue: string, declared: Declared, options: object = {}) {
  const app = road.app({ defaultQueue: road.queue(queue) })
  app.registry.add(...declared)
  const worker = tracked(app.worker({ queues: [app.defaultQueue], concurrency: 4, ...options }))
  await worker.start()
  return { app, worker }
}

onBothBrokers('a worker', (road) => {
  it('never runs more attempts at a time than it has slots', async () => {
    let running = 0
    let most = 0
    const busy = task('worker.busy', async () => {
      most = Math.max(most, ++running)
      await until(() => most >= 3, { intervalMs: 1 })
      running -= 1
    })
    const { app } = await started(road, 'slots', [busy], { concurrency: 3, prefetch: 20 })

    const results = await app.run(() => busy.delayMany(Array.from({ length: 60 }, () => [] as [])))
    await Promise.all(results.map((result) => result.get({ timeout: '10s' })))

    expect(most).toBe(3)
  })

  it('is not held up by one long task, whose neighbours are acknowledged meanwhile', async () => {
    const long = gate()
    const slow = task('worker.slow', () => long.opened)
    const quick = task('worker.quick', (n: number) => n)
    const { app, worker } = await started(road, 'long', [slow, quick], { concurrency: 4, prefetch: 4 })
    await app.run(() => slow.delay())

    const results = await app.run(() =>
      quick.delayMany(Array.from({ length: 40 }, (_, n) => [n] as [number])),
    )
    await Promise.all(results.map((result) => result.get({ timeout: '10s' })))
    await worker.stop({ timeout: 0 })

    // Only the long one goes back: were the others acknowledged behind it in order, they would too.
    await until(async () => (await app.inspect(app.defaultQueue))?.messages === 1)
    long.open()
  })

  it('calls the hooks of a class in order, with the request', async () => {
    const told: unknown[] = []
    @task({ name: 'worker.hooked' })
    class Hooked extends Task {
      run(fail: boolean): string {
        told.push('run')
        if (fail) throw new Error('no')
        return 'yes'
      }
      override beforeStart(request: TaskContext) {
        told.push(['beforeStart', request.attempt])
      }
      override onSuccess(result: unknown) {
        told.push(['onSuccess', result])
      }
      override onFailure(error: unknown, request: TaskContext) {
        told.push(['onFailure', (error as Error).message, request.args])
      }
      override afterRun(outcome: string) {
        told.push(['afterRun', outcome])
      }
    }
    const { app } = await started(road, 'hooks', [Hooked], { concurrency: 1 })

    await (await app.run(() => Hooked.delay(false))).get({ timeout: '10s' })
    await (await app.run(() => Hooked.delay(true))).get({ timeout: '10s' }).catch(() => {})

    expect(told).toEqual([
      ['beforeStart', 1],
      'run',
      ['onSuccess', 'yes'],
      ['afterRun', 'succeeded'],
      ['beforeStart', 1],
      'run',
      ['onFailure', 'no', [true]],
      ['afterRun', 'failed'],
    ])
  })

  it('goes on when a hook throws', async () => {
    const hooked = task(
      {
        name: 'worker.bad-hooks',
        beforeStart: () => Promise.reject(new Error('one')),
        onSuccess: () => {
          throw new Error('two')
        },
        afterRun: () => {
          throw undefined
        },
      },
      () => 'still',
    )
    const { app } = await started(road, 'bad-hooks', [hooked])

    const result = await app.run(() => hooked.delay())

    expect(await result.get({ timeout: '10s' })).toBe('still')
  })

  it('parks what failed for good, byte for byte, and says why', async () => {
    const broken = task('worker.broken', (_secret: string) => {
      throw new TypeError('cannot\u001b[31m')
    })
    const { app, worker } = await started(road, 'parks', [broken])

    const result = await app.run(() => broken.applyAsync(['a'], { headers: { tenant: 'acme' } }))
    await result.get({ timeout: '10s' }).catch(() => {})
    const dead = await deadLetterOf(app, result.id)

    expect(JSON.parse(Buffer.from(dead.body).toString())).toEqual([['a'], {}, expect.anything()])
    expect(dead.properties).toMatchObject({ contentType: 'application/json', correlationId: result.id })
    expect(dead.headers).toMatchObject({
      task: 'worker.broken',
      id: result.id,
      tenant: 'acme',
      'taskalope-error-code': 'ERR_TASK_FAILED',
      'taskalope-error-class': 'TypeError',
      'taskalope-error-message': 'cannot\\u001b[31m',
      'taskalope-error-queue': app.defaultQueue,
      'taskalope-error-worker': worker.name,
      'taskalope-error-attempts': 1,
    })
  })

  it('parks what its task rejects, and forgets what its task ignores', async () => {
    const rejects = task('worker.rejects', () => {
      throw new Reject('not for us')
    })
    const ignores = task('worker.ignores', () => {
      throw new Ignore()
    })
    const { app } = await started(road, 'signals', [rejects, ignores])

    const ignored = await app.run(() => ignores.delay())
    const rejected = await app.run(() => rejects.delay())

    await expect(rejected.get({ timeout: '10s' })).rejects.toThrow(/not for us/)
    const dead = await deadLetterOf(app, rejected.id)
    expect(dead.headers).toMatchObject({ id: rejected.id, 'taskalope-error-code': 'ERR_REJECTED' })
    expect(await ignored.state()).toBe('PENDING')
    await until(async () => (await app.inspect(app.defaultQueue))?.messages === 0)
  })

  it('does not park what says deadLetter: false', async () => {
    const expendable = task({ name: 'worker.expendable', deadLetter: false }, () => {
      throw new Error('so what')
    })
    const { app } = await started(road, 'expendable', [expendable])
    await app.purge(`${app.namespace}.dead`)

    const result = await app.run(() => expendable.delay())
    await result.get({ timeout: '10s' }).catch(() => {})
    await app.close()

    const after = road.app()
    await (await after.broker()).connect()
    expect((await after.inspect(`${app.namespace}.dead`))?.messages ?? 0).toBe(0)
  })

  it.each([undefined, null, 'text', 5, Symbol('s'), Object.create(null), { message: { toString: null } }])(
    'survives a task that throws %o',
    async (thrown) => {
      const throws = task({ name: 'worker.throws', deadLetter: false }, () => {
        throw thrown
      })
      const { app } = await started(road, 'odd-throws', [throws])

      const result = await app.run(() => throws.delay())

      await expect(result.get({ timeout: '10s' })).rejects.toMatchObject({ code: 'ERR_TASK_FAILED' })
    },
  )
})

onBothBrokers('a worker that is stopped', (road) => {
  it('lets what runs finish, and gives back what waits', async () => {
    const hold = gate()
    const entered = gate()
    const held = task('worker.held', async (n: number) => {
      entered.open()
      await hold.opened
      return n
    })
    const { app, worker } = await started(road, 'drain', [held], { concurrency: 1, prefetch: 5 })
    const results = await app.run(() => held.delayMany([[1], [2], [3]]))
    await entered.opened

    const stopping = worker.stop()
    hold.open()

    expect(await stopping).toEqual({ forced: false, abandoned: 0 })
    expect(await results[0]!.get({ timeout: '10s' })).toBe(1)
    await until(async () => (await app.inspect(app.defaultQueue))?.messages === 2)
  })

  it('by force aborts the signal, and what ends by that runs again elsewhere', async () => {
    const entered = gate()
    let runs = 0
    const obedient = task('worker.obedient', function (this: TaskContext) {
      runs += 1
      if (runs > 1) return 'second time'
      entered.open()
      return new Promise((_, reject) =>
        this.signal.addEventListener('abort', () => reject(this.signal.reason as Error)),
      )
    })
    const { app, worker } = await started(road, 'force', [obedient])
    const result = await app.run(() => obedient.delay())
    await entered.opened

    expect(await worker.stop({ timeout: 0 })).toMatchObject({ forced: true })
    const next = tracked(app.worker({ queues: [app.defaultQueue] }))
    await next.start()

    expect(await result.get({ timeout: '10s' })).toBe('second time')
    expect(runs).toBe(2)
  })

  it('by force leaves behind a task that does not listen, and gives its message back', async () => {
    const entered = gate()
    const hold = gate()
    const deaf = task('worker.deaf', () => {
      entered.open()
      return hold.opened
    })
    const { app, worker } = await started(road, 'deaf', [deaf])
    await app.run(() => deaf.delay())
    await entered.opened

    expect(await worker.stop({ timeout: 0 })).toEqual({ forced: true, abandoned: 1 })

    await until(async () => (await app.inspect(app.defaultQueue))?.messages === 1)
    hold.open()
  })

  it('before it was started, or twice, is fine', async () => {
    const app = road.app()
    const never = app.worker()
    const { worker } = await started(road, 'twice', [])

    expect(await never.stop()).toEqual({ forced: false, abandoned: 0 })
    expect(await Promise.all([worker.stop(), worker.stop()])).toEqual([
      { forced: false, abandoned: 0 },
      { forced: false, abandoned: 0 },
    ])
  })

  it('by closing its app drains first', async () => {
    const entered = gate()
    const hold = gate()
    const held = task('worker.close', async () => {
      entered.open()
      await hold.opened
      return 'done'
    })
    const { app } = await started(road, 'close', [held])
    const result = await app.run(() => held.delay())
    await entered.opened

    const closing = app.close()
    hold.open()
    await closing

    expect(await result.state()).toBe('SUCCESS')
  })
})
