/** The AMQP broker keeps the broker contract, on a real RabbitMQ. */
import { randomBytes } from 'node:crypto'
import { describe, it } from 'vitest'
import { createAmqpBroker } from '../../src/broker/amqp/amqp-broker.js'
import { brokerContract, type BrokerWorld } from '../../src/testing/index.js'
import { describeWithRabbit, type Rabbit } from '../support/rabbitmq.js'

const capabilities = { deliveryCount: true, priority: true, durable: true }

describeWithRabbit('amqp://', (rabbit) => {
  brokerContract(
    { describe, it },
    { name: 'amqp://', capabilities, isShared: true, open: async () => openWorld(rabbit) },
  )
})

/** Queues of one test: on a broker that stays, only their names keep tests apart. */
function openWorld(rabbit: Rabbit): BrokerWorld {
  const test = randomBytes(4).toString('hex')
  return {
    deadLetters: `${rabbit.namespace}.dead`,
    newBroker: () => createAmqpBroker({ url: rabbit.url, namespace: rabbit.namespace }),
    name: (word) => rabbit.name(`${test}.${word}`),
    close: async () => {},
  }
}
