/** The ladder of delays as RabbitMQ needs it, as data: where a message that waits goes in, and everything that has to exist for it. */
import { PayloadError } from '../../kernel/errors.js'
import { isRepeatable } from '../../message/forward.js'
import type { WireMessage } from '../../message/wire-message.js'
import type { Address } from '../broker.js'
import {
  DELAY_LEVELS,
  delayKey,
  delayLevelName,
  delaySeconds,
  deliverBinding,
  deliverExchange,
  entryLevel,
  literalQueue,
} from '../delay-key.js'
import { deadLetterName } from '../queue-spec.js'
import type { Declaration } from './topology.js'

const MOST_KEY_BYTES = 255

/**
 * Where a message goes that is to wait; undefined when there is nothing to wait for. It enters at the level of its top bit: those above would
 * only hand it on, at a tenth of the speed.
 * @throws PayloadError ERR_DELAY_RANGE, ERR_QUEUE_NAME
 */
export function delayedAddress(
  namespace: string,
  queue: string,
  delayMs: number,
): Required<Address> | undefined {
  const seconds = delaySeconds(queue, delayMs)
  if (seconds === 0) return undefined
  const routingKey = delayKey(literalQueue(queue), seconds)
  if (Buffer.byteLength(routingKey) > MOST_KEY_BYTES) throw nameTooLong(queue)
  return { exchange: delayLevelName(namespace, entryLevel(seconds)), routingKey }
}

/**
 * A message without what would end its wait: an expiration, by which it would leave the ladder where it stands, and the record of an earlier
 * wait, by which RabbitMQ takes the next level for a loop and drops it without a word (seen on 3.10, 4.x does not believe it).
 */
export function fitToWait({ body, headers, properties }: WireMessage): WireMessage {
  const { expiration: _, ...kept } = properties
  const names = Object.keys(headers)
  if (names.every(isRepeatable)) return { body, headers, properties: kept }
  const repeatable = Object.fromEntries(Object.entries(headers).filter(([name]) => isRepeatable(name)))
  return { body, headers: repeatable, properties: kept }
}

/** Whether this is one of the ladder's exchanges. */
export function isDelayExchange(namespace: string, exchange: string): boolean {
  return exchange.startsWith(`${namespace}.delay.`)
}

/**
 * The ladder: at each level an exchange that looks at its own bit of the key, and a queue that keeps a message for 2^level seconds where that
 * is 1; after it, and past it where it is 0, comes the level below. Never with `x-expires`: a quorum queue would take its messages along.
 */
export function ladderDeclarations(namespace: string): Declaration[] {
  const levels = Array.from({ length: DELAY_LEVELS }, (_, level) => level)
  return [
    deliverExchangeDeclaration(namespace),
    ...levels.map((level) => exchangeOf(namespace, level)),
    ...levels.map((level) => queueOf(namespace, level)),
    ...levels.flatMap((level) => bindingsOf(namespace, level)),
  ]
}

/**
 * Where the ladder ends: whatever has waited comes out of it. What is for a queue that is gone by then becomes a dead letter, because RabbitMQ
 * would keep it, and with it all that comes behind. The exchange of the dead letters has to be there: one that is not takes nothing.
 */
export function deliverExchangeDeclaration(namespace: string): Declaration {
  return {
    kind: 'exchange',
    name: deliverExchange(namespace),
    type: 'topic',
    otherwise: deadLetterName(namespace),
  }
}

/** What lets a queue have the messages that waited for it. */
export function deliverDeclaration(namespace: string, queue: string): Declaration {
  return {
    kind: 'binding',
    queue,
    exchange: deliverExchange(namespace),
    key: deliverBinding(literalQueue(queue)),
  }
}

function exchangeOf(namespace: string, level: number): Declaration {
  return { kind: 'exchange', name: delayLevelName(namespace, level), type: 'topic' }
}

function queueOf(namespace: string, level: number): Declaration {
  return {
    kind: 'queue',
    name: delayLevelName(namespace, level),
    arguments: {
      'x-queue-type': 'quorum',
      'x-message-ttl': 2 ** level * 1000,
      'x-dead-letter-exchange': below(namespace, level),
      // Together the only way of RabbitMQ to hand a message on that waits for its arrival.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
    ifExists: 'compare',
  }
}

function bindingsOf(namespace: string, level: number): Declaration[] {
  const exchange = delayLevelName(namespace, level)
  const before = '*.'.repeat(DELAY_LEVELS - 1 - level)
  return [
    { kind: 'binding', queue: exchange, exchange, key: `${before}1.#` },
    { kind: 'exchange-binding', to: below(namespace, level), exchange, key: `${before}0.#` },
  ]
}

function below(namespace: string, level: number): string {
  return level === 0 ? deliverExchange(namespace) : delayLevelName(namespace, level - 1)
}

function nameTooLong(queue: string): PayloadError {
  return new PayloadError(
    'ERR_QUEUE_NAME',
    `A message cannot wait for queue ${JSON.stringify(queue.slice(0, 60))}…: beside the delay, a name of at most 199 bytes fits into a routing key. Nothing was sent.`,
  )
}
