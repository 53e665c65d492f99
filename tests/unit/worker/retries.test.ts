/** Retries on a clock that moves when told to: hours of them in milliseconds, and wall clocks that jump. */
import { describe, expect, it } from 'vitest'
import {
  type Logger,
  Registry,
  retry,
  Retry,
  silentLogger,
  Taskalope,
  task,
  type TaskRequest,
} from '../../../src/index.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { deadLetterOf } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function setUp(...declared: Parameters<Registry['add']>) {
  const clock = new FakeClock()
  const registry = new Registry()
  registry.add(...declared)
  const lines: string[] = []
  const note = (_: object, message: string) => void lines.push(message)
  const logger: Logger = { ...silentLogger, warn: note, error: note }
  const app = tracked(
    new Taskalope({ broker: 'memory://', registry, clock, logger, embeddedWorker: false, defaultQueue: 'q' }),
  )
  await app.worker({ concurrency: 1 }).start()
  return { app, clock, lines }
}

/** A task that fails for the first attempts, and when each ran. */
function flaky(failures: number, policy: Parameters<typeof retry>[0]) {
  const ranAt: number[] = []
  let clock: FakeClock
  const made = retry(policy as { delay: '20m' })(
    task('unit.flaky', function (this: TaskRequest) {
      ranAt.push(clock.monotonic())
      if (this.attempt <= failures) throw new Error(`failure ${this.attempt}`)
      return 'done'
    }),
  )
  return { made, ranAt, runOn: (its: FakeClock) => void (clock = its) }
}

describe('retries', () => {
  it('are made of a call that has as many headers as can be sent', async () => {
    const name = 'h'
    const headers = { [name]: 'x'.repeat(32 * 1024 - name.length) }
    const { made, ranAt, runOn } = flaky(3, { delay: 0, key: 'k'.repeat(100) })
    const { app, clock } = await setUp(made)
    runOn(clock)

    const result = await app.run(() => made.applyAsync([], { headers }))

    expect(await result.get()).toBe('done')
    expect(ranAt).toHaveLength(4)
    const tooMany = { ...headers, [`${name}2`]: '' }
    await expect(app.run(() => made.applyAsync([], { headers: tooMany }))).rejects.toMatchObject({
      code: 'ERR_HEADER_INVALID',
    })
  })

  it('of 20 minutes come after 20 minutes each', async () => {
    const { made, ranAt, runOn } = flaky(3, { delay: '20m', max: 3 })
    const { app, clock, lines } = await setUp(made)
    runOn(clock)

    const result = await app.run(() => made.delay())
    await until(() => ranAt.length === 1)
    await clock.advance(HOUR - 1)
    expect(ranAt).toHaveLength(3)
    await clock.advance(1)

    expect(await result.get()).toBe('done')
    expect(ranAt).toEqual([0, 20 * MINUTE, 40 * MINUTE, 60 * MINUTE])
    expect(lines).toEqual([
      'task failed (attempt 1); retry 1/3 under "default" in 20m, at 2025-01-01T00:20:00.000Z',
      'task failed (attempt 2); retry 2/3 under "default" in 20m, at 2025-01-01T00:40:00.000Z',
      'task failed (attempt 3); retry 3/3 under "default" in 20m, at 2025-01-01T01:00:00.000Z',
    ])
  })

  it.each([-HOUR, HOUR, 1000 * HOUR])(
    'come in time when the wall clock is set %i ms off while they wait',
    async (offMs) => {
      const { made, ranAt, runOn } = flaky(1, { delay: '20m' })
      const { app, clock } = await setUp(made)
      runOn(clock)
      const result = await app.run(() => made.delay())
      await until(() => ranAt.length === 1)

      clock.setWallClock(clock.now() + offMs)
      await clock.advance(20 * MINUTE)

      expect(await result.get()).toBe('done')
      expect(ranAt).toEqual([0, 20 * MINUTE])
    },
  )

  it('shorter than a second are made in whole ones, as the broker keeps them, and say so', async () => {
    const { made, ranAt, runOn } = flaky(1, { delay: 300 })
    const { app, clock, lines } = await setUp(made)
    runOn(clock)
    const result = await app.run(() => made.delay())
    await until(() => ranAt.length === 1)

    await clock.advance(1000)

    expect(await result.get()).toBe('done')
    expect(ranAt).toEqual([0, 1000])
    expect(lines).toEqual([expect.stringContaining(' in 1s, at 2025-01-01T00:00:01.000Z')])
  })

  it('that a call stopped being wanted before are not made: it is revoked', async () => {
    const { made, ranAt, runOn } = flaky(1, { delay: '20m' })
    const { app, clock } = await setUp(made)
    runOn(clock)
    const result = await app.run(() => made.applyAsync([], { expires: '10m' }))
    await until(() => ranAt.length === 1)

    await clock.advance(20 * MINUTE)

    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(ranAt).toHaveLength(1)
  })

  it('that are used up leave a dead letter with the time of the first failure', async () => {
    const { made, ranAt, runOn } = flaky(99, { delay: '20m', max: 2 })
    const { app, clock } = await setUp(made)
    runOn(clock)
    const result = await app.run(() => made.delay())
    await until(() => ranAt.length === 1)

    await clock.advance(HOUR)

    await expect(result.get()).rejects.toMatchObject({ attempts: 3 })
    expect((await deadLetterOf(app, result.id)).headers).toMatchObject({
      'taskalope-error-first-failed-at': '2025-01-01T00:00:00.000Z',
      'taskalope-error-at': '2025-01-01T00:40:00.000Z',
    })
  })

  it('a task asks for come when it says', async () => {
    const ranAt: number[] = []
    const asks = task('unit.asks', function (this: TaskRequest) {
      ranAt.push(clock.monotonic())
      if (this.attempt === 1) throw new Retry({ delay: '5m' })
      return 'done'
    })
    const { app, clock } = await setUp(asks)
    const result = await app.run(() => asks.delay())
    await until(() => ranAt.length === 1)

    await clock.advance(5 * MINUTE)

    expect(await result.get()).toBe('done')
    expect(ranAt).toEqual([0, 5 * MINUTE])
  })

  it.each<[string, Parameters<typeof retry>[0], number, RegExp]>([
    [
      'no policy is for it',
      { on: TypeError },
      0,
      /\(attempt 1\): no retry policy is for this error; its mes/,
    ],
    [
      'max is 0',
      { key: 'never', max: 0 },
      0,
      /\(attempt 1\): "never" allows no retry; its message is parked/,
    ],
    [
      'its budget is used up',
      { max: 2, delay: 0 },
      2,
      /\(attempt 3\): its 2 retries under "default" are used/,
    ],
  ])('that are not made, because %s, say why', async (_why, policy, retries, words) => {
    const { made, runOn } = flaky(99, policy)
    const { app, clock, lines } = await setUp(made)
    runOn(clock)

    const result = await app.run(() => made.delay())

    await expect(result.get()).rejects.toMatchObject({ attempts: retries + 1 })
    expect(lines.at(-1)).toMatch(words)
  })

  it('of any number count without an end', async () => {
    const { made, runOn } = flaky(2, { max: Infinity, delay: 0 })
    const { app, clock, lines } = await setUp(made)
    runOn(clock)

    await (await app.run(() => made.delay())).get()

    expect(lines[1]).toBe('task failed (attempt 2); retry 2 under "default" at once')
  })
})

describe('new Retry()', () => {
  it.each<[string, unknown, string]>([
    ['text', '20m', 'ERR_OPTION_INVALID'],
    ['null', null, 'ERR_OPTION_INVALID'],
    ['an error, which would be lost', new Error('cause'), 'ERR_OPTION_INVALID'],
    ['an unknown option', { countdown: 5 }, 'ERR_OPTION_UNKNOWN'],
  ])('refuses %s', (_what, options, code) => {
    expect(() => new Retry(options as object)).toThrow(expect.objectContaining({ code }))
  })

  it('names the option that was meant', () => {
    expect(() => new Retry({ dealy: 5 } as object)).toThrow(/no option "dealy"\. Did you mean "delay"\?/)
  })
})

describe('this.retry() of a task that was called where it stands', () => {
  it('throws Retry to the caller', async () => {
    const local = task('unit.local', function (this: TaskRequest & { retry(o: object): never }) {
      return this.retry({ cause: new Error('because') })
    })

    await expect((async () => local())()).rejects.toMatchObject({
      name: 'Retry',
      cause: { message: 'because' },
    })
  })
})
