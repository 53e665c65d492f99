/** Runs the code of docs/learn/retries.md on the embedded broker, with a clock that is moved on. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, expect, it } from 'vitest'
import {
  combineRetries,
  configure,
  createRetry,
  currentTask,
  defaultApp,
  Ignore,
  type LogFields,
  makeRetryDecorator,
  Reject,
  retry,
  Retry,
  type RetryNotice,
  silentLogger,
  task,
  Task,
  tasks,
} from '../../../src/index.js'
// #region ready-made
import { retryOnCode, retryOnHttp, retryOnNetwork } from 'taskalope/retry'

// #endregion ready-made
import { httpStatusOf } from '../../../src/retry/http-error.js'
import { retryAfterMs } from '../../../src/retry/retry-after.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { textOf } from '../../architecture/project-files.js'
import { HttpError, retryOnStatus } from './own/retry-on-status.js'

const clock = new FakeClock()
const lines: { level: string; message: string; fields: LogFields }[] = []
const note = (level: string) => (fields: LogFields, message: string) =>
  void lines.push({ level, message, fields })

configure({ clock, logger: { ...silentLogger, warn: note('warn'), error: note('error') } })

afterAll(() => defaultApp().close())
beforeEach(() => void lines.splice(0))

/** What the upstream answers, one after the other; 200 when there is nothing left. */
let answers: (number | Error)[] = []
async function ask(_what?: unknown): Promise<string> {
  const answer = answers.shift() ?? 200
  if (typeof answer !== 'number') throw answer
  if (answer >= 400) throw new HttpError(answer)
  return 'answered'
}

// #region default
@retry()
@task('reports.send')
class SendReport extends Task {
  async run(month: string) {
    await ask(month)
  }
}
// #endregion default

// #region options
@retry({ on: HttpError, when: (error) => error.status >= 500, max: 5, delay: '20m' })
@task('images.fetch')
class FetchImage extends Task {
  async run(url: string) {
    return await ask(url)
  }
}
// #endregion options

// #region several
@retry({ key: 'busy', on: HttpError, when: (error) => error.status === 503, max: 2, delay: '1m' })
@retry({ key: 'http', on: HttpError, max: 5, delay: '20m' })
@task({ name: 'orders.push', maxRuns: 6 })
class PushOrder extends Task {
  async run(orderId: string) {
    await ask(orderId)
  }
}
// #endregion several

// #region functions
const perTenant = createRetry({
  key: ({ args: [tenant] }) => `tenant-${String(tenant)}`,
  on: HttpError,
  when: (error, { attempt }) => error.status >= 500 && attempt < 100,
  delay: ({ error, retry }) => error.retryAfterMs ?? retry * 60_000,
  max: ({ request }) => (request.headers['urgent'] === true ? 20 : 3),
})
// #endregion functions

const fetchForTenant = perTenant(task('tenants.fetch', async (_tenant: string) => ask()))

// #region inside
@task('payments.charge')
class Charge extends Task {
  async run(orderId: string) {
    const state = await paymentState(orderId)
    if (state === 'forged') throw new Reject('This order was never placed')
    if (state === 'cancelled') throw new Ignore('Nothing to charge')
    if (state === 'locked') this.retry({ delay: '5m', max: 10 })
    return await charge(orderId)
  }
}
// #endregion inside

async function paymentState(orderId: string): Promise<string> {
  return orderId === 'locked' && currentTask()!.attempt > 2 ? 'open' : orderId
}
async function charge(orderId: string): Promise<string> {
  return `charged ${orderId}`
}

// #region explicit
const poll = task('exports.poll', async (exportId: string) => {
  const state = await stateOf(exportId)
  if (state !== 'ready') throw new Retry({ key: 'poll', delay: '10s', max: 360 })
  return state
})
// #endregion explicit

let polled = 0
async function stateOf(_exportId: string): Promise<string> {
  polled += 1
  return polled < 4 ? 'running' : 'ready'
}

const told: string[] = []

// #region hooks
@retry({ max: 1, delay: '1m' })
@task('orders.confirm')
class ConfirmOrder extends Task {
  async run(orderId: string) {
    await ask(orderId)
  }

  override onRetry(error: unknown, { policy, retry, max, nextAt }: RetryNotice) {
    told.push(`${String(error)}: retry ${retry}/${max} under ${policy} at ${nextAt.toISOString()}`)
  }

  override onFailure(error: unknown) {
    told.push(`${String(this.request.args[0])} was given up: ${String(error)}`)
  }
}
// #endregion hooks

// #region places
// A function: around it, or around its task.
const sync = task(
  'crm.sync',
  retry({ max: 5 })(async (id: string) => ask(id)),
)
const load = retry({ max: 5 })(task('crm.load', async (id: string) => ask(id)))

// A method. Above or below @task makes no difference.
class Emails {
  @task({ name: 'emails.welcome' })
  @retry({ delay: '5m' })
  async welcome(userId: string) {
    await ask(userId)
  }
}

// A base class: its policies count for every task that extends it, after their own.
@retryOnNetwork()
abstract class ApiTask extends Task {}

@retry({ on: HttpError, delay: '20m' })
@task('crm.push')
class PushContact extends ApiTask {
  async run(id: string) {
    await ask(id)
  }
}
// #endregion places

// #region ready-made
@retryOnHttp([500, 502, 503], { delay: '20m', max: 5 })
@retryOnHttp([429], { key: 'busy', delay: '1m', max: 50 })
@retryOnNetwork()
@retryOnCode('40001', { max: 10, delay: 0 })
@task('contacts.import')
class ImportContacts extends Task {
  async run(page: number) {
    return await ask(page)
  }
}
// #endregion ready-made

// #region fetch
async function download(url: string) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`, { cause: response })
  return await response.arrayBuffer()
}
// #endregion fetch

// #region use-own
@retryOnStatus([500, 502])
@task('images.process')
class ProcessImage extends Task {
  async run(url: string) {
    return await ask(url)
  }
}

const ping = retryOnStatus([503], '1m')(task('ping', async (url: string) => ask(url)))
// #endregion use-own

// #region make
export const retryOnName = makeRetryDecorator((name: string, max: number = 3) => ({
  key: name,
  on: Error,
  when: (error) => error.name === name,
  max,
}))
// #endregion make

// #region combine
const patiently = combineRetries(retryOnStatus([500, 502]), retryOnName('TimeoutError', 10), retryOnNetwork())

const fetchAll = patiently(task('fetch.all', async (url: string) => ask(url)))
// #endregion combine

it('retries any error three times by default', async () => {
  answers = Array.from({ length: 9 }, () => new TypeError('broken'))
  const call = await SendReport.delay('May')
  await clock.advance(3 * 600_000)

  await expect(call.get()).rejects.toMatchObject({ attempts: 4, remote: { name: 'TypeError' } })
  for (const { fields } of retries()) {
    expect(fields).toMatchObject({ policy: 'default', max: 3 })
    expect(fields['delayMs']).toBeLessThanOrEqual(4000)
  }
  expect(
    defaultApp()
      .describe()
      .find(({ name }) => name === 'reports.send')?.retries,
  ).toEqual(['any error: 3 ×, 1s…10m exponential, full jitter'])
})

it('waits 20 minutes, as the policy says, and logs what the page shows', async () => {
  answers = [500, 502]
  const call = await FetchImage.applyAsync(['a.jpg'])
  await clock.advance(40 * 60_000)

  expect(await call.get()).toBe('answered')
  expect(delays()).toEqual([1_200_000, 1_200_000])

  answers = [502, 502, 502, 502, 502, 502]
  lines.splice(0)
  const failing = await FetchImage.delay('a.jpg')
  const startedAt = clock.now()
  await clock.advance(100 * 60_000)
  await expect(failing.get()).rejects.toMatchObject({ attempts: 6 })
  const [first, ...others] = lines.map(({ message }) => message)
  const shown = textOf('tests/docs/learn/retry-log.txt').split('\n')
  const nextAt = new Date(startedAt + 1_200_000).toISOString()
  expect(first?.replace(nextAt, '2031-05-06T12:20:00.000Z')).toBe(shown[0])
  expect(others.at(-1)).toBe(shown[1])
})

it('does not retry what no policy is for', async () => {
  answers = [404]
  const call = await FetchImage.delay('a.jpg')
  await clock.advance(0)

  await expect(call.get()).rejects.toMatchObject({ attempts: 1 })
  expect(lines.at(-1)?.message).toContain('no retry policy is for this error')
})

it('asks the topmost policy that matches, each with a budget of its own', async () => {
  answers = [503, 500, 503, 500, 503, 200]
  const call = await PushOrder.delay('1')
  await clock.advance(3_600_000)

  await expect(call.get()).rejects.toMatchObject({ attempts: 5 })
  expect(retries().map(({ fields }) => `${String(fields['policy'])} ${String(fields['retry'])}`)).toEqual([
    'busy 1',
    'http 1',
    'busy 2',
    'http 2',
  ])
  expect(lines.at(-1)?.message).toContain('its 2 retries under "busy" are used up')
})

it('runs no more often than maxRuns', async () => {
  answers = Array.from({ length: 9 }, () => 500)
  const call = await PushOrder.delay('1')
  await clock.advance(24 * 3_600_000)

  await expect(call.get()).rejects.toMatchObject({ attempts: 6 })
})

it('asks functions', async () => {
  answers = [new HttpError(500), new HttpError(503, 5000), new HttpError(500)]
  const call = await fetchForTenant.applyAsync(['acme'], { headers: { urgent: true } })
  await clock.advance(3_600_000)

  expect(await call.get()).toBe('answered')
  expect(retries().map(({ fields }) => [fields['policy'], fields['max'], fields['delayMs']])).toEqual([
    ['tenant-acme', 20, 60_000],
    ['tenant-acme', 20, 5000],
    ['tenant-acme', 20, 180_000],
  ])
})

it('obeys what the task itself says', async () => {
  const locked = await Charge.delay('locked')
  const forged = await Charge.delay('forged')
  const ignored = await Charge.delay('cancelled')
  const polling = await poll.delay('export 1')
  await clock.advance(600_000)

  expect(await locked.get()).toBe('charged locked')
  await expect(forged.get()).rejects.toThrow('This order was never placed')
  expect(await ignored.state()).toBe('PENDING')
  expect([await polling.get(), polled]).toEqual(['ready', 4])
})

it('tells the hooks', async () => {
  answers = [500, 502]
  const call = await ConfirmOrder.delay('order 1')
  const nextAt = new Date(clock.now() + 60_000).toISOString()
  await clock.advance(60_000)

  await expect(call.get()).rejects.toThrow('502')
  expect(told).toEqual([
    `Error: The server answered 500: retry 1/1 under default at ${nextAt}`,
    'order 1 was given up: Error: The server answered 502',
  ])
})

it('takes policies on functions, methods and base classes', async () => {
  const calls = [
    () => sync.delay('1'),
    () => load.delay('1'),
    () => tasks(Emails).welcome.delay('1'),
    () => PushContact.delay('1'),
  ]
  for (const send of calls) {
    answers = [502]
    const call = await send()
    await clock.advance(3_600_000)

    await call.get()
    expect(retries()).toHaveLength(1)
    lines.splice(0)
  }
  expect(policies('crm.push')).toEqual([
    'HttpError: 3 × after 20m',
    'network: connection trouble: 5 ×, 1s…10m exponential, full jitter',
  ])
})

it('has ready-made ones', async () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const conflict = Object.assign(new Error('could not serialize access'), { code: '40001' })
  const asked = Object.assign(new Error('429'), { status: 429, headers: { 'retry-after': '7' } })
  answers = [502, 429, new TypeError('fetch failed', { cause: reset }), conflict, asked]
  const call = await ImportContacts.delay(1)
  await clock.advance(3_600_000)

  expect(await call.get()).toBe('answered')
  expect(retries().map(({ fields }) => fields['policy'])).toEqual([
    'http',
    'busy',
    'network',
    '40001',
    'busy',
  ])
  expect([delays()[0], delays()[1], delays()[4]]).toEqual([1_200_000, 60_000, 7000])
})

it('finds the status of what fetch was answered', async () => {
  const server = createServer((_request, response) => response.writeHead(503, { 'retry-after': '9' }).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const failure = await download(`http://127.0.0.1:${port}`).catch((error: unknown) => error)
  server.close()

  expect([httpStatusOf(failure), retryAfterMs(failure, clock.now())]).toEqual([503, 9000])
})

it('takes decorators of one’s own', async () => {
  const slow = Object.assign(new Error('slow'), { name: 'TimeoutError' })
  for (const [send, answer, policy] of [
    [() => ProcessImage.delay('a'), 502, 'http'],
    [() => ping.delay('a'), 503, 'http'],
    [() => fetchAll.delay('a'), slow, 'TimeoutError'],
  ] as const) {
    answers = [answer]
    const call = await send()
    await clock.advance(3_600_000)

    expect(await call.get()).toBe('answered')
    expect(retries().map(({ fields }) => fields['policy'])).toEqual([policy])
    lines.splice(0)
  }
  expect(policies('fetch.all').map((words) => words.split(':')[0])).toEqual([
    'http',
    'TimeoutError',
    'network',
  ])
})

it('takes a default for a function that gives nonsense, and says so', async () => {
  answers = [500]
  const nonsense = retry({ delay: () => NaN })(task('nonsense', async () => ask()))
  const call = await nonsense.delay()
  await clock.advance(600_000)

  expect(await call.get()).toBe('answered')
  expect(lines[0]).toMatchObject({
    level: 'error',
    message:
      'retry policy "default": its "delay" function gave NaN, and must give a duration; the default backoff was taken',
    fields: { code: 'ERR_BACKOFF_INVALID' },
  })
})

it('retries nothing but Errors', async () => {
  const throwsText = retry()(
    task('throws.text', () => {
      throw 'text'
    }),
  )
  const call = await throwsText.delay()
  await clock.advance(0)

  await expect(call.get()).rejects.toMatchObject({ attempts: 1 })
  expect(lines.at(-1)?.message).toContain('what it threw is no Error')
})

function retries() {
  return lines.filter(({ fields }) => 'nextAt' in fields)
}

function delays() {
  return retries().map(({ fields }) => fields['delayMs'])
}

function policies(name: string): readonly string[] {
  return (
    defaultApp()
      .describe()
      .find((summary) => summary.name === name)?.retries ?? []
  )
}
