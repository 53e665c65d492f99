/** Runs the code of docs/learn/dead-letters.md on the embedded broker, with a clock that is moved on. */
import { beforeEach, expect, it } from 'vitest'
import { retry, silentLogger, Taskalope, task, type TaskalopeOptions } from '../../../src/index.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { drain } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'

let isWell = false
const sent: string[] = []
beforeEach(() => {
  isWell = false
})
const send = task('mail.send', async (to: string) => {
  if (!isWell) throw new TypeError(`No mailbox for ${to}`)
  sent.push(to)
})

it('lists, shows, replays and drops', async () => {
  const { app, clock } = await withLetters(['ada', 'bob', 'cy'])
  await clock.advance(7_200_000)
  const printed: string[] = []
  const print = (line: string) => printed.push(line)

  // #region list
  for await (const letter of app.deadLetters.list({ task: 'mail.send', olderThan: '1h' })) {
    print(`${letter.id} ${letter.code}: ${letter.message}`)
  }
  // #endregion list
  expect(printed.map((line) => line.slice(37))).toEqual([
    'ERR_TASK_FAILED: No mailbox for ada',
    'ERR_TASK_FAILED: No mailbox for bob',
    'ERR_TASK_FAILED: No mailbox for cy',
  ])
  const id = printed[0]?.slice(0, 36) ?? ''

  // #region one
  const letter = await app.deadLetters.get(id)
  const call = letter && (await app.deadLetters.callOf(letter))
  // #endregion one
  expect(call?.args).toEqual(['ada'])

  // #region retry
  const report = await app.deadLetters.retry(
    { task: 'mail.send', error: 'TypeError', newerThan: '1d' },
    { rate: 50, limit: 1000, dryRun: true },
  )
  print(`${report.matched} of ${report.visited} would be sent again`)
  // #endregion retry
  expect(printed.at(-1)).toBe('3 of 3 would be sent again')
  expect(await app.deadLetters.count()).toBe(3)

  isWell = true
  const replayed = await app.deadLetters.retry({ id })
  await clock.advance(0)
  expect(replayed).toMatchObject({ moved: 1, skipped: 0 })
  expect(sent).toEqual(['ada'])
  expect(await (await app.resultOf(id)).state()).toBe('FAILURE')

  // #region drop
  await app.deadLetters.drop({ olderThan: '1h' })
  // #endregion drop
  expect(await app.deadLetters.count()).toBe(0)
})

it('sends again what was sent first: same id and bytes, fresh budgets, due now, wanted', async () => {
  const { app, clock } = makeApp({ embeddedWorker: false })
  const policy = retry({ key: 'mail', max: 1, delay: '1m' })
  const fails = policy(task({ name: 'mail.bounce', queue: 'bounce' }, () => Promise.reject(new Error('no'))))
  const worker = tracked(app.worker({ queues: ['bounce'] }))
  await worker.start()
  const call = await app.run(() => fails.applyAsync([], { countdown: '1m', expires: '1h' }))
  await clock.advance(120_000)
  await expect(call.get()).rejects.toMatchObject({ attempts: 2 })
  await worker.stop()
  const dead = await app.deadLetters.get(call.id)
  await clock.advance(3_600_000)

  await app.deadLetters.retry({ id: call.id })

  const [again] = await drain(await app.broker(), 'bounce')
  expect(dead?.headers).toMatchObject({ 'taskalope-retries': '{"mail":1}', retries: 1 })
  expect(Buffer.from(again?.body ?? [])).toEqual(Buffer.from(dead?.body ?? []))
  expect(again?.headers).toMatchObject({
    ...{ id: call.id, retries: 0, eta: null, expires: null },
    ...{ 'taskalope-replays': 1, 'taskalope-replay-run': expect.any(String) },
  })
  const own = Object.keys(again?.headers ?? {}).filter((name) => name.startsWith('taskalope-'))
  expect(own.toSorted()).toEqual(['taskalope-replay-run', 'taskalope-replays'])
})

it('are bounded as the app says', async () => {
  const { app, clock } = await withLetters(['ada', 'bob', 'cy'], {
    // #region bounds
    deadLetters: { maxAge: '90d', maxLength: 2 },
    // #endregion bounds
  })

  expect(await app.deadLetters.count()).toBe(2)
  await clock.advance(91 * 86_400_000)
  expect(await app.deadLetters.count()).toBe(0)
})

it('refuses what cannot be meant, and does nothing', async () => {
  const { app } = await withLetters(['ada'])

  await expect(app.deadLetters.drop({ tsak: 'mail.send' } as never)).rejects.toMatchObject({
    code: 'ERR_OPTION_UNKNOWN',
  })
  await expect(app.deadLetters.drop({ task: undefined } as never)).rejects.toMatchObject({
    code: 'ERR_OPTION_INVALID',
  })
  expect(await app.deadLetters.count()).toBe(1)
})

async function withLetters(names: readonly string[], options: TaskalopeOptions = {}) {
  const { app, clock } = makeApp(options)
  for (const name of names) {
    const call = await app.run(() => send.delay(name))
    await clock.advance(0)
    await expect(call.get()).rejects.toThrow(name)
  }
  return { app, clock }
}

function makeApp(options: TaskalopeOptions) {
  const clock = new FakeClock()
  const app = tracked(new Taskalope({ broker: 'memory://', clock, logger: silentLogger, ...options }))
  return { app, clock }
}
