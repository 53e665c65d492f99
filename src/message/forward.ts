/** A message that came in and goes on: the bytes untouched, without what the broker wrote on the way or would act on. */
import { isBrokerTrace } from './headers.js'
import type { Headers, HeaderValue, WireMessage } from './wire-message.js'

/**
 * The same message to be published again, with these headers changed; undefined takes one away. Left out, besides: the broker's record of
 * where it has been (RabbitMQ would take its own hops for a loop), `CC` and `BCC`, which would multiply it, an `expiration`, which would end
 * it while it waits, and a user id, which only its own user may write.
 */
export function forwardedMessage(
  { body, properties, headers }: WireMessage,
  changes: Readonly<Record<string, HeaderValue | undefined>> = {},
): WireMessage {
  const { expiration: _, userId: __, ...kept } = properties
  const merged = Object.create(null) as Record<string, HeaderValue>
  for (const [name, value] of Object.entries(headers)) {
    if (isRepeatable(name) && !Object.hasOwn(changes, name)) merged[name] = value
  }
  for (const [name, value] of Object.entries(changes)) if (value !== undefined) merged[name] = value
  return { body, properties: { ...kept, persistent: true }, headers: merged satisfies Headers }
}

/** Whether a header of a received message may be published again as it is. */
export function isRepeatable(name: string): boolean {
  return name !== 'CC' && name !== 'BCC' && !isBrokerTrace(name)
}
