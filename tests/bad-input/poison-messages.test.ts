/** Messages that kill Python workers, and others nobody can run: each is parked with its reason, and the next good one runs. */
import { expect, it } from 'vitest'
import { type MessageProperties, type Taskalope, task, type WireMessage } from '../../src/index.js'
import { drain, onBothBrokers, type Road } from '../support/both-brokers.js'
import { tracked } from '../support/tracked.js'

const GOOD_BODY = '[[2,3],{},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]'
const JSON_PROPERTIES: MessageProperties = { contentType: 'application/json', contentEncoding: 'utf-8' }

interface Shape {
  readonly body?: string | Uint8Array
  readonly properties?: MessageProperties
  readonly headers?: Record<string, unknown>
}

let onSum: (sum: unknown) => void = () => {}
const add = task({ name: 'poison.add', onSuccess: (sum) => onSum(sum) }, (a: number, b: number) => a + b)

class Arity {
  @task({ name: 'poison.two', params: [Number, Number] })
  two(a: number, b: number): number {
    return a + b
  }
}

const ID = { task: 'poison.add', id: 'the-id' }

/** Section 1.1 of what a Python worker requires and trap 3, and what else was seen to kill or confuse one. */
const POISON: readonly (readonly [string, Shape, string])[] = [
  ['no headers at all', { headers: {} }, 'ERR_NOT_A_TASK'],
  ['no task header', { headers: { id: 'x' } }, 'ERR_NOT_A_TASK'],
  ['no id header', { headers: { task: 'poison.add' } }, 'ERR_NOT_A_TASK'],
  ['no content type', { properties: { contentEncoding: 'utf-8' } }, 'ERR_CONTENT_TYPE'],
  [
    'pickle',
    { properties: { contentType: 'application/x-python-serialize', contentEncoding: 'binary' } },
    'ERR_CONTENT_TYPE',
  ],
  ['yaml', { properties: { contentType: 'application/x-yaml' }, body: '- [2, 3]' }, 'ERR_CONTENT_TYPE'],
  ['UTF-16', { properties: { contentType: 'application/json; charset=utf-16' } }, 'ERR_CONTENT_TYPE'],
  ['an empty body', { body: '' }, 'ERR_BODY_EMPTY'],
  ['a body of one element', { body: '[[2,3]]' }, 'ERR_ENVELOPE_INVALID'],
  ['a body of two elements', { body: '[[2,3],{}]' }, 'ERR_ENVELOPE_INVALID'],
  ['an empty array', { body: '[]' }, 'ERR_ENVELOPE_INVALID'],
  ['an empty object', { body: '{}' }, 'ERR_ENVELOPE_INVALID'],
  ['null', { body: 'null' }, 'ERR_ENVELOPE_INVALID'],
  ['a number', { body: '5' }, 'ERR_ENVELOPE_INVALID'],
  ['args null', { body: '[null,{},null]' }, 'ERR_ENVELOPE_INVALID'],
  ['kwargs null', { body: '[[2,3],null,null]' }, 'ERR_ENVELOPE_INVALID'],
  ['kwargs an array', { body: '[[2,3],[],null]' }, 'ERR_ENVELOPE_INVALID'],
  ['no JSON', { body: '{oops' }, 'ERR_BODY_NOT_JSON'],
  ['bytes that are no UTF-8', { body: new Uint8Array([0x5b, 0xff, 0xfe, 0x5d]) }, 'ERR_BODY_NOT_UTF8'],
  [
    '100 000 arrays inside each other',
    { body: '['.repeat(100_000) + ']'.repeat(100_000) },
    'ERR_BODY_TOO_DEEP',
  ],
  ['an own key __proto__', { body: '[[{"__proto__":{"admin":true}}],{},null]' }, 'ERR_FORBIDDEN_KEY'],
  ['an unknown tag', { body: '[[{"__type__":"os.system","__value__":"x"}],{},null]' }, 'ERR_TAG_UNKNOWN'],
  ['an unknown compression', { headers: { ...ID, compression: 'rot13' } }, 'ERR_COMPRESSION_REFUSED'],
  [
    'says compressed and is not',
    { headers: { ...ID, compression: 'application/x-gzip' } },
    'ERR_COMPRESSION_CORRUPT',
  ],
  ['an eta that is a number', { headers: { ...ID, eta: 5 } }, 'ERR_HEADER_INVALID'],
  [
    'an eta on the 30th of February',
    { headers: { ...ID, eta: '2031-02-30T00:00:00+00:00' } },
    'ERR_HEADER_INVALID',
  ],
  ['expires that is no date', { headers: { ...ID, expires: 'soon' } }, 'ERR_HEADER_INVALID'],
  ['retries of a wrong type', { headers: { ...ID, retries: true } }, 'ERR_HEADER_INVALID'],
  ['retries below zero', { headers: { ...ID, retries: -1 } }, 'ERR_HEADER_INVALID'],
  ['retries beyond all bounds', { headers: { ...ID, retries: 1e9 } }, 'ERR_HEADER_INVALID'],
  ['a task name of a wrong type', { headers: { ...ID, task: true } }, 'ERR_HEADER_INVALID'],
  ['an unknown task', { headers: { ...ID, task: 'poison.ad' } }, 'ERR_TASK_UNKNOWN'],
  ['a task named __proto__', { headers: { ...ID, task: '__proto__' } }, 'ERR_TASK_UNKNOWN'],
  ['too few arguments', { headers: { ...ID, task: 'poison.two' }, body: '[[2],{},null]' }, 'ERR_ARGUMENTS'],
  [
    'too many arguments',
    { headers: { ...ID, task: 'poison.two' }, body: '[[2,3,4],{},null]' },
    'ERR_ARGUMENTS',
  ],
  [
    'a chain to go on with',
    { body: '[[2,3],{},{"callbacks":null,"errbacks":null,"chain":[{"task":"x"}],"chord":null}]' },
    'ERR_WORKFLOW_INVALID',
  ],
]

/** What Celery accepts, and so do we. */
const FINE: readonly (readonly [string, Shape])[] = [
  ['nothing but task and id', {}],
  ['embed null', { body: '[[2,3],{},null]' }],
  ['an object body', { body: '{"args":[2,3],"kwargs":{}}' }],
  ['retries as text', { headers: { ...ID, retries: '3' } }],
  ['retries null', { headers: { ...ID, retries: null } }],
  ['time limits as floats', { headers: { ...ID, timelimit: [1.5, null] } }],
  ['an integer id', { headers: { ...ID, id: 42 } }],
  ['content type in capitals', { properties: { contentType: 'Application/JSON', contentEncoding: 'UTF-8' } }],
  ['a byte order mark', { body: `\ufeff${GOOD_BODY}` }],
  ['an eta in the past', { headers: { ...ID, eta: '2001-01-01T00:00:00' } }],
]

function wire({ body = GOOD_BODY, properties = JSON_PROPERTIES, headers = ID }: Shape): WireMessage {
  return { body: Buffer.from(body as string), properties, headers: headers as WireMessage['headers'] }
}

async function working(road: Road, queue: string) {
  const app = road.app({ defaultQueue: road.queue(queue) })
  app.registry.add(add, Arity)
  await tracked(app.worker({ queues: [app.defaultQueue], concurrency: 2 })).start()
  const broker = await app.broker()
  const send = (shape: Shape) => broker.publish({ routingKey: app.defaultQueue }, wire(shape))
  return { app, broker, send }
}

async function runsAGoodOne(app: Taskalope): Promise<void> {
  const result = await app.run(() => add.delay(2, 3))
  expect(await result.get({ timeout: '2s' })).toBe(5)
}

onBothBrokers('a message that cannot be run', (road) => {
  it.each(POISON)(
    'because it has %s is parked as it came, and the next one runs',
    async (_what, shape, code) => {
      const { app, broker, send } = await working(road, 'poison')

      await send(shape)
      const [dead] = await drain(broker, `${app.namespace}.dead`)

      expect(dead!.headers).toMatchObject({
        'taskalope-error-code': code,
        'taskalope-error-queue': app.defaultQueue,
      })
      expect(Buffer.from(dead!.body).equals(Buffer.from(wire(shape).body))).toBe(true)
      expect(dead!.properties).toMatchObject(wire(shape).properties)
      await runsAGoodOne(app)
      expect((await app.inspect(`${app.namespace}.dead`))?.messages).toBe(0)
    },
  )

  it('among many does not stop the others', async () => {
    const { app, broker, send } = await working(road, 'poison-crowd')

    await Promise.all(POISON.map(([, shape]) => send(shape)))
    await runsAGoodOne(app)

    const dead = await drain(broker, `${app.namespace}.dead`, { count: POISON.length })
    expect(dead.map((each) => each.headers['taskalope-error-code']).toSorted()).toEqual(
      POISON.map(([, , code]) => code).toSorted(),
    )
  })
})

onBothBrokers('a message as Celery would accept it', (road) => {
  it.each(FINE)('with %s runs', async (_what, shape) => {
    const { send } = await working(road, 'fine')
    const sums = new Promise<unknown>((resolve) => (onSum = resolve))

    await send(shape)

    expect(await sums).toBe(5)
  })
})
