/** Policies that misbehave, and odd things thrown at them: each call comes to the end that is documented for it, and the worker goes on. */
import { expect, it } from 'vitest'
import { runInNewContext } from 'node:vm'
import {
  type Logger,
  retry,
  Retry,
  type RetryPolicy,
  silentLogger,
  task,
  type TaskRequest,
} from '../../src/index.js'
import { onBothBrokers, type Road } from '../support/both-brokers.js'
import { tracked } from '../support/tracked.js'

/** What is wrong, the policy it is wrong with, and what to throw, if not an ordinary error. */
type Row = readonly [what: string, policy: unknown, thrown?: (attempt: number) => unknown]

/** How a call ended: its attempts, the budgets it used, and what the log said of its policy. */
interface End {
  readonly attempts: number
  readonly used: Readonly<Record<string, number>>
  readonly complaints: readonly string[]
}

const no = (): never => {
  throw new Error('a trap')
}
const TRAPS: ProxyHandler<object> = {
  get: no,
  has: no,
  getPrototypeOf: no,
  ownKeys: no,
  getOwnPropertyDescriptor: no,
}
const unaskable = Object.defineProperty(function () {}, Symbol.hasInstance, { value: no })

const again = () => new Error('again')

/** These throw for as long as they are asked; the end is that of their budget. */
const DELAYS: readonly Row[] = [
  ['NaN', { delay: () => NaN }],
  ['a number below zero', { delay: () => -1 }],
  ['Infinity', { delay: () => Infinity }],
  ['null', { delay: () => null }],
  ['text that is no duration', { delay: () => '1e3s' }],
  ['a negative duration', { delay: () => '-5m' }],
  ['a promise', { delay: async () => 5 }],
  ['an exception', { delay: no }],
  ['undefined, thrown', { delay: () => thrower(undefined) }],
]

const MAXIMA: readonly Row[] = [
  ['a number below zero', { delay: 0, max: () => -1 }],
  ['NaN', { delay: 0, max: () => NaN }],
  ['a fraction', { delay: 0, max: () => 1.5 }],
  ['a billion', { delay: 0, max: () => 1e9 }],
  ['text', { delay: 0, max: () => '5' }],
  ['a promise', { delay: 0, max: async () => 5 }],
  ['an exception', { delay: 0, max: no }],
]

const KEYS: readonly Row[] = [
  ['nothing', { delay: 0, max: 1, key: () => undefined }],
  ['empty text', { delay: 0, max: 1, key: () => '' }],
  ['101 characters', { delay: 0, max: 1, key: () => 'k'.repeat(101) }],
  ['a line break', { delay: 0, max: 1, key: () => 'a\nb' }],
  ['a number', { delay: 0, max: 1, key: () => 5 }],
  ['an exception', { delay: 0, max: 1, key: no }],
]

const PREDICATES: readonly Row[] = [
  ['text', { delay: 0, when: () => 'yes' }],
  ['nothing', { delay: 0, when: () => undefined }],
  ['a promise', { delay: 0, when: async () => true }],
  ['an exception', { delay: 0, when: no }],
  ['a class that cannot be asked', { delay: 0, on: unaskable }],
]

const ANY = { delay: 0, max: 1 }

const NO_ERRORS: readonly Row[] = [
  ['undefined', ANY, () => undefined],
  ['null', ANY, () => null],
  ['text', ANY, () => 'text'],
  ['a number', ANY, () => 5],
  ['a bigint', ANY, () => 5n],
  ['a symbol', ANY, () => Symbol('s')],
  ['an object', ANY, () => ({ message: 'no Error' })],
  ['an object without prototype', ANY, () => Object.create(null)],
  ['a function', ANY, () => no],
  ['a promise', ANY, () => Promise.resolve()],
  ['a proxy whose traps throw', ANY, () => new Proxy({}, TRAPS)],
  ['an error in a proxy whose traps throw', ANY, () => new Proxy(new Error('inside'), TRAPS)],
  ['a revoked proxy', ANY, () => revoked()],
]

const ODD_ERRORS: readonly Row[] = [
  ['a frozen error', ANY, () => Object.freeze(new Error('frozen'))],
  ['an error that is its own cause', ANY, () => circular()],
  ['a thousand causes', ANY, () => deep(1000)],
  ['getters that throw', ANY, () => withGetters()],
  ['an error of another realm', ANY, () => runInNewContext('new TypeError("elsewhere")') as unknown],
  ['an error in a proxy', ANY, () => new Proxy(new Error('inside'), {})],
  ['an error without prototype', ANY, () => Object.setPrototypeOf(new Error('bare'), null) as unknown],
  ['many errors in one', ANY, () => new AggregateError([undefined, again()])],
  ['a message of a megabyte', ANY, () => new Error('x'.repeat(1_000_000))],
]

const ASKED: readonly Row[] = [
  ['a max below zero', undefined, () => new Retry({ delay: 0, max: -1 })],
  ['a max that is text', undefined, () => new Retry({ delay: 0, max: '1' as never })],
  ['a max of a billion', undefined, () => new Retry({ delay: 0, max: 1e9 })],
  ['an empty key', undefined, () => new Retry({ delay: 0, key: '' })],
  ['a key that is a number', undefined, () => new Retry({ delay: 0, key: 5 as never })],
]

const ASKED_IN_TIME: readonly Row[] = [
  ['NaN', undefined, () => new Retry({ delay: NaN })],
  ['a delay below zero', undefined, () => new Retry({ delay: -5 })],
  ['text that is no duration', undefined, () => new Retry({ delay: '1e3s' as never })],
]

const CAUSES: readonly Row[] = [
  ['null', undefined, () => new Retry({ ...ANY, cause: null })],
  ['text', undefined, () => new Retry({ ...ANY, cause: 'text' })],
  ['a revoked proxy', undefined, () => new Retry({ ...ANY, cause: revoked() })],
  ['a proxy whose traps throw', undefined, () => new Retry({ ...ANY, cause: new Proxy(again(), TRAPS) })],
  ['itself', undefined, () => ownCause()],
  ['what another copy of the package throws', undefined, () => foreignRetry()],
]

onBothBrokers('a retry policy', (road) => {
  it('whose delay function gives what is no duration has its calls tried again after the default backoff', async () => {
    const ends = await endsOf(road, 'delays', DELAYS, { failures: 1 })

    expect(ends).toEqual(
      byRow(DELAYS, {
        attempts: 2,
        used: { default: 1 },
        complaints: [expect.stringMatching(/default.*delay.*default backoff was taken/)],
      }),
    )
  })

  it('whose max function gives what is no number of retries allows three', async () => {
    const ends = await endsOf(road, 'maxima', MAXIMA)

    const complaint = expect.stringMatching(/default.*max.*3 was taken/)
    expect(ends).toEqual(
      byRow(MAXIMA, {
        attempts: 4,
        used: { default: 3 },
        complaints: Array.from({ length: 4 }, () => complaint),
      }),
    )
  })

  it('whose key function gives what is no key counts under the default one', async () => {
    const ends = await endsOf(road, 'keys', KEYS)

    const complaint = expect.stringMatching(/default.*key.*"default" was taken/)
    expect(ends).toEqual(
      byRow(KEYS, { attempts: 2, used: { default: 1 }, complaints: [complaint, complaint] }),
    )
  })

  it('that cannot say whether an error is for it is not for it', async () => {
    const ends = await endsOf(road, 'predicates', PREDICATES)

    const complaints = [expect.stringMatching(/it counts as no/)]
    expect(ends).toEqual(byRow(PREDICATES, { attempts: 1, used: {}, complaints }))
  })

  it('is not asked about what is no Error', async () => {
    const ends = await endsOf(road, 'no-errors', NO_ERRORS)

    expect(ends).toEqual(byRow(NO_ERRORS, { attempts: 1, used: {}, complaints: [] }))
  })

  it('is for errors however odd they are', async () => {
    const ends = await endsOf(road, 'odd-errors', ODD_ERRORS)

    expect(ends).toEqual(byRow(ODD_ERRORS, { attempts: 2, used: { default: 1 }, complaints: [] }))
  })
})

onBothBrokers('a task that asks for its retry', (road) => {
  it('with a max or key that cannot be is tried again three times, under "explicit"', async () => {
    const ends = await endsOf(road, 'asked', ASKED)

    const complaint = expect.stringMatching(/explicit.*was taken/)
    expect(ends).toEqual(
      byRow(ASKED, {
        attempts: 4,
        used: { explicit: 3 },
        complaints: Array.from({ length: 4 }, () => complaint),
      }),
    )
  })

  it('with a delay that is none is tried again after the default backoff', async () => {
    const ends = await endsOf(road, 'asked-in-time', ASKED_IN_TIME, { failures: 1 })

    const complaint = expect.stringMatching(/explicit.*default backoff was taken/)
    expect(ends).toEqual(
      byRow(ASKED_IN_TIME, { attempts: 2, used: { explicit: 1 }, complaints: [complaint] }),
    )
  })

  it('is tried again whatever the cause it names', async () => {
    const ends = await endsOf(road, 'causes', CAUSES)

    expect(ends).toEqual(byRow(CAUSES, { attempts: 2, used: { explicit: 1 }, complaints: [] }))
  })
})

const byRow = (rows: readonly Row[], end: unknown) => Object.fromEntries(rows.map(([what]) => [what, end]))

/** Runs one task for each row, all at a time, to its end; then a good one. Each throws in its first `failures` attempts. */
async function endsOf(
  road: Road,
  word: string,
  rows: readonly Row[],
  { failures = Infinity }: { failures?: number } = {},
): Promise<Record<string, End>> {
  const complaints = new Map<unknown, string[]>()
  const logger = complaintsLogger(complaints)
  const app = road.app({ defaultQueue: road.queue(word), logger })
  const used = new Map<string, TaskRequest['retries']>()
  const tasks = rows.map(([what, policy, thrown], index) => {
    const made = task(`bad-retries.${word}.${index}`, function (this: TaskRequest) {
      used.set(what, this.retries)
      if (this.attempt <= failures) throw thrown ? thrown(this.attempt) : again()
      return 'done'
    })
    return policy === undefined ? made : retry(policy as RetryPolicy)(made)
  })
  const good = task(`bad-retries.${word}.good`, () => 'good')
  app.registry.add(good, ...tasks)
  await tracked(app.worker({ queues: [app.defaultQueue], concurrency: 20 })).start()

  const results = await app.run(() => Promise.all(tasks.map((each) => each.delay())))
  const ends: Record<string, End> = {}
  for (const [index, result] of results.entries()) {
    const what = rows[index]![0]
    const failure = await result.get({ timeout: '8s' }).catch((error: { attempts?: number }) => error)
    const attempts = failure === 'done' ? failures + 1 : ((failure as { attempts?: number }).attempts ?? NaN)
    ends[what] = { attempts, used: { ...used.get(what) }, complaints: complaints.get(result.id) ?? [] }
  }
  expect(await (await app.run(() => good.delay())).get({ timeout: '8s' })).toBe('good')
  return ends
}

function complaintsLogger(complaints: Map<unknown, string[]>): Logger {
  const error = ({ code, id, policy }: Readonly<Record<string, unknown>>, message: string) => {
    if (code !== 'ERR_BACKOFF_INVALID') return
    complaints.set(id, [...(complaints.get(id) ?? []), `${String(policy)}: ${message}`])
  }
  return { ...silentLogger, error }
}

function thrower(value: unknown): never {
  throw value
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function circular(): Error {
  const error = new Error('round')
  error.cause = error
  return error
}

function ownCause(): Retry {
  const signal = new Retry(ANY)
  return Object.defineProperty(signal, 'cause', { value: signal })
}

function deep(levels: number): Error {
  let error = new Error('innermost')
  for (let level = 0; level < levels; level += 1) error = new Error(`level ${level}`, { cause: error })
  return error
}

function withGetters(): Error {
  const error = new Error('unreadable')
  for (const key of ['message', 'name', 'stack', 'cause', 'code', 'status', 'response']) {
    Object.defineProperty(error, key, { get: no })
  }
  return error
}

/** Told by its brand alone; no Error of ours, and here no Error at all. */
function foreignRetry(): object {
  return { [Symbol.for('taskalope.signal/1')]: 'retry', ...ANY }
}
