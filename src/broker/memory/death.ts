/** What the broker itself writes on a dead letter, in the form RabbitMQ gives it. */
import type { HeaderValue, WireMessage } from '../../message/wire-message.js'
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
