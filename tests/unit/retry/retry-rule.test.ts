/** Policies are checked where they are declared, and each error says which option of which policy is wrong, and what it must be. */
import { describe, expect, it } from 'vitest'
import { distinctRules, explicitRule, retryRule } from '../../../src/retry/retry-rule.js'
import type { RetryPolicy } from '../../../src/retry/retry-types.js'

class HttpError extends Error {}
class RateLimited extends Error {}

const SUBJECT = 'A retry policy of task "mail.send"'
const rule = (policy: RetryPolicy) => retryRule(policy, SUBJECT)
const declaring = (policy: unknown) => () => retryRule(policy as RetryPolicy, SUBJECT)
const keysOf = (policies: RetryPolicy[]) => distinctRules(policies.map(rule)).map(({ key }) => key)

describe('a policy', () => {
  it('that says nothing is for any error: 3 retries, from 1 s to 10 min with full jitter', () => {
    expect(rule({})).toEqual({
      key: 'default',
      defaultKey: 'default',
      isKeyMade: true,
      on: [],
      when: undefined,
      delay: undefined,
      backoff: { type: 'exponential', baseMs: 1000, factor: 2, maxMs: 600_000, jitter: 'full' },
      max: 3,
    })
  })

  it('keeps what it says, in milliseconds', () => {
    const when = () => true
    const backoff = { type: 'linear', base: '2s', factor: 3, max: '1h', jitter: 'equal' } as const

    expect(rule({ on: HttpError, when, max: 5, delay: '20m', key: 'http' })).toMatchObject({
      key: 'http',
      defaultKey: 'HttpError',
      isKeyMade: false,
      on: [HttpError],
      when,
      delay: 1_200_000,
      max: 5,
    })
    expect(rule({ backoff }).backoff).toEqual({
      type: 'linear',
      baseMs: 2000,
      factor: 3,
      maxMs: 3_600_000,
      jitter: 'equal',
    })
  })

  it('cannot be changed afterwards, nor by the list of classes it was made of', () => {
    const on = [HttpError]
    const made = rule({ on, backoff: { base: '2s' } })
    on.push(RateLimited)

    expect(made.on).toEqual([HttpError])
    expect([made, made.on, made.backoff].every(Object.isFrozen)).toBe(true)
  })

  it('may have functions for what depends on the error', () => {
    const key = () => 'tenant-1'
    const delay = () => 1000
    const max = () => 1

    expect(rule({ key, delay, max })).toMatchObject({ key, delay, max, defaultKey: 'default' })
  })

  it.each([[0], [1_000_000], [Infinity]])('may allow %d retries', (max) => {
    expect(rule({ max }).max).toBe(max)
  })

  it('takes an option that is undefined for one that is not given', () => {
    const notGiven: unknown = { max: undefined, delay: undefined, backoff: { base: '2s' } }

    expect(rule(notGiven as RetryPolicy)).toMatchObject({
      max: 3,
      delay: undefined,
      backoff: { baseMs: 2000 },
    })
  })

  it('is named after its classes, unless it has a key', () => {
    const on = [HttpError, RateLimited, class extends Error {}]

    expect(rule({ on }).key).toBe('HttpError|RateLimited|anonymous')
  })

  it('has a key that fits into a message, however many classes it is for', () => {
    const on = Array.from({ length: 40 }, () => HttpError)

    expect(rule({ on }).key).toMatch(/^(HttpError\|)+.*…$/)
    expect(rule({ on }).key.length).toBeLessThanOrEqual(100)
  })

  it('may be for a class whose name cannot be read', () => {
    class Nameless extends Error {
      static override get name(): string {
        throw new Error('no name')
      }
    }

    expect(rule({ on: Nameless }).key).toBe('anonymous')
  })
})

describe('a policy is refused', () => {
  it.each<[string, unknown, string]>([
    ['max -1', { max: -1 }, 'option "max" must be a whole number from 0 to 1000000, or Infinity'],
    ['max 1.5', { max: 1.5 }, 'option "max"'],
    ['max 1e9', { max: 1e9 }, 'and it is 1000000000.'],
    ['max NaN', { max: NaN }, 'and it is NaN.'],
    ['max -Infinity', { max: -Infinity }, 'option "max"'],
    ['max as text', { max: '5' }, "and it is '5'."],
    ['max null', { max: null }, 'and it is null.'],
    ['delay -5m', { delay: '-5m' }, 'option "delay" is "-5m", which is no duration.'],
    ['delay 1e3s', { delay: '1e3s' }, 'option "delay" is "1e3s"'],
    ['an empty delay', { delay: '' }, 'option "delay" is ""'],
    ['delay NaN', { delay: NaN }, 'option "delay" is NaN'],
    ['delay null', { delay: null }, 'option "delay" is null'],
    ['an endless delay', { delay: Infinity }, 'option "delay" is Infinity'],
    ['a delay no broker keeps', { delay: '4000d' }, 'option "delay" must be at most 268435455 s'],
    ['delay with backoff', { delay: '5m', backoff: {} }, 'has both "delay" and "backoff". Keep one'],
    ['on an error', { on: new Error('x') }, 'option "on" must be a class of errors or a list of them'],
    ['on a text', { on: 'HttpError' }, 'option "on"'],
    ['on an arrow function', { on: () => true }, 'option "on"'],
    ['on nothing', { on: [] }, 'and it is [].'],
    ['on null', { on: null }, 'option "on"'],
    ['on a list with a hole', { on: [HttpError, undefined] }, 'option "on"'],
    ['when not a function', { when: true }, 'option "when" must be a function, and it is true.'],
    ['an empty key', { key: '' }, 'option "key" must be a text of 1 to 100 characters'],
    ['a key of 101 characters', { key: 'k'.repeat(101) }, 'option "key"'],
    ['a key over two lines', { key: 'a\nb' }, 'option "key"'],
    ['a key with half a character', { key: 'a\ud800' }, 'option "key"'],
    ['a key that is no text', { key: 5 }, 'option "key"'],
    ['an empty description', { description: ' ' }, 'option "description" must be a text'],
    ['a description that is no text', { description: 5 }, 'option "description"'],
    ['a list', [], 'must be an object with options, and it is [].'],
    ['a text', 'http', "must be an object with options, and it is 'http'."],
    ['nothing', undefined, 'must be an object with options'],
    ['null', null, 'must be an object with options'],
  ])('with %s', (_, policy, why) => {
    expect(declaring(policy)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    expect(declaring(policy)).toThrow(why)
    expect(declaring(policy)).toThrow(/^A retry policy of task "mail\.send"/)
  })

  it.each<[string, unknown, string]>([
    ['factor 0.5', { factor: 0.5 }, 'option "factor" must be a number from 1 to 100, and it is 0.5.'],
    ['factor 101', { factor: 101 }, 'option "factor"'],
    ['factor NaN', { factor: NaN }, 'option "factor"'],
    ['factor null', { factor: null }, 'option "factor"'],
    ['factor as text', { factor: '2' }, 'option "factor"'],
    ['base 0', { base: 0 }, 'option "base" must be longer than 0, and it is 0.'],
    ['base -1s', { base: '-1s' }, 'option "base" is "-1s", which is no duration.'],
    ['a base beyond the max', { base: '2m', max: '1m' }, 'option "max" must be at least the base, 2m'],
    ['a base beyond the default max', { base: '20m' }, 'the default is 10m, and it is undefined.'],
    ['an endless max', { max: Infinity }, 'option "max" is Infinity'],
    ['a max no broker keeps', { max: '9999d' }, 'option "max" must be at most 268435455 s'],
    ['an unknown type', { type: 'exp' }, "must be one of 'fixed', 'linear', 'exponential', 'decorrelated'"],
    ['an unknown jitter', { jitter: true }, "option \"jitter\" must be one of 'none', 'equal', 'full'"],
    ['a number instead', 5, 'must be an object with options, and it is 5.'],
  ])('with a backoff of %s', (_, backoff, why) => {
    expect(declaring({ backoff })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    expect(declaring({ backoff })).toThrow(why)
    expect(declaring({ backoff })).toThrow(/^The backoff of a retry policy of task "mail\.send"/)
  })

  it('with an option there is none of, naming the nearest, else all', () => {
    const unknown = expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN', name: 'DeclarationError' })

    expect(declaring({ whn: 1 })).toThrow(unknown)
    expect(declaring({ whn: 1 })).toThrow(
      'A retry policy of task "mail.send" has an unknown option "whn". Did you mean "when"?',
    )
    expect(declaring({ retries: 1 })).toThrow('There are: on, when, max, delay, backoff, key, description.')
    expect(declaring({ backoff: { facter: 1 } })).toThrow('Did you mean "factor"?')
  })

  it('in the words of who declares it', () => {
    const create = (policy: unknown) => () => retryRule(policy as RetryPolicy, 'createRetry()')

    expect(create({ max: -1 })).toThrow(/^createRetry\(\): option "max"/)
    expect(create({ backoff: { factor: 0 } })).toThrow(/^The backoff of createRetry\(\): option "factor"/)
  })
})

describe('the policies of one task', () => {
  it('are numbered, in the order they are asked, where they have the same default key', () => {
    const policies = [{}, { on: HttpError }, {}, { on: HttpError }, {}]

    expect(keysOf(policies)).toEqual(['default', 'HttpError', 'default#2', 'HttpError#2', 'default#3'])
  })

  it('leave the keys alone that somebody chose, wherever they stand', () => {
    expect(keysOf([{}, { key: 'default' }, {}, { key: 'default#3' }])).toEqual([
      'default#2',
      'default',
      'default#4',
      'default#3',
    ])
  })

  it('keep their keys short', () => {
    const on = class extends Error {}
    Object.defineProperty(on, 'name', { value: 'E'.repeat(100) })

    expect(keysOf([{ on }, { on }])).toEqual(['E'.repeat(100), `${'E'.repeat(95)}…#2`])
  })

  it('have default keys of their own where functions give the keys', () => {
    const key = () => 'tenant'
    const rules = distinctRules([rule({ key }), rule({}), rule({ key })])

    expect(rules.map(({ defaultKey }) => defaultKey)).toEqual(['default', 'default#2', 'default#3'])
    expect(rules.map((each) => each.key)).toEqual([key, 'default#2', key])
    expect(rules.every(Object.isFrozen)).toBe(true)
  })

  it('cannot be two that were given the same key', () => {
    const twice = () => distinctRules([rule({ key: 'http' }), rule({}), rule({ key: 'http' })], 'Task "x"')

    expect(twice).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }))
    expect(twice).toThrow('Task "x" has two retry policies with the key "http".')
  })
})

describe('the rule of a Retry that a task throws', () => {
  it('has a budget of its own, 3 retries and the default backoff', () => {
    const made = explicitRule({})

    expect(made.complaints).toEqual([])
    expect(made.rule).toMatchObject({ key: 'explicit', max: 3, delay: undefined, on: [], when: undefined })
    expect(made.rule.backoff).toEqual(rule({}).backoff)
  })

  it('takes what is said', () => {
    const made = explicitRule({ delay: '5m', max: 7, key: 'poll' })

    expect(made.complaints).toEqual([])
    expect(made.rule).toMatchObject({ key: 'poll', max: 7, delay: 300_000 })
  })

  it('does without what cannot be meant, and complains about it', () => {
    const made = explicitRule({ delay: '-5m', max: -1, key: '' })

    expect(made.rule).toMatchObject({ key: 'explicit', max: 3, delay: undefined })
    expect(made.complaints).toEqual([
      { policy: 'explicit', problem: expect.stringMatching(/^its key is not .* "explicit" was taken$/) },
      { policy: 'explicit', problem: expect.stringMatching(/^its max is not .* 3 was taken$/) },
      { policy: 'explicit', problem: 'its delay is no duration; the default backoff was taken' },
    ])
  })

  it('complains under the key that was given', () => {
    expect(explicitRule({ key: 'poll', max: NaN }).complaints).toMatchObject([{ policy: 'poll' }])
  })
})
