/** Which policy decides, how budgets are spent, and that nothing a policy or an error does can break the decision. */
import vm from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decideExplicitRetry } from '../../../src/retry/retry-policy.js'
import { NO_BUDGETS, type RetryContext, type RetryState } from '../../../src/retry/retry-types.js'
import {
  after,
  budgetsOf,
  context,
  decide,
  fresh,
  halfway,
  hostile,
  HttpError,
  LONGEST_DELAY_MS,
  MOST_RETRIES,
  RateLimited,
  refuse,
} from './deciding.js'

describe('which policy decides', () => {
  it('is the topmost that is for the error', () => {
    const policies = [{ key: 'rate', on: RateLimited }, { key: 'http', on: HttpError }, { key: 'any' }]

    expect(decide(new RateLimited(), policies)).toMatchObject({ retry: true, policy: 'rate' })
    expect(decide(new HttpError(), policies)).toMatchObject({ retry: true, policy: 'http' })
    expect(decide(new TypeError(), policies)).toMatchObject({ retry: true, policy: 'any' })
  })

  it('is one of whose classes the error is', () => {
    const policies = [{ key: 'some', on: [TypeError, HttpError] }]

    expect(decide(new RateLimited(), policies)).toMatchObject({ policy: 'some' })
    expect(decide(new Error('x'), policies)).toMatchObject({ retry: false, reason: 'no-policy' })
  })

  it('is asked by `when`, of those errors that `on` names', () => {
    const asked: unknown[] = []
    const when = (error: HttpError) => {
      asked.push(error)
      return error.status >= 500
    }
    const policies = [{ key: 'http', on: HttpError, when }, { key: 'any' }]
    const [bad, notFound, other] = [new HttpError(502), new HttpError(404), new Error('x')]

    expect(decide(bad, policies)).toMatchObject({ policy: 'http' })
    expect(decide(notFound, policies)).toMatchObject({ policy: 'any' })
    expect(decide(other, policies)).toMatchObject({ policy: 'any' })
    expect(asked).toEqual([bad, notFound])
  })

  it('decides also when its budget is used up: no policy below it is tried', () => {
    const policies = [
      { key: 'http', on: HttpError, max: 2 },
      { key: 'any', max: 9 },
    ]
    const state = { retries: 2, budgets: budgetsOf({ http: 2 }) }

    expect(decide(new HttpError(), policies, state)).toEqual({
      retry: false,
      reason: 'used-up',
      policy: 'http',
      max: 2,
      complaints: [],
    })
  })

  it('decides also when it allows no retry at all', () => {
    const policies = [{ key: 'never', on: TypeError, max: 0 }, { key: 'any' }]

    expect(decide(new TypeError(), policies)).toMatchObject({ reason: 'used-up', policy: 'never', max: 0 })
  })

  it('is none where there are none', () => {
    expect(decide(new Error('x'), [])).toEqual({
      retry: false,
      reason: 'no-policy',
      policy: undefined,
      max: undefined,
      complaints: [],
    })
  })
})

describe('a value that is no Error', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'str'],
    ['a number', 5],
    ['a symbol', Symbol('s')],
    ['an object', {}],
    ['an object without a prototype', Object.create(null)],
    ['a proxy that refuses every look', hostile()],
  ])('is never retried, and no policy asked: %s', (_, thrown) => {
    const policies = [{ when: refuse, on: Object, key: refuse, max: Infinity }]

    expect(decide(thrown, policies)).toEqual({
      retry: false,
      reason: 'not-retryable',
      policy: undefined,
      max: undefined,
      complaints: [],
    })
  })

  it.each([
    ['a frozen error', Object.freeze(new Error('x'))],
    ['an error of another realm', vm.runInNewContext('new TypeError("x")')],
    ['an error that is its own cause', Object.assign(new Error('x'), { cause: undefined })],
  ])('is not %s', (_, thrown: Error) => {
    if (!Object.isFrozen(thrown)) thrown.cause = thrown

    expect(decide(thrown, [{}])).toMatchObject({ retry: true, policy: 'default' })
  })
})

describe('the decision to retry', () => {
  it('says how long to wait, under which policy, which retry it is, of how many', () => {
    const decision = decide(new HttpError(), [{ key: 'http', delay: '20m', max: 5 }], {
      retries: 1,
      budgets: budgetsOf({ http: 1 }),
    })

    expect(decision).toEqual({
      retry: true,
      delayMs: 1_200_000,
      policy: 'http',
      number: 2,
      max: 5,
      budgets: budgetsOf({ http: 2 }),
      complaints: [],
    })
  })

  it('spends the budget of that policy alone, and leaves the given budgets as they are', () => {
    const budgets = budgetsOf({ other: 4 })
    const decision = decide(new HttpError(), [{ key: 'http' }], { retries: 4, budgets })

    expect(decision).toMatchObject({ number: 1, budgets: budgetsOf({ other: 4, http: 1 }) })
    expect(budgets).toEqual(budgetsOf({ other: 4 }))
  })

  it('takes the delay of the backoff for this retry', () => {
    const backoff = { base: '1s', factor: 3, jitter: 'none' }
    const third = { retries: 2, budgets: budgetsOf({ default: 2 }) }

    expect(decide(new Error('x'), [{ backoff }], third)).toMatchObject({ delayMs: 9000 })
  })

  it('remembers the last delay for a decorrelated backoff, and for no other', () => {
    const policies = [{ key: 'd', max: 9, backoff: { type: 'decorrelated', base: '1s', max: '1h' } }]
    const first = decide(new Error('x'), policies)
    const second = decide(new Error('x'), policies, after(first, fresh()))

    expect(first).toMatchObject({ delayMs: 2000, budgets: budgetsOf({ d: { used: 1, lastDelayMs: 2000 } }) })
    expect(second).toMatchObject({ delayMs: 3500, budgets: budgetsOf({ d: { used: 2, lastDelayMs: 3500 } }) })
  })

  it('may be at once, and is never earlier than a fraction of a millisecond asks', () => {
    expect(decide(new Error('x'), [{ delay: 0 }])).toMatchObject({ delayMs: 0 })
    expect(decide(new Error('x'), [{ delay: 0.2 }])).toMatchObject({ delayMs: 1 })
  })

  it('keeps delays within what a broker can keep a message', () => {
    expect(decide(new Error('x'), [{ delay: () => 1e300 }])).toMatchObject({ delayMs: LONGEST_DELAY_MS })
  })
})

describe('budgets', () => {
  it('of several policies are spent each on its own', () => {
    const policies = [
      { key: 'http', on: HttpError, max: 2 },
      { key: 'type', on: TypeError, max: 1 },
    ]
    let state = fresh()
    for (const error of [new HttpError(), new TypeError(), new HttpError()]) {
      state = after(decide(error, policies, state), state)
    }

    expect(state).toMatchObject({ retries: 3, budgets: budgetsOf({ http: 2, type: 1 }) })
    expect(decide(new HttpError(), policies, state)).toMatchObject({ reason: 'used-up', policy: 'http' })
    expect(decide(new TypeError(), policies, state)).toMatchObject({ reason: 'used-up', policy: 'type' })
  })

  it('may be per tenant, by a key that is a function', () => {
    const policies = [{ key: ({ args: [tenant] }: RetryContext) => `tenant-${String(tenant)}`, max: 1 }]

    expect(decide(new Error('x'), policies)).toMatchObject({ policy: 'tenant-a', number: 1 })
    expect(
      decide(new Error('x'), policies, { retries: 1, budgets: budgetsOf({ 'tenant-b': 1 }) }),
    ).toMatchObject({ retry: true, number: 1 })
    expect(
      decide(new Error('x'), policies, { retries: 1, budgets: budgetsOf({ 'tenant-a': 1 }) }),
    ).toMatchObject({ retry: false, reason: 'used-up', policy: 'tenant-a' })
  })

  it('count what nobody we know has used against every policy', () => {
    const policies = [
      { key: 'http', on: HttpError, max: 4 },
      { key: 'any', max: 2 },
    ]
    const state = { retries: 3, budgets: budgetsOf({ http: 1 }) }

    expect(decide(new HttpError(), policies, state)).toMatchObject({
      retry: true,
      number: 4,
      budgets: budgetsOf({ http: 2 }),
    })
    expect(decide(new Error('x'), policies, state)).toMatchObject({ retry: false, reason: 'used-up' })
  })

  it('say more than the sum where a worker reset it: then the budgets count', () => {
    const state = { retries: 0, budgets: budgetsOf({ default: 2 }) }

    expect(decide(new Error('x'), [{}], state)).toMatchObject({ retry: true, number: 3 })
  })

  it('are bounded by the runs there may be in all', () => {
    const policies = [{ max: 9 }]

    expect(decide(new Error('x'), policies, { retries: 1, maxRuns: 3 })).toMatchObject({ retry: true })
    expect(decide(new Error('x'), policies, { retries: 2, maxRuns: 3 })).toEqual({
      retry: false,
      reason: 'max-runs',
      policy: 'default',
      max: 9,
      complaints: [],
    })
    expect(decide(new Error('x'), policies, { maxRuns: 1 })).toMatchObject({ reason: 'max-runs' })
  })

  it('without limit still end where the headers count no further', () => {
    const policies = [{ max: Infinity }]
    const last = { retries: MOST_RETRIES - 1, budgets: budgetsOf({ default: MOST_RETRIES - 1 }) }
    const over = { retries: MOST_RETRIES, budgets: budgetsOf({ default: MOST_RETRIES }) }

    expect(decide(new Error('x'), policies, last)).toMatchObject({ retry: true, max: Infinity })
    expect(decide(new Error('x'), policies, over)).toMatchObject({ retry: false, reason: 'used-up' })
    expect(decide(new Error('x'), policies, { ...over, retries: 0 })).toMatchObject({ reason: 'used-up' })
    expect(decide(new Error('x'), policies, { ...over, budgets: NO_BUDGETS })).toMatchObject({
      reason: 'used-up',
    })
    expect(
      decide(new Error('x'), [{ key: 'b', max: Infinity }], {
        ...over,
        budgets: budgetsOf({ a: MOST_RETRIES }),
      }),
    ).toMatchObject({ reason: 'used-up' })
  })

  it('that are all in use can still be spent', () => {
    const full = budgetsOf(Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`key-${index}`, 1])))
    const policies = [{ key: 'key-7' }]

    expect(decide(new Error('x'), policies, { retries: 64, budgets: full })).toMatchObject({
      retry: true,
      policy: 'key-7',
      number: 2,
    })
  })

  it('are not made without end by a key that is another one each time', () => {
    const policies = [{ key: ({ retry }: RetryContext) => `key-${retry}`, max: 3 }]
    let state = fresh()
    let decision = decide(new Error('x'), policies, state)
    while (decision.retry && state.retries < 1000) {
      state = after(decision, state)
      decision = decide(new Error('x'), policies, state)
    }

    expect(state.budgets.size).toBe(64)
    expect(decision).toMatchObject({ retry: false, reason: 'used-up', policy: 'key-65' })
    expect(decision.complaints).toEqual([
      { policy: 'key-65', problem: expect.stringContaining('has room for 64') },
    ])
  })
})

describe('the functions of a policy', () => {
  it('are told the error, which retry it would be, the attempt and the task', () => {
    const told: Record<string, unknown> = {}
    const policies = [
      {
        key: (ctx: unknown) => ((told['key'] = ctx), 'k'),
        when: (error: unknown, ctx: unknown) => ((told['error'] = error), (told['when'] = ctx), true),
        max: (ctx: unknown) => ((told['max'] = ctx), 5),
        delay: (ctx: unknown) => ((told['delay'] = ctx), '2s'),
      },
    ]
    const error = new HttpError()
    const decision = decide(error, policies, { retries: 3, budgets: budgetsOf({ k: 1, other: 2 }) })
    const expected = { ...context, error, retry: 2 }

    expect(decision).toMatchObject({ retry: true, delayMs: 2000, max: 5, number: 2, complaints: [] })
    expect(told).toEqual({
      error,
      when: expected,
      max: expected,
      delay: expected,
      key: { ...expected, retry: 4 },
    })
  })

  it('are not asked for a delay that nobody needs', () => {
    expect(decide(new Error('x'), [{ max: 0, delay: refuse }])).toMatchObject({ complaints: [] })
    expect(decide(new Error('x'), [{ delay: refuse }], { maxRuns: 1 })).toMatchObject({ complaints: [] })
  })
})

describe('a function of a policy that does what it must not', () => {
  const rejections: unknown[] = []
  const note = (reason: unknown) => rejections.push(reason)
  beforeEach(() => {
    rejections.length = 0
    process.on('unhandledRejection', note)
  })
  afterEach(() => {
    process.off('unhandledRejection', note)
  })

  const thrown = new Error('of the policy')
  const broken = () => {
    throw thrown
  }

  it.each([
    ['throws', broken, { problem: 'its "when" function threw; it counts as no', error: thrown }],
    [
      'gives nothing',
      () => undefined,
      { problem: expect.stringContaining('gave undefined, and must give true or false') },
    ],
    ['gives a number', () => 1, { problem: expect.stringContaining('gave 1') }],
    ['gives a text', () => 'true', { problem: expect.stringContaining('gave a value of type string') }],
    ['is async', async () => true, { problem: expect.stringContaining('gave a promise') }],
  ])('counts as no where `when` %s', (_, when, complaint) => {
    const decision = decide(new Error('x'), [{ key: 'top', when }, { key: 'below' }])

    expect(decision).toMatchObject({ retry: true, policy: 'below' })
    expect(decision.complaints).toEqual([{ policy: 'top', ...complaint }])
  })

  it.each([
    ['throws', broken, 'its "delay" function threw; the default backoff was taken'],
    [
      'gives NaN',
      () => NaN,
      'its "delay" function gave NaN, and must give a duration; the default backoff was taken',
    ],
    ['gives -1', () => -1, 'gave -1'],
    ['gives Infinity', () => Infinity, 'gave Infinity'],
    ['gives -5m', () => '-5m', 'gave a value of type string'],
    ['gives an empty text', () => '', 'gave a value of type string'],
    ['gives null', () => null, 'gave null'],
    ['gives a symbol', () => Symbol('s'), 'gave a value of type symbol'],
    ['is async', async () => 1000, 'gave a promise'],
  ])('waits as by default where `delay` %s', (_, delay, problem) => {
    const decision = decide(new Error('x'), [{ key: 'k', delay }])

    expect(decision).toMatchObject({ retry: true, delayMs: 500, policy: 'k' })
    expect(decision.complaints).toMatchObject([{ policy: 'k', problem: expect.stringContaining(problem) }])
  })

  it('leaves it to the default backoff, without a word, where `delay` gives undefined', () => {
    const decision = decide(new Error('x'), [{ key: 'k', delay: () => undefined }])

    expect(decision).toMatchObject({ retry: true, delayMs: 500, policy: 'k', complaints: [] })
  })

  it.each([
    ['throws', broken, 'its "max" function threw; 3 was taken'],
    ['gives NaN', () => NaN, 'gave NaN, and must give a number of retries; 3 was taken'],
    ['gives -1', () => -1, 'gave -1'],
    ['gives 1e9', () => 1e9, 'gave 1000000000'],
    ['gives 1.5', () => 1.5, 'gave 1.5'],
    ['gives a text', () => '5', 'gave a value of type string'],
    ['is async', async () => 5, 'gave a promise'],
  ])('allows 3 retries where `max` %s', (_, max, problem) => {
    const decision = decide(new Error('x'), [{ key: 'k', max }])

    expect(decision).toMatchObject({ retry: true, max: 3 })
    expect(decision.complaints).toMatchObject([{ policy: 'k', problem: expect.stringContaining(problem) }])
  })

  it.each([
    ['throws', broken, 'its "key" function threw; "HttpError" was taken'],
    ['gives an empty text', () => '', 'gave a value of type string, and must give a text that can be a key'],
    ['gives 101 characters', () => 'k'.repeat(101), 'gave a value of type string'],
    ['gives a number', () => 5, 'gave 5'],
    ['is async', async () => 'k', 'gave a promise'],
  ])('has the default key where `key` %s', (_, key, problem) => {
    const decision = decide(new HttpError(), [{ key, on: HttpError }])

    expect(decision).toMatchObject({ retry: true, policy: 'HttpError' })
    expect(decision.complaints).toMatchObject([
      { policy: 'HttpError', problem: expect.stringContaining(problem) },
    ])
  })

  it('is not complained about where `key` fails on an error that is not for the policy', () => {
    const decision = decide(new Error('x'), [{ key: broken, when: () => false }, { key: 'below' }])

    expect(decision).toMatchObject({ retry: true, policy: 'below', complaints: [] })
  })

  it('does not match where asking a class of `on` throws', () => {
    class Broken extends Error {
      static override [Symbol.hasInstance](): boolean {
        throw thrown
      }
    }
    const decision = decide(new Error('x'), [{ on: Broken }, { key: 'below' }])

    expect(decision).toMatchObject({ retry: true, policy: 'below' })
    expect(decision.complaints).toMatchObject([{ policy: 'Broken', error: thrown }])
  })

  it('leaves no rejection behind that would end the process', async () => {
    const rejected = async () => {
      throw thrown
    }
    decide(new Error('x'), [{ when: rejected }, { key: rejected, delay: rejected, max: rejected }])
    await new Promise((resolve) => setImmediate(resolve))

    expect(rejections).toEqual([])
  })

  it('shows nothing of what was given in its complaint, beyond numbers', () => {
    const secret = () => 'S3CR3T-CANARY'
    const decision = decide(new Error('x'), [{ when: secret }, { delay: secret, max: secret }])

    expect(decision.complaints).toHaveLength(3)
    expect(JSON.stringify(decision)).not.toContain('S3CR3T')
  })
})

describe('a Retry that the task throws', () => {
  const ask = (terms: object, state: Partial<RetryState> = {}, error?: unknown) =>
    decideExplicitRetry({ error, terms, state: fresh(state), context, random: halfway })

  it('needs no policy and no cause', () => {
    expect(ask({})).toEqual({
      retry: true,
      delayMs: 500,
      policy: 'explicit',
      number: 1,
      max: 3,
      budgets: budgetsOf({ explicit: 1 }),
      complaints: [],
    })
    expect(ask({}, {}, 'no Error')).toMatchObject({ retry: true })
  })

  it('is granted as often as it says, after the delay it says', () => {
    expect(ask({ delay: '5m', max: 1 })).toMatchObject({ retry: true, delayMs: 300_000, max: 1 })
    expect(ask({ delay: '5m', max: 1 }, { retries: 1, budgets: budgetsOf({ explicit: 1 }) })).toEqual({
      retry: false,
      reason: 'used-up',
      policy: 'explicit',
      max: 1,
      complaints: [],
    })
  })

  it('has a budget of its own under its key', () => {
    const state = { retries: 3, budgets: budgetsOf({ explicit: 3 }) }

    expect(ask({}, state)).toMatchObject({ reason: 'used-up' })
    expect(ask({ key: 'poll' }, state)).toMatchObject({ retry: true, policy: 'poll', number: 1 })
  })

  it('counts among the runs there may be in all', () => {
    expect(ask({}, { maxRuns: 1 })).toMatchObject({ retry: false, reason: 'max-runs' })
  })

  it('is granted as by default where its terms cannot be meant, with a complaint for each', () => {
    const decision = ask({ delay: NaN, max: 1e9, key: 'a\u0000' })

    expect(decision).toMatchObject({ retry: true, policy: 'explicit', delayMs: 500, max: 3 })
    expect(decision.complaints).toHaveLength(3)
  })
})
