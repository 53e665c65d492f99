/** Runs the same tests over the embedded broker and over RabbitMQ: what an app promises does not depend on which it has. */
import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import type { Broker, Delivery } from '../../src/broker/broker.js'
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

/** Takes every message there is in a queue, and acknowledges it. */
export async function drain(broker: Broker, queue: string, count: number): Promise<WireMessage[]> {
  const taken: Delivery[] = []
  const consumer = await broker.consume(queue, { prefetch: 100 }, (delivery) => {
    taken.push(delivery)
    delivery.ack()
  })
  await until(() => taken.length >= count, { what: `${count} messages in ${queue}` })
  await consumer.close()
  return taken.map((delivery) => delivery.message)
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
