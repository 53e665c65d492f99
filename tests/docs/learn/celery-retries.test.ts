/** Runs what docs/learn/retries.md tells people who know Celery: each of its options about retries, as it is written here. */
import { afterAll, beforeEach, expect, it } from 'vitest'
import {
  configure,
  defaultApp,
  type LogFields,
  Reject,
  retry,
  silentLogger,
  Task,
  task,
} from '../../../src/index.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { textOf } from '../../architecture/project-files.js'

const clock = new FakeClock()
const lines: { level: string; fields: LogFields }[] = []
const note = (level: string) => (fields: LogFields) => void lines.push({ level, fields })

configure({ clock, logger: { ...silentLogger, warn: note('warn'), error: note('error') } })
afterAll(() => defaultApp().close())
beforeEach(() => void lines.splice(0))

class HttpError extends Error {}
class TimeoutError extends Error {}
class NotFound extends Error {}
class OutOfStock extends Error {}

let thrown: unknown[] = []
async function work(): Promise<string> {
  const error = thrown.shift()
  if (error !== undefined) throw error
  return 'done'
}

// #region celery
// @app.task(autoretry_for=(HttpError, TimeoutError), max_retries=5, default_retry_delay=180)
@retry({ on: [HttpError, TimeoutError], max: 5, delay: '3m' })
@task('stock.sync')
class SyncStock extends Task {
  async run() {
    return await work()
  }
}

// @app.task(autoretry_for=(Exception,), dont_autoretry_for=(NotFound,), max_retries=None,
//           retry_backoff=5, retry_backoff_max=60, retry_jitter=False)
@retry({
  when: (error) => !(error instanceof NotFound),
  max: Infinity,
  backoff: { base: '5s', max: '1m', jitter: 'none' },
})
@task('stock.read')
class ReadStock extends Task {
  async run() {
    return await work()
  }
}

// @app.task(bind=True, throws=(OutOfStock,))
@task('stock.reserve')
class ReserveStock extends Task {
  async run() {
    try {
      return await work()
    } catch (error) {
      // raise self.retry(exc=error, countdown=60, max_retries=10)
      if (error instanceof TimeoutError) this.retry({ cause: error, delay: '1m', max: 10 })
      if (error instanceof OutOfStock) throw new Reject('Out of stock', { cause: error })
      throw error
    }
  }
}
// #endregion celery

it('autoretry_for, max_retries and default_retry_delay', async () => {
  thrown = Array.from({ length: 9 }, (_, index) => (index % 2 === 0 ? new HttpError() : new TimeoutError()))
  const call = await SyncStock.delay()
  await clock.advance(3_600_000)

  await expect(call.get()).rejects.toMatchObject({ attempts: 6 })
  expect(delays()).toEqual(Array.from({ length: 5 }, () => 180_000))

  thrown = [new NotFound()]
  const other = await SyncStock.delay()
  await clock.advance(0)
  await expect(other.get()).rejects.toMatchObject({ attempts: 1 })
})

it('dont_autoretry_for, retry_backoff, retry_backoff_max and retry_jitter', async () => {
  thrown = Array.from({ length: 7 }, () => new HttpError())
  const call = await ReadStock.delay()
  await clock.advance(3_600_000)

  expect(await call.get()).toBe('done')
  expect(delays()).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])

  thrown = [new NotFound()]
  const other = await ReadStock.delay()
  await clock.advance(0)
  await expect(other.get()).rejects.toMatchObject({ attempts: 1 })
})

it('self.retry() and throws', async () => {
  thrown = [new TimeoutError()]
  const call = await ReserveStock.delay()
  await clock.advance(60_000)

  expect(await call.get()).toBe('done')
  expect(delays()).toEqual([60_000])

  lines.splice(0)
  thrown = [new OutOfStock()]
  const other = await ReserveStock.delay()
  await clock.advance(0)
  await expect(other.get()).rejects.toThrow('Out of stock')
  expect(lines.map(({ level }) => level)).toEqual(['warn'])
})

it('the table on the page has them all, and writes ours as they are written here', () => {
  const [, table = ''] =
    /<!-- celery: retries -->\n\n((?:\|.*\n)+)/.exec(textOf('docs/learn/retries.md')) ?? []
  const rows = table
    .split('\n')
    .slice(2, -1)
    .map((row) => row.split('|'))
  const source = textOf('tests/docs/learn/celery-retries.test.ts').split('// #endregion celery')[0] ?? ''

  const options = rows.flatMap(([, cell = '']) => cell.match(/`\w+/g) ?? []).map((name) => name.slice(1))
  expect(options.filter((name) => name !== 'self').toSorted()).toEqual(CELERY_OPTIONS.toSorted())
  const ours = rows
    .flatMap(([, , cell = '']) => cell.match(/`[^`]+`/g) ?? [])
    .map((code) => code.slice(1, -1))
  expect(ours.length).toBeGreaterThanOrEqual(CELERY_OPTIONS.length)
  expect(ours.filter((code) => !source.includes(code))).toEqual([])
})

const CELERY_OPTIONS = [
  'autoretry_for',
  'dont_autoretry_for',
  'retry_backoff',
  'retry_backoff_max',
  'retry_jitter',
  'max_retries',
  'default_retry_delay',
  'throws',
]

function delays() {
  return lines.filter(({ fields }) => 'nextAt' in fields).map(({ fields }) => fields['delayMs'])
}
