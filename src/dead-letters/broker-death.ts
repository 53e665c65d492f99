/** Reads why the broker gave a message up: from where it came, and from RabbitMQ's own record, which a sender can forge, of any size and shape. */
import type { Delivery } from '../broker/broker.js'
import { queueOfDelayKey } from '../broker/delay-key.js'
import { isTable, ownField } from '../message/header-fields.js'

/** What the broker says of a message that it dead-lettered by itself. */
export interface BrokerDeath {
  /** In RabbitMQ's words: `expired`, `delivery_limit`, `maxlen`, `rejected`; and `queue-gone`, for which it has none. */
  readonly reason: string
  readonly queue: string | undefined
  /** Epoch milliseconds, to the second. */
  readonly at: number | undefined
}

/** What waited for a queue that was gone when its delay was over. */
export const QUEUE_GONE = 'queue-gone'

/** Newest first, as RabbitMQ writes them; a message that waited long has one for every level of its delay. */
const MOST_ENTRIES = 50

/**
 * Why the broker gave up what arrived from the dead letters; undefined where nothing says it. The steps of a delay are no deaths. But what came here
 * straight from the ladder found no queue, and died when it left the last level. Looks at 50 entries at most, and never throws.
 */
export function readBrokerDeath(delivery: Delivery, namespace: string): BrokerDeath | undefined {
  const entries = ownField(delivery.message.headers, 'x-death')
  const newest = Array.isArray(entries) ? entries.slice(0, MOST_ENTRIES) : []
  const deaths = newest.map(readEntry).filter((death) => death !== undefined)
  const isStep = ({ queue }: BrokerDeath) => queue?.startsWith(`${namespace}.delay.`) === true
  if (!delivery.delayed) return deaths.find((death) => !isStep(death))
  return {
    reason: QUEUE_GONE,
    queue: queueOfDelayKey(delivery.routingKey),
    at: deaths.find(isStep)?.at,
  }
}

function readEntry(entry: unknown): BrokerDeath | undefined {
  if (!isTable(entry)) return undefined
  const reason = ownField(entry, 'reason')
  if (typeof reason !== 'string' || reason === '') return undefined
  const queue = ownField(entry, 'queue')
  return {
    reason,
    queue: typeof queue === 'string' && queue !== '' ? queue : undefined,
    at: readTimestamp(ownField(entry, 'time')),
  }
}

/** AMQP's timestamp, seconds since 1970, as the border hands it on. */
function readTimestamp(time: unknown): number | undefined {
  const value = isTable(time) && ownField(time, '!') === 'timestamp' ? ownField(time, 'value') : undefined
  return typeof value === 'number' && value > 0 && value <= LATEST_SECONDS ? value * 1000 : undefined
}

/** What a Date can hold. */
const LATEST_SECONDS = 8.64e12
