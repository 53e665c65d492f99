/** Makes dead letters for the unit tests: deliveries as they come from the queue. */
import type { Delivery } from '../../../src/broker/broker.js'
import { readLetter, type DeadLetter } from '../../../src/dead-letters/dead-letter.js'
import type { Headers, MessageProperties } from '../../../src/message/wire-message.js'

export const NOW = Date.parse('2030-01-02T00:00:00Z')

interface Given {
  readonly body?: string
  readonly headers?: Headers
  readonly properties?: MessageProperties
  readonly routingKey?: string
  /** Whether it came out of the ladder of delays, and not from a queue. */
  readonly delayed?: boolean
}

function deliveryOf({
  body = '[]',
  headers = {},
  properties = {},
  routingKey = 'mail',
  delayed = false,
}: Given): Delivery {
  return {
    message: { body: Buffer.from(body), headers, properties },
    ...{ queue: 'ns.dead', exchange: delayed ? 'ns.delay.deliver' : 'ns.dead', routingKey },
    ...{ redelivered: false, delayed, deliveryCount: undefined },
    ack: () => {},
    release: () => {},
  }
}

/** Read in the namespace `ns`. */
export function letterOf(given: Given): DeadLetter {
  return readLetter(deliveryOf(given), { namespace: 'ns', now: NOW })
}
