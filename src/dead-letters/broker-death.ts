/** Reads RabbitMQ's own record of why it gave a message up; a sender can forge it, and it may be of any size and shape. */
import { ownField, type Fields } from '../message/header-fields.js'
import type { Headers } from '../message/wire-message.js'

/** What the broker says of a message that it dead-lettered by itself. */
export interface BrokerDeath {
  /** In RabbitMQ's words: `expired`, `delivery_limit`, `maxlen`, `rejected`. */
  readonly reason: string
  readonly queue: string | undefined
  /** Epoch milliseconds, to the second. */
  readonly at: number | undefined
}

/** Newest first, as RabbitMQ writes them; a message that waited long has one for every level of its delay. */
const MOST_ENTRIES = 50

/** The newest death that was no step of a delay; undefined where there is none. Looks at 50 of them at most, and never throws. */
export function readBrokerDeath(headers: Headers, namespace: string): BrokerDeath | undefined {
  const entries = ownField(headers, 'x-death')
  if (!Array.isArray(entries)) return undefined
  const delays = `${namespace}.delay.`
  for (let index = 0; index < Math.min(entries.length, MOST_ENTRIES); index += 1) {
    const death = readEntry(entries[index])
    if (death !== undefined && !death.queue?.startsWith(delays)) return death
  }
  return undefined
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

function isTable(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}
