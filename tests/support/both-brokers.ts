/** Runs the same tests over the embedded broker and over RabbitMQ: what an app promises does not depend on which it has. */
import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import type { Broker } from '../../src/broker/broker.js'
import {
  Registry,
  silentLogger,
  Taskalope,
  type TaskalopeOptions,
  type WireMessage,
} from '../../src/index.js'
import { describeWithRabbit } from './rabbitmq.js'
import { tracked } from './tracked.js'
import { until } from './until.js'

/** The broker of one run of the tests. */
export interface Road {
  readonly kind: 'embedded' | 'rabbitmq'
  /** An app of its own registry on this broker, closed after the test. */
  app(options?: TaskalopeOptions): Taskalope
  /** A queue name of this file. */
  queue(word: string): string
}

/** The tests, twice. */
export function onBothBrokers(name: string, tests: (road: Road) => void): void {
  describe(`${name}, on the embedded broker`, () => tests(embeddedRoad()))
  describeWithRabbit(`${name}, over RabbitMQ`, (rabbit) =>
    tests({
      kind: 'rabbitmq',
      queue: (word) => rabbit.name(word),
      app: (options) => makeApp({ broker: rabbit.url, namespace: rabbit.namespace, ...options }),
    }),
  )
}

/** Takes `count` messages out of a queue, but for those `wanted` says no to, which are thrown away: other tests of the file left them. */
export async function drain(
  broker: Broker,
  queue: string,
  { count = 1, wanted = () => true }: { count?: number; wanted?: (message: WireMessage) => boolean } = {},
): Promise<WireMessage[]> {
  const taken: WireMessage[] = []
  const consumer = await broker.consume(queue, { prefetch: 100 }, (delivery) => {
    if (wanted(delivery.message)) taken.push(delivery.message)
    delivery.ack()
  })
  await until(() => taken.length >= count, { what: `${count} messages in ${queue}` })
  await consumer.close()
  return taken
}

/** The dead letter of the call with this id. */
export async function deadLetterOf(app: Taskalope, id: string): Promise<WireMessage> {
  const wanted = (message: WireMessage) => message.headers['id'] === id
  const [dead] = await drain(await app.broker(), `${app.namespace}.dead`, { wanted })
  return dead as WireMessage
}

function embeddedRoad(): Road {
  const namespace = `test-${randomBytes(4).toString('hex')}`
  return {
    kind: 'embedded',
    queue: (word) => `${namespace}.${word}`,
    app: (options) =>
      makeApp({ broker: `memory://${namespace}`, namespace, embeddedWorker: false, ...options }),
  }
}

function makeApp(options: TaskalopeOptions): Taskalope {
  return tracked(new Taskalope({ registry: new Registry(), logger: silentLogger, ...options }))
}
