/** A program for a process of its own: opens everything a broker has, stays until it is told or until the broker is gone, closes, and has nothing more to do. */
import { createAmqpBroker } from '../../../src/broker/amqp/amqp-broker.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { until } from '../../support/until.js'

const { TEST_URL: url = '', TEST_QUEUE: queue = '', TEST_STAY: stay } = process.env
const broker = createAmqpBroker({ url, namespace: queue, heartbeatSeconds: 1 })
await broker.declare({ name: queue })
const results = broker.createResultBackend(jsonSerializer())
await results.replyTo()
let delivered = false
await broker.consume(queue, { prefetch: 5 }, (arrived) => {
  arrived.ack()
  delivered = true
})
await broker.publish({ routingKey: queue }, { body: Buffer.from('x'), properties: {}, headers: {} })
await until(() => delivered)
process.stdout.write('open\n')
if (stay === 'until the broker is gone') await until(() => !broker.ready)
await results.close()
await broker.close()
process.stdout.write('closed\n')
