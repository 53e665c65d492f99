/** The broker over RabbitMQ keeps the broker contract. */
import { describe, it } from 'vitest'
import { createAmqpBroker } from '../../src/broker/amqp/amqp-broker.js'
import { brokerContract, type BrokerWorld } from '../../src/testing/index.js'
import { describeWithRabbit, type Rabbit } from '../support/rabbitmq.js'

const capabilities = { deliveryCount: true, priority: true, durable: true, maxDelayMs: (2 ** 28 - 1) * 1000 }

describeWithRabbit('createAmqpBroker', (rabbit) => {
  let worlds = 0
  const open = async () => openWorld(rabbit, ++worlds)
  brokerContract({ describe, it }, { name: 'RabbitMQ', capabilities, isShared: true, open })
})

/** One vhost for all worlds; the number keeps their queues apart. */
async function openWorld(rabbit: Rabbit, number: number): Promise<BrokerWorld> {
  const { url, namespace } = rabbit
  return {
    deadLetters: `${namespace}.dead`,
    newBroker: () => createAmqpBroker({ url, namespace }),
    name: (word) => rabbit.name(`${number}.${word}`),
    close: async () => {},
  }
}
