/** What of a delivery goes among the dead letters: everything that can be written again, and a word on what cannot. */
import type { Headers, HeaderValue, MessageProperties, WireMessage } from '../../message/wire-message.js'
import { isTaskalopeError } from '../../kernel/errors.js'
import type { Delivery } from '../broker.js'
import { isRepeatable } from '../../message/forward.js'
import { NOT_KEPT } from '../../message/headers.js'

/**
 * The dead letter of a delivery: the bytes untouched, properties and headers as they came, `headers` added. Its expiration is left out,
 * or it would not stay, and so is a user id that is not `user`, which the broker would refuse.
 */
export function deadLetter(delivery: Delivery, headers: Headers, user: string): WireMessage {
  const { body, properties } = delivery.message
  const { expiration, userId, ...kept } = properties
  const ownUser = userId === undefined || userId === user
  return {
    body,
    properties: { ...kept, ...(ownUser && userId !== undefined ? { userId } : {}), persistent: true },
    headers: withHeaders(
      repeatable(delivery.message.headers),
      headers,
      ownUser ? {} : { [NOT_KEPT]: `The property user-id was "${userId}".` },
    ),
  }
}

/** The dead letter of a delivery whose properties or headers cannot be written again: the bytes, `headers`, and `why`. */
export function bareDeadLetter(delivery: Delivery, headers: Headers, why: string): WireMessage {
  const { body, properties } = delivery.message
  const notKept = {
    [NOT_KEPT]: `The properties and headers could not be written again: ${why.slice(0, 500)}`,
  }
  return { body, properties: barest(properties), headers: withHeaders(headers, notKept) }
}

/** Whether it was the message that could not be written, not the broker that was away. */
export function isMessageRefused(error: unknown): boolean {
  if (isTaskalopeError(error, 'ERR_HEADER_INVALID')) return true
  if (!isTaskalopeError(error, 'ERR_REFUSED')) return false
  return (error as { reason?: unknown }).reason === 'other'
}

function barest({ contentType, contentEncoding, correlationId }: MessageProperties): MessageProperties {
  const texts = Object.entries({ contentType, contentEncoding, correlationId })
  const writable = texts.filter(([, text]) => text !== undefined && Buffer.byteLength(text) < 256)
  return { ...Object.fromEntries(writable), persistent: true }
}

function repeatable(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isRepeatable(name)))
}

function withHeaders(...tables: readonly Headers[]): Headers {
  const merged: Record<string, HeaderValue> = Object.create(null)
  for (const table of tables) {
    for (const name of Object.keys(table)) {
      const value = table[name]
      if (value !== undefined) merged[name] = value
    }
  }
  return merged
}
