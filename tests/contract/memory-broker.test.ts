/** The embedded broker keeps the broker contract: with queues of its own, and with queues shared by name. */
import { randomUUID } from 'node:crypto'
import { describe, it } from 'vitest'
import { createMemoryBroker } from '../../src/broker/memory-broker.js'
import { brokerContract, FakeClock, type BrokerWorld } from '../../src/testing/index.js'

const capabilities = { deliveryCount: true, priority: true, durable: false, maxDelayMs: (2 ** 28 - 1) * 1000 }

brokerContract(
  { describe, it },
  { name: 'memory://', capabilities, isShared: false, open: () => openWorld('memory://') },
)

brokerContract(
  { describe, it },
  { name: 'memory://name', capabilities, isShared: true, open: () => openWorld(`memory://${randomUUID()}`) },
)

async function openWorld(url: string): Promise<BrokerWorld> {
  const clock = new FakeClock()
  return {
    deadLetters: 'contract.dead',
    clock,
    newBroker: () => createMemoryBroker({ url, namespace: 'contract', clock }),
    name: (word) => `contract.${word}`,
    close: async () => {},
  }
}
