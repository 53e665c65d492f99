/** Calls that ask for a moment of their own: however it is said, by whom, and whatever becomes of who said it. */
import { expect, it } from 'vitest'
import { currentTask, sendTask, task, type CallOptions } from '../../../src/index.js'
import { onBothBrokers, type Road } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

/** What is late by more than this was not late by rounding and a busy machine. */
const TOO_LATE_MS = 3000

interface Ran {
  readonly at: number
  readonly word: unknown
  readonly eta: number | undefined
  readonly rootId: string | undefined
}

async function setUp(road: Road, queue: string) {
  const ran: Ran[] = []
  const note = task('later.note', (word: unknown) => {
    const request = currentTask()
    ran.push({ at: Date.now(), word, eta: request?.eta, rootId: request?.rootId })
  })
  const relay = task('later.relay', async () => {
    await note.applyAsync(['relayed'], { countdown: 1 })
  })
  const app = road.app({ defaultQueue: road.queue(queue) })
  app.registry.add(note, relay)
  await tracked(app.worker({ queues: [app.defaultQueue], concurrency: 5 })).start()
  return { app, note, relay, ran }
}

onBothBrokers('a call for later', (road) => {
  it.each<[string, (at: number) => CallOptions]>([
    ['a Date', (at) => ({ eta: new Date(at) })],
    ['text in UTC', (at) => ({ eta: new Date(at).toISOString() })],
    [
      'text in another zone',
      (at) => ({ eta: new Date(at + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30') }),
    ],
  ])('that names its moment as %s runs then, and knows it', async (_what, options) => {
    const { app, note, ran } = await setUp(road, 'moment')
    const at = Date.now() + 1200

    const result = await app.run(() => note.applyAsync(['x'], options(at)))
    await result.get({ timeout: '10s' })

    expect(ran[0]!.eta).toBe(at)
    expect(ran[0]!.at).toBeGreaterThanOrEqual(at)
    expect(ran[0]!.at).toBeLessThan(at + TOO_LATE_MS)
  })

  it('may be sent by name, and from inside a task, of whose tree it is', async () => {
    const { app, relay, ran } = await setUp(road, 'tree')

    const byName = await app.run(() => sendTask('later.note', ['named'], { countdown: 1 }))
    const relayed = await app.run(() => relay.delay())
    await until(() => ran.length === 2, { what: 'both have run' })

    const rootOf = (word: string) => ran.find((each) => each.word === word)?.rootId
    expect(rootOf('named')).toBe(byName.id)
    expect(rootOf('relayed')).toBe(relayed.id)
  })

  it('that expires in its last second is revoked when it comes, not run', async () => {
    const { app, note, ran } = await setUp(road, 'expires')

    const result = await app.run(() => note.applyAsync(['x'], { countdown: 400, expires: 500 }))

    // The broker counts in whole seconds, so it comes when it has expired.
    await expect(result.get({ timeout: '10s' })).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
    expect(ran).toEqual([])
  })

  it('is one of many, which are all sent at once and all run, none early', async () => {
    const { app, note, ran } = await setUp(road, 'many')
    const delays = Array.from({ length: 300 }, (_, n) => 1 + ((n * 7) % 2000))
    const sentAt = Date.now()

    await Promise.all(
      delays.map((countdown) =>
        app.run(() => note.applyAsync([countdown], { countdown, ignoreResult: true })),
      ),
    )
    await until(() => ran.length >= delays.length, { timeoutMs: 20_000, what: 'all have run' })

    expect(ran.map(({ word }) => Number(word)).toSorted((a, b) => a - b)).toEqual(
      delays.toSorted((a, b) => a - b),
    )
    expect(ran.filter(({ at, word }) => at - sentAt < Number(word))).toEqual([])
  }, 40_000)

  // What the embedded broker holds is gone with its last app, which a warning says.
  it.skipIf(road.kind === 'embedded')('outlives the app that sent it', async () => {
    const { app, note, ran } = await setUp(road, 'outlives')
    const sender = road.app({ defaultQueue: app.defaultQueue })

    await sender.run(() => note.applyAsync(['left'], { countdown: '1s', ignoreResult: true }))
    await sender.close()

    await until(() => ran.length === 1, { what: 'it has run' })
    expect(ran[0]!.word).toBe('left')
  })
})
