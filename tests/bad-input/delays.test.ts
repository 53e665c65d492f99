/** Times nobody can mean: refused where they are given, parked where they come with a message, and the next good call runs. */
import { expect, it } from 'vitest'
import {
  type CallOptions,
  type MessageProperties,
  type Taskalope,
  task,
  type WireMessage,
} from '../../src/index.js'
import { drain, onBothBrokers, type Road } from '../support/both-brokers.js'
import { tracked } from '../support/tracked.js'
import { until } from '../support/until.js'

const LONGEST_MS = (2 ** 28 - 1) * 1000
const FAR_AHEAD = '9999-01-02T03:04:05+00:00'

const GOOD: WireMessage = {
  body: Buffer.from('[[2,3],{},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]'),
  properties: { contentType: 'application/json', contentEncoding: 'utf-8' } satisfies MessageProperties,
  headers: { task: 'delays.add', id: 'the-id' },
}

let onSum: (sum: unknown) => void = () => {}
const add = task({ name: 'delays.add', onSuccess: (sum) => onSum(sum) }, (a: number, b: number) => a + b)

const inMs = (ms: number) => new Date(Date.now() + ms)

/** Each is made when it is used: what is ahead depends on when that is. */
const REFUSED: readonly (readonly [string, () => unknown, string])[] = [
  ['a countdown that is NaN', () => ({ countdown: NaN }), 'ERR_DELAY_INVALID'],
  ['a countdown below zero', () => ({ countdown: -5 }), 'ERR_DELAY_INVALID'],
  ['a countdown without end', () => ({ countdown: Infinity }), 'ERR_DELAY_INVALID'],
  ['a countdown as text without unit', () => ({ countdown: '10' }), 'ERR_DELAY_INVALID'],
  ['a countdown of less than nothing', () => ({ countdown: '-5m' }), 'ERR_DELAY_INVALID'],
  ['a countdown that is empty', () => ({ countdown: '' }), 'ERR_DELAY_INVALID'],
  ['a countdown with an exponent', () => ({ countdown: '1e3s' }), 'ERR_DELAY_INVALID'],
  ['a countdown of null', () => ({ countdown: null }), 'ERR_DELAY_INVALID'],
  ['a countdown of an object', () => ({ countdown: { seconds: 5 } }), 'ERR_DELAY_INVALID'],
  ['a countdown of a bigint', () => ({ countdown: 5n }), 'ERR_DELAY_INVALID'],
  ['a countdown of 31 years', () => ({ countdown: 1e12 }), 'ERR_DELAY_RANGE'],
  ['a countdown a millisecond too long', () => ({ countdown: LONGEST_MS + 1 }), 'ERR_DELAY_RANGE'],
  ['an eta too far ahead', () => ({ eta: inMs(LONGEST_MS + 60_000) }), 'ERR_DELAY_RANGE'],
  ['an eta without zone', () => ({ eta: '2031-01-02T03:04:05' }), 'ERR_ETA_INVALID'],
  ['an eta that is a day only', () => ({ eta: '2031-01-02' }), 'ERR_ETA_INVALID'],
  ['an eta on the 30th of February', () => ({ eta: '2031-02-30T00:00:00Z' }), 'ERR_ETA_INVALID'],
  ['an eta at 24 hours', () => ({ eta: '2031-01-02T24:00:00Z' }), 'ERR_ETA_INVALID'],
  ['an eta 25 hours off', () => ({ eta: '2031-01-02T03:04:05+25:00' }), 'ERR_ETA_INVALID'],
  ['an eta that is a number as text', () => ({ eta: '1' }), 'ERR_ETA_INVALID'],
  ['an eta that is a number', () => ({ eta: Date.now() + 1000 }), 'ERR_ETA_INVALID'],
  ['an eta that is garbage', () => ({ eta: 'garbage' }), 'ERR_ETA_INVALID'],
  ['an eta that is an Invalid Date', () => ({ eta: new Date('soon') }), 'ERR_ETA_INVALID'],
  ['an eta in the year 275760', () => ({ eta: new Date(8.64e15) }), 'ERR_ETA_INVALID'],
  ['an eta in the year 275761', () => ({ eta: '+275761-01-01T00:00:00Z' }), 'ERR_ETA_INVALID'],
  ['an eta in the year 0', () => ({ eta: '0000-01-01T00:00:00Z' }), 'ERR_ETA_INVALID'],
  ['a countdown and an eta', () => ({ countdown: 1, eta: inMs(1000) }), 'ERR_OPTION_INVALID'],
  ['an end before its eta', () => ({ expires: inMs(5000), eta: inMs(6000) }), 'ERR_EXPIRES_BEFORE_ETA'],
  ['an end at its eta', () => ({ countdown: '5m', expires: '5m' }), 'ERR_EXPIRES_BEFORE_ETA'],
]

/** Headers that no message of Celery's, or of ours, has. */
const PARKED: readonly (readonly [string, Record<string, unknown>])[] = [
  ['retries', { retries: 1e9 }],
  ['retries', { retries: 1_000_001 }],
  ['retries', { retries: -1 }],
  ['retries', { retries: 1.5 }],
  ['retries', { retries: 2 ** 53 }],
  ['retries', { retries: true }],
  ['retries', { retries: 'many' }],
  ['retries', { retries: '' }],
  ['retries', { retries: [1] }],
  ['retries', { retries: { count: 1 } }],
  ['retries', { retries: Buffer.from('1') }],
  ['eta', { eta: 5 }],
  ['eta', { eta: true }],
  ['eta', { eta: '' }],
  ['eta', { eta: '1' }],
  ['eta', { eta: 'garbage' }],
  ['eta', { eta: '2031-02-30T00:00:00+00:00' }],
  ['eta', { eta: '2031-01-02T24:00:00Z' }],
  ['eta', { eta: '2031-01-02T03:04:05+25:00' }],
  ['eta', { eta: '275761-01-01T00:00:00Z' }],
  ['eta', { eta: { at: 'noon' } }],
  ['expires', { expires: 60 }],
  ['taskalope-retries', { 'taskalope-retries': 3 }],
  ['taskalope-retries', { 'taskalope-retries': 'many' }],
  ['taskalope-retries', { 'taskalope-retries': '{"http":-1}' }],
  ['taskalope-retries', { 'taskalope-retries': '{"http":1e309}' }],
  ['taskalope-retries', { 'taskalope-retries': '{"http":"1"}' }],
  ['taskalope-retries', { 'taskalope-retries': { http: 1 } }],
  ['taskalope-delay', { 'taskalope-delay': '5s' }],
  ['taskalope-delay', { 'taskalope-delay': -5 }],
  ['taskalope-delay', { 'taskalope-delay': 0.5 }],
  ['taskalope-delay', { 'taskalope-delay': LONGEST_MS + 1 }],
  ['taskalope-delay', { 'taskalope-delay': true }],
  ['taskalope-first-failed-at', { 'taskalope-first-failed-at': 1_700_000_000_000 }],
  ['taskalope-first-failed-at', { 'taskalope-first-failed-at': 'yesterday' }],
]

/** What there is no reason to refuse. */
const FINE: readonly (readonly [string, Record<string, unknown>])[] = [
  ['a million retries', { retries: 1_000_000 }],
  ['an eta in the past, without zone', { eta: '2001-01-01T00:00:00' }],
  ['an eta in the year 0', { eta: '0000-01-01T00:00:00Z' }],
  ['an eta of microseconds', { eta: '2001-01-01T00:00:00.123456+00:00' }],
  ['a relative delay that nothing waits for', { 'taskalope-delay': LONGEST_MS, lang: 'js' }],
  ['budgets of policies nobody has', { 'taskalope-retries': '{"__proto__":3,"gone":[1,500]}', retries: 4 }],
]

async function working(road: Road, queue: string) {
  const app = road.app({ defaultQueue: road.queue(queue) })
  app.registry.add(add)
  const worker = tracked(app.worker({ queues: [app.defaultQueue], concurrency: 2 }))
  await worker.start()
  const broker = await app.broker()
  const send = (headers: Record<string, unknown>) =>
    broker.publish({ routingKey: app.defaultQueue }, withHeaders(headers))
  return { app, worker, broker, send }
}

function withHeaders(headers: Record<string, unknown>): WireMessage {
  return { ...GOOD, headers: { ...GOOD.headers, ...headers } as WireMessage['headers'] }
}

async function runsAGoodOne(app: Taskalope): Promise<void> {
  const result = await app.run(() => add.delay(2, 3))
  expect(await result.get({ timeout: '5s' })).toBe(5)
}

onBothBrokers('a time that cannot be meant', (road) => {
  const refusal = (code: string) => ({
    ...{ name: 'PayloadError', code },
    message: expect.stringMatching(
      /^Option "(countdown|eta|expires)" of "delays\.add" .*Nothing was sent\.$/,
    ),
  })

  it.each(REFUSED)('as %s is refused', async (_what, made, code) => {
    const app = road.app()
    app.registry.add(add)

    const call = app.run(() => add.applyAsync([2, 3], made() as CallOptions))

    await expect(call).rejects.toMatchObject(refusal(code))
  })

  it('is never sent, and does not keep the next call from running', async () => {
    const { app } = await working(road, 'refused')
    const sums: unknown[] = []
    onSum = (sum) => sums.push(sum)

    for (const [, made, code] of REFUSED) {
      const call = app.run(() => add.applyAsync([2, 3], made() as CallOptions))
      await expect(call).rejects.toMatchObject(refusal(code))
    }
    await runsAGoodOne(app)

    expect(sums).toEqual([5])
    expect((await app.inspect(app.defaultQueue))?.messages).toBe(0)
  })

  it.each<[string, CallOptions]>([
    ['a countdown of nothing', { countdown: 0 }],
    ['an eta in the past', { eta: '2001-01-01T00:00:00Z' }],
    ['an eta in the year 1', { eta: '0001-01-01T00:00:00Z' }],
    ['an eta now', { eta: new Date() }],
  ])('is not %s, which runs at once', async (_what, options) => {
    const { app } = await working(road, 'now')

    const result = await app.run(() => add.applyAsync([2, 3], options))

    expect(await result.get({ timeout: '5s' })).toBe(5)
  })

  it('is not the longest there is, which waits', async () => {
    const { app } = await working(road, 'longest')

    await app.run(() => add.applyAsync([2, 3], { countdown: LONGEST_MS, ignoreResult: true }))

    await runsAGoodOne(app)
  })
})

onBothBrokers('a message with a header that cannot be meant', (road) => {
  it.each(PARKED)('%s, in %j, is parked as it came, and the next one runs', async (name, headers) => {
    const { app, broker, send } = await working(road, 'parked')

    await send(headers)
    const [dead] = await drain(broker, `${app.namespace}.dead`)

    expect(dead!.headers).toMatchObject({
      'taskalope-error-code': 'ERR_HEADER_INVALID',
      'taskalope-error-message': expect.stringContaining(`The header "${name}" `),
      'taskalope-error-attempts': 0,
    })
    expect(Buffer.from(dead!.body).equals(Buffer.from(GOOD.body))).toBe(true)
    expect(dead!.properties).toMatchObject(GOOD.properties)
    await runsAGoodOne(app)
    expect((await app.inspect(`${app.namespace}.dead`))?.messages).toBe(0)
  })

  it.each(FINE)('is not %s, with which it runs', async (_what, headers) => {
    const { send } = await working(road, 'fine')
    const sums = new Promise<unknown>((resolve) => (onSum = resolve))

    await send(headers)

    expect(await sums).toBe(5)
  })

  it('is not an eta beyond what a broker keeps it: it waits there all the same, and holds nobody up', async () => {
    const { app, worker, send } = await working(road, 'far')

    await Promise.all(Array.from({ length: 5 }, () => send({ eta: FAR_AHEAD })))
    await runsAGoodOne(app)

    // What the worker held would come back to its queue.
    await worker.stop({ timeout: '5s' })
    await until(async () => (await app.inspect(app.defaultQueue))?.consumers === 0, { what: 'no consumer' })
    expect((await app.inspect(app.defaultQueue))?.messages).toBe(0)
    expect((await app.inspect(`${app.namespace}.dead`))?.messages ?? 0).toBe(0)
  })
})
