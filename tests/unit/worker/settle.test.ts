/** What settling does when a next attempt is to be sent: its steps in order, and what becomes of it when the broker will not take it. */
import { describe, expect, it } from 'vitest'
import {
  type Broker,
  BrokerError,
  type BrokerReason,
  DeclarationError,
  type Logger,
  PayloadError,
  Registry,
  retry,
  silentLogger,
  Taskalope,
  task,
  type TaskRequest,
  type WireMessage,
} from '../../../src/index.js'
import { createMemoryBroker } from '../../../src/broker/memory-broker.js'
import { MemoryBackend } from '../../../src/results/memory-backend.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { drain } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

type PublishDelayed = Broker['publishDelayed']

/** An app on an embedded broker that keeps messages its own way. */
async function setUp(
  declared: Parameters<Registry['add']>,
  publishDelayed: (real: PublishDelayed) => PublishDelayed,
  prepare: (broker: Broker) => void = () => {},
) {
  const clock = new FakeClock()
  const broker = createMemoryBroker({ clock })
  prepare(broker)
  broker.publishDelayed = publishDelayed(broker.publishDelayed.bind(broker))
  const registry = new Registry()
  registry.add(...declared)
  const errors: string[] = []
  const logger: Logger = { ...silentLogger, error: (_, message) => void errors.push(message) }
  const app = tracked(
    new Taskalope({ broker, registry, clock, logger, embeddedWorker: false, defaultQueue: 'q' }),
  )
  const worker = app.worker({ queues: ['q'], concurrency: 5 })
  await worker.start()
  return { app, broker, clock, errors, worker }
}

const refuse =
  (error: Error, { times = Infinity } = {}) =>
  (real: PublishDelayed): PublishDelayed => {
    let refusals = 0
    return async (...args) => {
      if (refusals++ < times) throw error
      return real(...args)
    }
  }

const refused = (reason: BrokerReason) =>
  new BrokerError('ERR_REFUSED', `The broker said no (${reason}).`, { reason })

const notSent = (reason: BrokerReason, cause?: Error) =>
  new BrokerError('ERR_NOT_SENT', `It was not sent (${reason}).`, { reason, cause })

const FOR_GOOD: [string, Error][] = [
  ['a broker that says no', refused('other')],
  ['a broker it is too large for', refused('too-large')],
  ['a broker that gives no right to', refused('rights')],
  ['a header that cannot be written', new PayloadError('ERR_HEADER_INVALID', 'A header is wrong.')],
  ['a ladder that was declared otherwise', new DeclarationError('ERR_QUEUE_MISMATCH', 'It exists.')],
  [
    'a ladder that was declared otherwise, as RabbitMQ says it',
    notSent('other', new DeclarationError('ERR_QUEUE_MISMATCH', 'It exists.')),
  ],
  ['a ladder that may not be made', notSent('rights', new DeclarationError('ERR_BROKER_REFUSED', 'No.'))],
]

const FOR_NOW: [string, Error][] = [
  ['a full queue', refused('queue-full')],
  ['a queue that is gone', refused('unroutable')],
  ['an app that closes', notSent('closed')],
]

const WHATEVER_IT_IS: [string, Error][] = [
  ['is away', notSent('disconnected')],
  ['takes nothing for now', notSent('blocked')],
  ['does not answer', notSent('timeout', new BrokerError('ERR_CONNECTION_LOST', 'Nothing.'))],
  ['does not confirm it', new BrokerError('ERR_UNKNOWN_OUTCOME', 'Nothing was heard.')],
]

/** Fails in its first attempt, and says which attempts there were. */
function failsOnce() {
  const attempts: number[] = []
  const made = retry({ delay: '20m' })(
    task('settle.fails-once', function (this: TaskRequest) {
      attempts.push(this.attempt)
      if (this.attempt === 1) throw new RangeError('its own story')
      return 'done'
    }),
  )
  return { made, attempts }
}

describe('a next attempt that is refused', () => {
  it.each(FOR_GOOD)('by %s ends the task as failed, with its own error, parked once', async (_who, error) => {
    const { made, attempts } = failsOnce()
    const { app, broker, errors } = await setUp([made], refuse(error))

    const result = await app.run(() => made.delay())

    await expect(result.get()).rejects.toMatchObject({ attempts: 1, remote: { message: 'its own story' } })
    const [dead] = await drain(broker, 'taskalope.dead')
    expect(dead?.headers).toMatchObject({ id: result.id, 'taskalope-error-class': 'RangeError' })
    expect(await broker.inspect('q')).toMatchObject({ messages: 0 })
    expect(await broker.inspect('taskalope.dead')).toMatchObject({ messages: 0 })
    expect(attempts).toEqual([1])
    expect(errors).toEqual(['the next attempt of a task cannot be sent, so the task has failed'])
  })

  it('for good is not parked when the task says deadLetter: false', async () => {
    const expendable = retry({ delay: '20m' })(
      task({ name: 'settle.expendable', deadLetter: false }, () => {
        throw new Error('so what')
      }),
    )
    const { app, broker } = await setUp([expendable], refuse(refused('other')))

    const result = await app.run(() => expendable.delay())

    await expect(result.get()).rejects.toMatchObject({ code: 'ERR_TASK_FAILED' })
    await until(async () => (await broker.inspect('q'))?.messages === 0)
    expect(await broker.inspect('taskalope.dead')).toMatchObject({ messages: 0 })
  })

  it.each(FOR_NOW)('by %s goes back to its queue after a rest, and runs again', async (_who, error) => {
    const { made, attempts } = failsOnce()
    let refusals = 0
    const { app, clock, errors } = await setUp([made], (real) => async (...args) => {
      if (refusals++ === 0) throw error
      return real(...args)
    })

    const result = await app.run(() => made.delay())
    await until(() => errors.length === 1)
    expect(attempts).toEqual([1])
    await clock.advance(1000)
    await until(() => attempts.length === 2)
    await clock.advance(20 * 60_000)

    expect(await result.get()).toBe('done')
    expect(attempts).toEqual([1, 1, 2])
    expect(errors).toEqual([
      'a delivery that ended as "retried" could not be settled; it goes back to the queue',
    ])
  })
})

/** Has every delivery say that its connection is gone. */
function tellLost(broker: Broker): void {
  const consume = broker.consume.bind(broker)
  broker.consume = (queue, options, onDelivery) =>
    consume(queue, options, (delivery) => {
      Object.defineProperty(delivery, 'lost', { value: true })
      onDelivery(delivery)
    })
}

describe('a broker that', () => {
  it.each(WHATEVER_IT_IS)('%s is asked again, and the task does not run again', async (_what, error) => {
    const { made, attempts } = failsOnce()
    let refusals = 0
    const { app, clock, errors } = await setUp([made], (real) => async (...args) => {
      if (refusals++ < 3) throw error
      return real(...args)
    })

    const result = await app.run(() => made.delay())
    for (const count of [1, 2, 3]) {
      await until(() => errors.length === count)
      await clock.advance(1000)
    }
    await until(() => refusals === 4)
    await clock.advance(20 * 60_000)

    expect(await result.get()).toBe('done')
    expect(attempts).toEqual([1, 2])
    expect(new Set(errors)).toEqual(
      new Set(['a delivery that ended as "retried" could not be settled; it is tried again']),
    )
  })

  it('takes nothing for minutes has the delivery back in the end', async () => {
    const { made, attempts } = failsOnce()
    const { app, clock, errors } = await setUp([made], refuse(notSent('blocked'), { times: 30 }))

    await app.run(() => made.delay())
    for (let tries = 1; tries <= 30; tries += 1) {
      await until(() => errors.length === tries)
      expect(attempts).toEqual([1])
      await clock.advance(1000)
    }

    await until(() => attempts.length === 2)
    expect(attempts).toEqual([1, 1])
    expect(errors[29]).toMatch(/it goes back to the queue$/)
  })

  it('lost the delivery with the connection is not asked again', async () => {
    const { made, attempts } = failsOnce()
    const { app, clock, errors } = await setUp(
      [made],
      refuse(notSent('disconnected'), { times: 1 }),
      (broker) => tellLost(broker),
    )

    await app.run(() => made.delay())
    await until(() => errors.length === 1)
    await clock.advance(1000)

    await until(() => attempts.length === 2)
    expect(attempts).toEqual([1, 1])
  })

  it('takes nothing keeps no worker from a forced stop', async () => {
    const { made } = failsOnce()
    const { app, broker, clock, errors, worker } = await setUp([made], refuse(notSent('blocked')))
    await app.run(() => made.delay())
    await until(() => errors.length === 1)

    const stopped = worker.stop({ timeout: 0 })
    await clock.advance(0)

    expect(await stopped).toMatchObject({ forced: true, abandoned: 0 })
    expect(await broker.inspect('q')).toMatchObject({ messages: 1 })
  })
})

describe('a call that is not due', () => {
  it('and that the broker refuses to keep is parked with that reason', async () => {
    let ran = 0
    const later = task('settle.later', () => void (ran += 1))
    const { app, broker } = await setUp([later], refuse(refused('too-large')))
    const headers = { task: 'settle.later', id: 'later', eta: '2025-01-01T01:00:00+00:00' }
    const message: WireMessage = {
      body: Buffer.from('[[],{},null]'),
      properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
      headers,
    }

    await broker.publish({ routingKey: 'q' }, message)
    const [dead] = await drain(broker, 'taskalope.dead')

    expect(dead?.headers).toMatchObject({
      ...headers,
      'taskalope-error-code': 'ERR_REFUSED',
      'taskalope-error-attempts': 0,
    })
    await expect((await app.resultOf('later')).get()).rejects.toThrow(/too-large/)
    expect(ran).toBe(0)
  })
})

describe('the steps of a retry', () => {
  it('are: its state is stored, the next attempt is kept, and only then is the delivery acknowledged', async () => {
    const steps: string[] = []
    const { made } = failsOnce()
    const { app, clock } = await setUp(
      [made],
      (real) =>
        async (queue, message, delayMs, ...rest) => {
          steps.push(`keep ${delayMs} ms for ${queue}, attempt ${Number(message.headers['retries']) + 1}`)
          await real(queue, message, delayMs, ...rest)
          steps.push('kept')
        },
      (broker) => tellSteps(broker, steps),
    )

    const result = await app.run(() => made.delay())
    await until(() => steps.includes('acknowledged'))
    await clock.advance(20 * 60_000)

    expect(await result.get()).toBe('done')
    await until(() => steps.filter((step) => step === 'acknowledged').length === 2)
    expect(steps).toEqual([
      'state RETRY',
      'keep 1200000 ms for q, attempt 2',
      'kept',
      'acknowledged',
      'state SUCCESS',
      'acknowledged',
    ])
  })
})

describe('retries of several calls', () => {
  it('are confirmed at the same time, not one after the other', async () => {
    const { made } = failsOnce()
    let asked = 0
    let release: () => void = () => {}
    const allAsked = new Promise<void>((resolve) => (release = resolve))
    const { app, clock } = await setUp([made], (real) => async (...args) => {
      asked += 1
      if (asked === 5) release()
      await allAsked
      return real(...args)
    })

    const results = await app.run(() => made.delayMany([[], [], [], [], []]))
    await allAsked
    await until(() => clock.waiting > 0)
    await clock.advance(20 * 60_000)

    expect(await Promise.all(results.map((result) => result.get()))).toEqual(Array(5).fill('done'))
  })
})

/** Has a broker tell of acknowledgements, and of states once they are stored. */
function tellSteps(broker: Broker, steps: string[]): void {
  const consume = broker.consume.bind(broker)
  broker.consume = (queue, options, onDelivery) =>
    consume(queue, options, (delivery) => {
      const { message, exchange, routingKey, redelivered, delayed, deliveryCount } = delivery
      const ack = () => {
        steps.push('acknowledged')
        delivery.ack()
      }
      const release = () => delivery.release()
      onDelivery({ message, queue, exchange, routingKey, redelivered, delayed, deliveryCount, ack, release })
    })
  broker.createResultBackend = (serializer) => {
    const backend = new MemoryBackend(serializer)
    const store = backend.store.bind(backend)
    backend.store = async (result) => {
      await store(result)
      steps.push(`state ${result.state}`)
    }
    return backend
  }
}
