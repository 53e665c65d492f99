/** A process that opens everything a broker has, stays a moment, closes it, and has nothing more to do. */
import { createAmqpBroker } from '../../../src/broker/amqp/amqp-broker.js'
import { jsonSerializer } from '../../../src/serialization/json.js'

const queue = process.env['TEST_QUEUE'] ?? ''
const broker = createAmqpBroker({ url: process.env['TEST_URL'] ?? '', namespace: queue })
await broker.declare({ name: queue })
const results = broker.createResultBackend(jsonSerializer())
await results.replyTo()
let delivered: () => void = () => {}
const delivery = new Promise<void>((resolve) => (delivered = resolve))
await broker.consume(queue, { prefetch: 5 }, (arrived) => {
  arrived.ack()
  delivered()
})
await broker.publish({ routingKey: queue }, { body: Buffer.from('x'), properties: {}, headers: {} })
await delivery
process.stdout.write('open\n')
await results.close()
await broker.close()
process.stdout.write('closed\n')
