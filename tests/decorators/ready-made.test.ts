/** The decorators of taskalope/retry: which errors they take, how long they wait, and how they are adjusted. */
import { describe, expect, it } from 'vitest'
import { task } from 'taskalope'
import { retryOnCode, retryOnHttp, retryOnNetwork } from 'taskalope/retry'
import { processRegistry } from '../../src/registry/registry.js'
import { describeRule } from '../../src/retry/describe-rule.js'
import { decideRetry } from '../../src/retry/retry-policy.js'
import { NO_BUDGETS, type RetryDecision } from '../../src/retry/retry-types.js'
import type { RetryDecorator } from 'taskalope'

let count = 0

/** What a task with this decorator decides about an error of its first run. */
function decide(decorator: RetryDecorator, error: unknown): RetryDecision {
  const name = `ready-made.${(count += 1)}`
  decorator(task(name, () => 1))
  const context = {
    attempt: 1,
    taskName: name,
    args: [],
    request: { id: 'i', taskName: name, args: [], attempt: 1, queue: 'q' },
  }
  const state = { retries: 0, budgets: NO_BUDGETS, maxRuns: undefined }
  const rules = processRegistry().get(name)?.retryRules ?? []
  return decideRetry({ error, state, rules, context, random: () => 0.5 })
}

function errorWith(properties: object, options?: ErrorOptions): Error {
  return Object.assign(new Error('failed', options), properties)
}

const after = (seconds: string): Headers => new Headers({ 'Retry-After': seconds })

describe('retryOnHttp', () => {
  const on5xx = () => retryOnHttp([500, 502])

  it.each([
    ['with a status', errorWith({ status: 500 })],
    ['with a status code', errorWith({ statusCode: 502 })],
    ['with a response, as axios throws it', errorWith({ response: { status: 502, headers: {} } })],
    ['whose cause is a Response of fetch', errorWith({}, { cause: new Response('', { status: 500 }) })],
  ])('tries again after an error %s, in 20 minutes and up to five times', (_, error) => {
    expect(decide(on5xx(), error)).toMatchObject({
      ...{ retry: true, policy: 'http', number: 1, max: 5, delayMs: 20 * 60_000, complaints: [] },
    })
  })

  it.each([
    ['another status', errorWith({ status: 503 })],
    ['no status', new Error('failed')],
  ])('leaves alone what has %s', (_, error) => {
    expect(decide(on5xx(), error)).toMatchObject({ retry: false, reason: 'no-policy' })
  })

  it('waits as long as the server asks', () => {
    const error = errorWith({ status: 429, response: { status: 429, headers: after('7') } })
    const atDate = errorWith({
      status: 429,
      headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() },
    })

    expect(decide(retryOnHttp([429]), error)).toMatchObject({ retry: true, delayMs: 7000 })
    const decision = decide(retryOnHttp([429]), atDate)
    expect(decision.retry && decision.delayMs).toBeGreaterThan(50_000)
    expect(decision.retry && decision.delayMs).toBeLessThanOrEqual(60_000)
  })

  it.each([
    ['a day', {}, 86_400_000],
    ['what maxDelay says', { maxDelay: '1h' } as const, 3_600_000],
    ['its own delay where that is longer', { delay: '2d' } as const, 172_800_000],
  ])('waits no longer than %s for a server that asks for years', (_, options, delayMs) => {
    const error = errorWith({ status: 503, headers: after('99999999999') })

    expect(decide(retryOnHttp([503], options), error)).toMatchObject({ retry: true, delayMs })
  })

  it('is adjusted by options, of which those that are undefined do not count', () => {
    expect(
      decide(retryOnHttp([500], { delay: '5s', max: 2, key: 'mail' }), errorWith({ status: 500 })),
    ).toMatchObject({ policy: 'mail', max: 2, delayMs: 5000 })
    const nothing = { delay: undefined, max: undefined, key: undefined } as object
    expect(decide(retryOnHttp([500], nothing), errorWith({ status: 500 }))).toMatchObject({
      ...{ policy: 'http', max: 5, delayMs: 20 * 60_000 },
    })
  })

  it('refuses options that cannot be meant where they stand', () => {
    expect(() => retryOnHttp([500], { delay: '-5m' as '5m' })).toThrow(
      'Option "delay" of retryOnHttp() is "-5m", which is no duration.',
    )
    expect(() => retryOnHttp([500], { max: -1 })).toThrow('"max" must be a whole number')
    expect(() => retryOnHttp([500], { dealy: '5m' } as object)).toThrow('Did you mean "delay"?')
    expect(() => retryOnHttp(500 as unknown as number[])).toThrow(TypeError)
  })
})

describe('retryOnNetwork', () => {
  it.each([
    ['a code', errorWith({ code: 'ECONNRESET' })],
    ['a code in its cause, as fetch throws it', errorWith({}, { cause: errorWith({ code: 'EAI_AGAIN' }) })],
    [
      'a code deep down',
      errorWith({}, { cause: errorWith({}, { cause: errorWith({ code: 'UND_ERR_SOCKET' }) }) }),
    ],
    ['a code among its errors', new AggregateError([errorWith({ code: 'ETIMEDOUT' })])],
    ['the name of a timeout', new DOMException('late', 'TimeoutError')],
  ])('tries again after an error with %s', (_, error) => {
    expect(decide(retryOnNetwork(), error)).toMatchObject({
      ...{ retry: true, policy: 'network', max: 5, delayMs: 500, complaints: [] },
    })
  })

  it('leaves alone what is no fault of the network', () => {
    expect(decide(retryOnNetwork(), errorWith({ code: 'ENOENT' }))).toMatchObject({ retry: false })
    expect(decide(retryOnNetwork(), new Error('ECONNRESET'))).toMatchObject({ retry: false })
  })

  it('is adjusted by options, of which those that are undefined do not count', () => {
    const error = errorWith({ code: 'ECONNRESET' })

    expect(decide(retryOnNetwork({ delay: '5s', max: 1, key: 'net' }), error)).toMatchObject({
      ...{ policy: 'net', max: 1, delayMs: 5000 },
    })
    expect(
      decide(retryOnNetwork({ backoff: { type: 'fixed', base: '3s', jitter: 'none' } }), error),
    ).toMatchObject({
      ...{ policy: 'network', max: 5, delayMs: 3000 },
    })
    expect(decide(retryOnNetwork({ max: undefined, key: undefined } as object), error)).toMatchObject({
      ...{ policy: 'network', max: 5 },
    })
  })
})

describe('retryOnCode', () => {
  it('tries again after an error with that code, or one it was caused by', () => {
    expect(decide(retryOnCode('40001'), errorWith({ code: '40001' }))).toMatchObject({
      ...{ retry: true, policy: '40001', max: 3, delayMs: 500 },
    })
    expect(
      decide(retryOnCode('40001'), errorWith({ code: 'X' }, { cause: errorWith({ code: '40001' }) })),
    ).toMatchObject({ retry: true })
    expect(
      decide(retryOnCode('40001', { max: 10, key: 'serialize' }), errorWith({ code: '40001' })),
    ).toMatchObject({
      ...{ policy: 'serialize', max: 10 },
    })
  })

  it('leaves alone what has another code, or none', () => {
    expect(decide(retryOnCode('40001'), errorWith({ code: '40002' }))).toMatchObject({ retry: false })
    expect(decide(retryOnCode('40001'), errorWith({ code: 40001 }))).toMatchObject({ retry: false })
    expect(decide(retryOnCode('40001'), new Error('40001'))).toMatchObject({ retry: false })
  })
})

describe('several of them', () => {
  it('stand on one task, each with its own budget', () => {
    retryOnHttp([500])(
      retryOnHttp([429], { key: 'busy' })(
        retryOnNetwork()(retryOnCode('E')(task('ready-made.all', () => 1))),
      ),
    )

    const rules = processRegistry().get('ready-made.all')?.retryRules ?? []
    expect(rules.map(({ key }) => key)).toEqual(['http', 'busy', 'network', 'E'])
    expect(rules.map(describeRule)).toEqual([
      'HTTP 500 after Retry-After or 20m: 5 ×',
      'HTTP 429 after Retry-After or 20m: 5 ×',
      'connection trouble: 5 ×, 1s…10m exponential, full jitter',
      'code E: 3 ×, 1s…10m exponential, full jitter',
    ])
  })

  it('need keys of their own where two are of one kind', () => {
    expect(() => retryOnHttp([500])(retryOnHttp([429])(task('ready-made.twice', () => 1)))).toThrow(
      '"ready-made.twice" has two retry policies with the key "http".',
    )
  })
})
