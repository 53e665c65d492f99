/** Runs the code of docs/learn/calling.md. */
import { afterAll, expect, it, vi } from 'vitest'
// #region errors
import { BrokerError, PayloadError } from 'taskalope'

// #endregion errors
import { configure, defaultApp, sendTask, silentLogger, task, Taskalope, tasks } from '../../../src/index.js'
import { add } from '../../../examples/first-task/src/tasks.js'

class Emails {
  constructor(private readonly mailer: { send(to: string): string }) {}

  @task({ name: 'emails.send' })
  send(to: string) {
    return this.mailer.send(to)
  }
}

configure({ logger: silentLogger })

const container = {
  get<T extends object>(cls: new (...args: unknown[]) => T): T {
    return new cls({ send: (to: string) => `sent to ${to}` })
  },
}

// #region resolve
configure({ resolve: (cls) => container.get(cls) })
// #endregion resolve

afterAll(() => defaultApp().close())

it('sends with delay()', async () => {
  const reply = vi.fn()

  // #region delay
  const call = await add.delay(2, 3)
  reply(call.id)
  // #endregion delay

  expect(reply).toHaveBeenCalledWith(call.id)
  expect(await call.get({ timeout: '5s' })).toBe(5)
})

it('sends with options', async () => {
  // #region apply-async
  await add.applyAsync([2, 3], { queue: 'fast', expires: '1h', headers: { tenant: 'acme' } })
  // #endregion apply-async

  expect(await defaultApp().inspect('fast')).toBeDefined()
})

it('sends many at once', async () => {
  const pairs: [number, number][] = Array.from({ length: 5000 }, (_, index) => [index, index])
  let seen = 0
  const show = (confirmed: number) => (seen = confirmed)

  // #region delay-many
  const calls = await add.delayMany(pairs, {
    onProgress: (confirmed, total) => show(confirmed / total),
  })
  // #endregion delay-many

  expect(calls).toHaveLength(5000)
  expect(seen).toBe(1)
})

it('sends by name', async () => {
  // #region send-task
  const call = await sendTask<number>('py.add', [2, 3], { kwargs: { scale: 10 }, queue: 'celery' })
  // #endregion send-task

  expect(call.taskName).toBe('py.add')
})

it('refuses what cannot be sent', async () => {
  expect(await handle({ items: [() => 1] })).toEqual([
    400,
    'Argument [0].items[0] of "charge" cannot be sent as application/json: it is a function. Send plain data only.',
  ])
  expect(await handle({ items: [1] })).toEqual([202])

  const closed = new Taskalope({ broker: 'memory://closed' })
  await closed.close()
  expect(await closed.run(() => handle({ items: [1] }))).toEqual([503, 'Try again later'])
})

const charge = task('charge', (order: object) => order)

// #region errors
async function handle(order: object) {
  try {
    await charge.delay(order)
    return [202]
  } catch (error) {
    if (error instanceof PayloadError) return [400, error.message]
    if (error instanceof BrokerError && error.code === 'ERR_NOT_SENT') return [503, 'Try again later']
    throw error
  }
}
// #endregion errors

it('asks a container for instances', async () => {
  const call = await tasks(Emails).send.delay('ada')

  expect(await call.get({ timeout: '5s' })).toBe('sent to ada')
})

it('has several apps side by side', async () => {
  // #region several-apps
  const reports = new Taskalope({ broker: 'memory://reports' })
  await reports.run(() => add.delay(2, 3))
  await reports.close()
  // #endregion several-apps

  expect(reports.used).toBe(true)
})
