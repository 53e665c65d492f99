/** Runs the code of docs/extend/broker.md. */
// #region contract
import { describe, expect, it } from 'vitest'
import { brokerContract, createMemoryBroker, FakeClock } from 'taskalope/testing'
// #endregion contract
// #region broker
import { Taskalope, type Broker } from 'taskalope'
// #endregion broker
import { add } from '../../examples/first-task/src/tasks.js'

// #region broker

/** Counts what is published, and leaves everything else to another broker. */
export function counting(inner: Broker, count: () => void): Broker {
  const createResultBackend = inner.createResultBackend?.bind(inner)
  return {
    url: inner.url,
    capabilities: inner.capabilities,
    get ready() {
      return inner.ready
    },
    async publish(...args) {
      await inner.publish(...args)
      count()
    },
    async publishDelayed(...args) {
      await inner.publishDelayed(...args)
      count()
    },
    connect: (options) => inner.connect(options),
    declare: (queue) => inner.declare(queue),
    park: (delivery, headers) => inner.park(delivery, headers),
    consume: (queue, options, onDelivery) => inner.consume(queue, options, onDelivery),
    purge: (queue) => inner.purge(queue),
    inspect: (queue) => inner.inspect(queue),
    close: (options) => inner.close(options),
    ...(createResultBackend && { createResultBackend }),
  }
}
// #endregion broker

let published = 0

// #region contract

brokerContract(
  { describe, it },
  {
    name: 'a counting broker',
    capabilities: { deliveryCount: true, priority: true, durable: false, maxDelayMs: 268_435_455_000 },
    isShared: false,
    open: async () => {
      const clock = new FakeClock()
      return {
        deadLetters: 'taskalope.dead',
        clock,
        newBroker: () => counting(createMemoryBroker({ clock }), () => {}),
        name: (word) => word,
        close: async () => {},
      }
    },
  },
)
// #endregion contract

it('serves an app', async () => {
  // #region app
  const inner = createMemoryBroker()
  const app = new Taskalope({ broker: counting(inner, () => (published += 1)) })
  const call = await app.run(() => add.delay(2, 3))
  // #endregion app

  expect(await call.get({ timeout: '5s' })).toBe(5)
  expect(published).toBe(1)
  await app.close()
})
