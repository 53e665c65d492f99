/** Looks at dead letters, sends them again and drops them: the same on both brokers. */
import { expect, it } from 'vitest'
import type { DeadLetterFilter, MoveReport } from '../../../src/index.js'
import { onBothBrokers } from '../../support/both-brokers.js'
import { until } from '../../support/until.js'
import { Graveyard } from './graveyard.js'

onBothBrokers('dead letters', (road) => {
  it('are listed oldest first, with why they are dead, and stay in their order', async () => {
    const yard = new Graveyard(road, 'list')
    await yard.work()
    await yard.bury(['mail', 1], ['image', 2], ['mail', 3], ['image', 4])

    const [first] = await yard.list()

    expect(first).toMatchObject({
      taskName: 'mail',
      code: 'ERR_TASK_FAILED',
      reason: 'failed',
      errorName: 'TypeError',
      message: 'number 1',
      queue: yard.app.defaultQueue,
      attempts: 1,
      replays: 0,
    })
    expect(first?.age).toBeLessThan(60_000)
    expect(await yard.letters.callOf(first as never)).toEqual({ args: [1], kwargs: {} })
    for (let times = 0; times < 3; times += 1) expect(await yard.numbers()).toEqual([1, 2, 3, 4])
  })

  it('are filtered by id, task, error, queue and age', async () => {
    const yard = new Graveyard(road, 'filter')
    await yard.work()
    await yard.bury(['mail', 1], ['image', 2], ['mail', 3])
    const [, second] = await yard.list()

    const found = async (filter: DeadLetterFilter) => yard.numbers(filter)

    expect(await found({ id: second?.id ?? '' })).toEqual([2])
    expect(await found({ task: 'mail' })).toEqual([1, 3])
    expect(await found({ error: 'RangeError' })).toEqual([2])
    expect(await found({ error: 'ERR_TASK_FAILED' })).toEqual([1, 2, 3])
    expect(await found({ queue: yard.app.defaultQueue, task: 'image' })).toEqual([2])
    expect(await found({ queue: 'elsewhere' })).toEqual([])
    expect(await found({ olderThan: '1h' })).toEqual([])
    expect(await found({ newerThan: '1h' })).toEqual([1, 2, 3])
    expect(await yard.letters.get(second?.id ?? '')).toMatchObject({ message: 'number 2' })
    expect(await yard.letters.get('nobody')).toBeUndefined()
  })

  it('stay in their order after a list that was left early, and a limit gives the oldest', async () => {
    const yard = new Graveyard(road, 'early')
    await yard.work()
    await yard.bury(...Array.from({ length: 8 }, (_, n) => ['mail', n] as const))

    for (let times = 0; times < 3; times += 1) {
      for await (const letter of yard.letters.list()) if (letter.message === 'number 2') break
      const limited: unknown[] = []
      for await (const { message } of yard.letters.list({}, { limit: 2 })) limited.push(message)
      expect(limited).toEqual(['number 0', 'number 1'])
    }

    expect(await yard.numbers()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('are none where there is no queue of them yet', async () => {
    const yard = new Graveyard(road, 'nothing')

    expect(await yard.letters.count()).toBe(0)
    expect(await yard.list()).toEqual([])
    expect(await yard.letters.retry({})).toMatchObject({ visited: 0, moved: 0, ended: 'done' })
  })

  it('run again and succeed once the reason is mended, and those that fail again say that they were replayed', async () => {
    const yard = new Graveyard(road, 'retry')
    await yard.work()
    await yard.bury(['mail', 1], ['image', 2], ['mail', 3])

    const first = await yard.letters.retry({ task: 'mail' })
    await until(() => yard.ran.length === 5, { what: 'both ran again' })
    await yard.expectCount(3)
    const replays = (await yard.list()).map(({ message, replays: count }) => [message, count])
    yard.isBroken = false
    const second = await yard.letters.retry({})

    expect(first).toMatchObject({ waiting: 3, visited: 3, matched: 2, moved: 2, skipped: 0, ended: 'done' })
    expect(new Map(replays as [string, number][])).toEqual(
      new Map([
        ['number 2', 0],
        ['number 1', 1],
        ['number 3', 1],
      ]),
    )
    expect(second).toMatchObject({ moved: 3 })
    await until(() => yard.ran.length === 8, { what: 'all three ran again' })
    await yard.expectCount(0)
  })

  it('are not sent again by the run that sent them, however fast they fail again', async () => {
    const yard = new Graveyard(road, 'again')
    await yard.work()
    await yard.bury(...Array.from({ length: 20 }, (_, n) => ['mail', n] as const))

    // Slow enough for the first ones to be dead again while the last ones wait.
    const report = await yard.letters.retry({}, { rate: 100 })

    expect(report).toMatchObject({ visited: 20, moved: 20, ended: 'done' })
    await until(() => yard.ran.length === 40)
    await yard.expectCount(20)
    expect((await yard.list()).map(({ replays }) => replays)).toEqual(Array.from({ length: 20 }, () => 1))
  })

  it('are left alone by a dry run, which says what would happen', async () => {
    const yard = new Graveyard(road, 'dry')
    await yard.work()
    await yard.bury(['mail', 1], ['image', 2], ['mail', 3])
    await yard.plant('[]', {}, { routingKey: '' })
    const fates: unknown[] = []

    const retried = await yard.letters.retry({}, { dryRun: true, onLetter: (_, fate) => fates.push(fate) })
    const dropped = await yard.letters.drop({ task: 'mail' }, { dryRun: true, limit: 1 })

    expect(retried).toMatchObject({ visited: 4, matched: 4, moved: 0, skipped: 1, dryRun: true })
    expect(fates).toEqual([
      { kind: 'would-move' },
      { kind: 'would-move' },
      { kind: 'would-move' },
      { kind: 'skipped', why: 'no-queue', queue: undefined },
    ])
    expect(dropped).toMatchObject({ matched: 1, moved: 0, ended: 'limit' })
    expect(await yard.numbers()).toEqual([1, 2, 3, undefined])
    expect(yard.ran).toHaveLength(3)
  })

  it('are dropped as the filter says, up to the limit', async () => {
    const yard = new Graveyard(road, 'drop')
    await yard.work()
    await yard.bury(['mail', 1], ['image', 2], ['mail', 3], ['mail', 4])

    const report = await yard.letters.drop({ task: 'mail' }, { limit: 2 })

    expect(report).toMatchObject({ matched: 2, moved: 2, ended: 'limit' })
    expect(await yard.numbers()).toEqual([2, 4])
  })

  it('go to a queue that did not exist, or to another than they came from', async () => {
    const yard = new Graveyard(road, 'queues')
    const lost = `${yard.app.namespace}.lost`
    const other = `${yard.app.namespace}.other`
    await yard.work()
    await yard.bury(['mail', 1])
    await yard.plant('[[2],{},{}]', { task: 'mail', id: 'p2' }, { routingKey: lost })

    const broker = await yard.app.broker()
    await broker.declare({ name: other })
    const made = await yard.letters.retry({ queue: lost })
    const moved = await yard.letters.retry({ task: 'mail' }, { to: other })

    expect([made.moved, moved.moved]).toEqual([1, 1])
    expect((await yard.app.inspect(lost))?.messages).toBe(1)
    expect((await yard.app.inspect(other))?.messages).toBe(1)
    await yard.expectCount(0)
  })

  it('stay, are counted and named where they cannot go', async () => {
    const yard = new Graveyard(road, 'stuck')
    yard.app.override({ declareQueues: false, logger: { debug() {}, info() {}, warn() {}, error() {} } })
    await (await yard.app.broker()).declare({ name: `${yard.app.namespace}.any` })
    await yard.work()
    await yard.bury(['mail', 1])
    await yard.plant('x', { id: 'a' }, { routingKey: 'no.such.queue' })
    await yard.plant('x', { id: 'b' }, { routingKey: 'no.such.queue' })
    await yard.plant('x', { id: 'c' }, { routingKey: yard.letters.queue })

    const report = await yard.letters.retry({ error: 'TypeError' })
    const rest = await yard.letters.retry({})

    expect(report).toMatchObject({ matched: 1, moved: 1 })
    expect(rest).toMatchObject({ skipped: 3 })
    expect(rest.skippedBecause).toContainEqual({ why: 'unroutable', queue: 'no.such.queue', count: 2 })
    expect(rest.skippedBecause).toContainEqual({ why: 'no-queue', queue: yard.letters.queue, count: 1 })
    expect(await yard.list({ queue: 'no.such.queue' })).toHaveLength(2)
    expect(await yard.list({ queue: yard.letters.queue })).toHaveLength(1)
  })

  it('tell how far it is, and stop where they are told to', async () => {
    const yard = new Graveyard(road, 'stop')
    await yard.work()
    await yard.bury(...Array.from({ length: 30 }, (_, n) => ['mail', n] as const))
    yard.isBroken = false
    const stop = new AbortController()
    const reports: MoveReport[] = []

    const report = await yard.letters.retry(
      {},
      {
        rate: 200,
        signal: stop.signal,
        onProgress: (now) => {
          reports.push(now)
          if (now.moved === 10) stop.abort()
        },
      },
    )

    expect(report.ended).toBe('aborted')
    expect(report.moved).toBeGreaterThanOrEqual(10)
    expect(report.moved).toBeLessThan(30)
    expect(reports[0]).toMatchObject({ waiting: 30, visited: 0, ended: 'running' })
    await until(() => yard.ran.length === 30 + report.moved, { what: 'those that were sent ran' })
    await yard.expectCount(30 - report.moved)
  })

  it('that are on their way when a run is told to stop arrive, and are not there twice', async () => {
    const yard = new Graveyard(road, 'window')
    const queue = `${yard.app.namespace}.idle`
    const broker = await yard.app.broker()
    await broker.declare({ name: queue })
    await yard.work()
    await yard.bury(['mail', 0])
    for (let n = 1; n < 300; n += 1) await yard.plant('[]', { id: `p${n}` }, { routingKey: queue })
    const stop = new AbortController()

    const report = await yard.letters.retry({ queue }, { signal: stop.signal, onLetter: () => stop.abort() })

    expect(report).toMatchObject({ ended: 'aborted', skipped: 0 })
    expect(report.moved).toBeLessThan(299)
    await until(async () => (await yard.app.inspect(queue))?.messages === report.moved, {
      what: 'what was sent is there',
    })
    await yard.expectCount(300 - report.moved)
  })

  it('are moved once where two runs go over them at the same time', async () => {
    const yard = new Graveyard(road, 'two')
    await yard.work()
    await yard.bury(...Array.from({ length: 60 }, (_, n) => ['mail', n] as const))
    yard.isBroken = false

    const [one, other] = await Promise.all([
      yard.letters.retry({}, { rate: 400 }),
      yard.letters.retry({}, { rate: 400 }),
    ])
    const rest = await yard.letters.retry({})

    expect(one.moved + other.moved + rest.moved).toBe(60)
    await until(() => yard.ran.length === 120, { what: 'each ran once more' })
    expect(new Set(yard.ran).size).toBe(60)
    await yard.expectCount(0)
  })

  it('of any make can be listed, and harm nobody', async () => {
    const yard = new Graveyard(road, 'hostile')
    const deaths = Array.from({ length: 800 }, () => ({ reason: 'expired', queue: 'nowhere' }))
    await yard.work()
    await yard.bury(['mail', 1])
    await yard.plant('')
    await yard.plant('\u0000\u001b[2Jnot json')
    await yard.plant('[]', {
      id: { a: 1 },
      task: ['x'],
      'taskalope-error-code': 5,
      'taskalope-error-at': true,
    })
    await yard.plant('[]', { id: 'x'.repeat(5000), 'taskalope-replays': 'NaN', expires: 'yesterday' })
    await yard.plant('[]', { 'x-death': deaths, 'taskalope-error-stack': 'x'.repeat(20_000) })
    await yard.plant('[]', {
      ['__proto__']: 'x',
      id: 'evil',
      'taskalope-error-message': '\u001b[31mred\u202e',
    })

    const letters = await yard.list()

    expect(letters).toHaveLength(7)
    expect(letters.every(({ id }) => id.length < 256)).toBe(true)
    expect(await yard.letters.callOf(letters[2] as never)).toBeUndefined()
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    expect(await yard.letters.drop({ id: letters[2]?.id ?? '' })).toMatchObject({ moved: 1 })
    await yard.expectCount(6)
  })

  it.each([
    [{ dryrun: true }, 'ERR_OPTION_UNKNOWN'],
    [{ limit: 0 }, 'ERR_OPTION_INVALID'],
    [{ limit: NaN }, 'ERR_OPTION_INVALID'],
    [{ rate: 0 }, 'ERR_OPTION_INVALID'],
    [{ rate: -1 }, 'ERR_OPTION_INVALID'],
    [{ to: '' }, 'ERR_OPTION_INVALID'],
    [{ dryRun: 'yes' }, 'ERR_OPTION_INVALID'],
  ])('are not touched with %j, which cannot be meant', async (options, code) => {
    const yard = new Graveyard(road, 'options')

    await expect(yard.letters.retry({}, options as never)).rejects.toMatchObject({ code })
    await expect(yard.letters.drop({ idd: 'x' } as never)).rejects.toMatchObject({
      code: 'ERR_OPTION_UNKNOWN',
    })
  })
})
