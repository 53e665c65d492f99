/** Dead letters of the embedded broker: those it makes itself, in the form RabbitMQ gives them, and parked copies. */
import { isRepeatable } from '../../message/forward.js'
import type { HeaderValue, Headers, WireMessage } from '../../message/wire-message.js'
import type { Delivery } from '../broker.js'
import { copyHeaders, type StoredMessage } from './stored-message.js'

/** Why a queue gave a message up, in RabbitMQ's words. */
export type DeathReason = 'expired' | 'delivery_limit'

/**
 * The message as a dead letter of `queue`: the bytes untouched, `x-death` and `x-first-death-*` added. Its `expiration`
 * moves into `x-death`, or it would expire again among the dead letters. What a sender wrote there itself is not believed.
 */
export function deadLetter(
  stored: StoredMessage,
  queue: string,
  reason: DeathReason,
  atMs: number,
): WireMessage {
  const { expiration, ...properties } = stored.message.properties
  const headers = copyHeaders(stored.message.headers)
  headers['x-death'] = [
    {
      count: 1,
      reason,
      queue,
      time: { '!': 'timestamp', value: Math.floor(atMs / 1000) },
      exchange: stored.exchange,
      'routing-keys': [stored.routingKey],
      ...(reason === 'expired' && expiration !== undefined && { 'original-expiration': expiration }),
    } satisfies HeaderValue,
  ]
  headers['x-first-death-reason'] = reason
  headers['x-first-death-queue'] = queue
  headers['x-first-death-exchange'] = stored.exchange
  return { body: stored.message.body, properties, headers }
}

/**
 * A copy of a delivery's message with `headers` added. What is left out would do something to the copy, as on RabbitMQ: an
 * `expiration` would end it, `CC` and `BCC` would multiply it; a broker's record of the original is not one of the copy.
 */
export function parkedCopy({ message }: Delivery, headers: Headers): WireMessage {
  const { expiration, ...properties } = message.properties
  const kept = Object.entries(message.headers).filter(([name]) => isRepeatable(name))
  return {
    body: message.body,
    properties,
    headers: Object.fromEntries([...kept, ...Object.entries(headers)]),
  }
}
