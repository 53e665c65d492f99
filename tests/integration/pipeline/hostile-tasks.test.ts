/** Tasks, hooks and containers that misbehave: each attempt ends once, with its own story, and the worker goes on; the same on both brokers. */
import { expect, it } from 'vitest'
import { silentLogger, type Logger, type Registry, Task, task, tasks } from '../../../src/index.js'
import { deadLetterOf, onBothBrokers, type Road } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'

type Declared = Parameters<Registry['add']>
type Options = Parameters<Road['app']>[0]

const fine = task('hostile.fine', () => 'fine')

async function started(road: Road, queue: string, declared: Declared, options: Options = {}) {
  const app = road.app({ defaultQueue: road.queue(queue), ...options })
  app.registry.add(fine, ...declared)
  const worker = tracked(app.worker({ queues: [app.defaultQueue], concurrency: 1, prefetch: 1 }))
  await worker.start()
  return app
}

const no = (): never => {
  throw new Error('a trap of the proxy')
}

const PROXY_TRAPS: ProxyHandler<Error> = { get: no, getPrototypeOf: no, has: no, ownKeys: no }

/** What goes wrong whenever somebody looks at it. */
const thrownByKind: Record<string, () => unknown> = {
  'a proxy whose traps all throw': () => new Proxy(new Error('inside'), PROXY_TRAPS),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  'an error with an enumerable getter that throws': () =>
    Object.defineProperty(new Error('with a getter'), 'details', { get: no, enumerable: true }),
  'an error that passes for one of the library, with a code that is no text': () =>
    Object.assign(new Error('forged'), { [Symbol.for('taskalope.error/1')]: true, code: { toString: no } }),
}

onBothBrokers('a task that throws', (road) => {
  it.each(Object.keys(thrownByKind))('%s has failed, once', async (kind) => {
    let runs = 0
    const throws = task('hostile.throws', () => {
      runs += 1
      throw thrownByKind[kind]?.()
    })
    const app = await started(road, 'throws', [throws])

    const result = await app.run(() => throws.delay())

    await expect(result.get({ timeout: '8s' })).rejects.toMatchObject({ code: 'ERR_TASK_FAILED' })
    expect((await deadLetterOf(app, result.id)).headers).toMatchObject({
      'taskalope-error-code': 'ERR_TASK_FAILED',
      'taskalope-error-attempts': 1,
    })
    expect(await (await app.run(() => fine.delay())).get({ timeout: '8s' })).toBe('fine')
    expect(runs).toBe(1)
  })
})

onBothBrokers('a task whose result', (road) => {
  it.each<[string, object, () => unknown]>([
    [
      'fits alone, but not in the answer that carries it',
      { limits: { bodyBytes: 4096 } },
      () => 'x'.repeat(4080),
    ],
    ['is as deep as a body may be', { limits: { depth: 8 } }, () => [[[[[[[[]]]]]]]]],
    [
      'cannot be read twice',
      {},
      () => {
        let reads = 0
        return {
          get value() {
            reads += 1
            return reads > 1 ? no() : reads
          },
        }
      },
    ],
  ])('%s runs once and is answered', async (_what, options, result) => {
    let runs = 0
    const returns = task('hostile.returns', (): unknown => {
      runs += 1
      return result()
    })
    const app = await started(road, 'returns', [returns], options)

    const answer = await app.run(() => returns.delay())
    await answer.get({ timeout: '8s' }).catch(() => {})

    expect(await answer.ready()).toBe(true)
    expect(await (await app.run(() => fine.delay())).get({ timeout: '8s' })).toBe('fine')
    expect(runs).toBe(1)
  })

  it('is spoilt by its own onSuccess hook has failed, and says why', async () => {
    const spoils = task(
      { name: 'hostile.spoils', onSuccess: (value) => Object.assign(value as object, { f: () => {} }) },
      () => ({ n: 1 }),
    )
    const app = await started(road, 'spoils', [spoils])

    const answer = await app.run(() => spoils.delay())

    await expect(answer.get({ timeout: '8s' })).rejects.toThrow(/function/)
    expect((await deadLetterOf(app, answer.id)).headers).toMatchObject({
      'taskalope-error-code': 'ERR_RESULT_UNSENDABLE',
    })
  })

  it('cannot even be told as a failure, within the limits, is answered without its story', async () => {
    const fails = task('hostile.wordy', () => {
      throw new Error('x'.repeat(8000))
    })
    const app = await started(road, 'wordy', [fails], { limits: { bodyBytes: 1024 } })

    const answer = await app.run(() => fails.delay())

    await expect(answer.get({ timeout: '8s' })).rejects.toMatchObject({ code: 'ERR_TASK_FAILED' })
  })
})

onBothBrokers('a hook', (road) => {
  it('that cannot even be read changes nothing', async () => {
    @task({ name: 'hostile.hook-getters' })
    class Getters extends Task {
      run(): string {
        return 'ran'
      }
    }
    for (const hook of ['beforeStart', 'onSuccess', 'afterRun']) {
      Object.defineProperty(Getters.prototype, hook, { get: no })
    }
    const app = await started(road, 'hook-getters', [Getters])

    const result = await app.run(() => Getters.delay())

    expect(await result.get({ timeout: '8s' })).toBe('ran')
  })
})

onBothBrokers('a logger', (road) => {
  it.each(['info', 'error', 'warn'] as const)(
    'whose %s() throws costs no task its outcome',
    async (level) => {
      const logger: Logger = { ...silentLogger, [level]: no }
      const fails = task('hostile.logged', () => {
        throw new Error('its own story')
      })
      const app = await started(road, `logger-${level}`, [fails], { logger })

      const failed = await app.run(() => fails.delay())
      const good = await app.run(() => fine.delay())

      await expect(failed.get({ timeout: '8s' })).rejects.toThrow(/its own story/)
      expect(await good.get({ timeout: '8s' })).toBe('fine')
    },
  )
})

class Emails {
  @task({ name: 'hostile.welcome' })
  welcome(): string {
    return 'welcome'
  }
}

onBothBrokers('a container', (road) => {
  it.each<[string, () => unknown, RegExp]>([
    ['throws', no, /a trap/],
    ['rejects', () => Promise.reject(new Error('no such service')), /no such service/],
    ['gives nothing', () => undefined, /has no method welcome\(\)/],
    ['gives something else', () => ({ welcome: 'text' }), /has no method welcome\(\)/],
  ])('that %s makes the task fail with that story', async (_what, resolve, story) => {
    const app = await started(road, 'container', [Emails], { resolve: resolve as never })

    const result = await app.run(() => tasks(Emails).welcome.delay())

    await expect(result.get({ timeout: '8s' })).rejects.toMatchObject({
      code: 'ERR_TASK_FAILED',
      message: expect.stringMatching(story),
      attempts: 1,
    })
  })
})
