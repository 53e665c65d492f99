/** A dead letter as it can be read: what it was, why it is dead and since when, whoever wrote that and whatever is missing. */
import { createHash } from 'node:crypto'
import type { Delivery } from '../broker/broker.js'
import type { MessageCode } from '../kernel/errors.js'
import { readDeadLetter, type DeadLetterNote } from '../message/dead-letter.js'
import { readIdentity } from '../message/codec.js'
import { isWireName, LONGEST_ID, ownField } from '../message/header-fields.js'
import { REPLAYS } from '../message/headers.js'
import type { Headers, MessageProperties } from '../message/wire-message.js'
import { readBrokerDeath, type BrokerDeath } from './broker-death.js'

/**
 * A message that was given up. Everything in it was written by somebody else and may be forged: show it escaped, and believe none of it.
 * Times are epoch milliseconds; what is not said, or said in another type, is `undefined`.
 */
export interface DeadLetter {
  /** The id of the call; a message without one is known by its bytes: `nameless-` and 16 hex digits. */
  readonly id: string
  readonly taskName: string | undefined
  /** The code a worker parked it with, such as `ERR_TASK_FAILED`; undefined where the broker gave it up. */
  readonly code: string | undefined
  /** `failed` (the task threw) or `rejected` (it could not, or should not be run); where the broker gave it up, its word: `expired`, `delivery_limit`, `maxlen`, `rejected`. `queue-gone`: its queue was gone when its delay was over. `unknown` when nothing says it. */
  readonly reason: string
  /** The name of the error's class. */
  readonly errorName: string | undefined
  readonly message: string | undefined
  readonly stack: string | undefined
  /** When it died; the broker tells it to the second. */
  readonly at: number | undefined
  readonly firstFailedAt: number | undefined
  readonly worker: string | undefined
  /** The queue it came from, which is where a replay goes. */
  readonly queue: string | undefined
  /** How many attempts were made at it. */
  readonly attempts: number | undefined
  /** How often it was a dead letter before, and was sent again. */
  readonly replays: number
  /** Bytes of the body. */
  readonly bytes: number
  /** Milliseconds since it died, at the time it was read; never negative. */
  readonly age: number | undefined
  /** The original body, as it was sent. */
  readonly body: Uint8Array
  readonly properties: MessageProperties
  readonly headers: Headers
}

const REJECTED = 'ERR_REJECTED' satisfies MessageCode

/** What a letter is read with. */
export interface ReadOptions {
  readonly namespace: string
  /** The wall clock's time, for `age`. */
  readonly now: number
}

/** Reads what arrived from the queue of dead letters. Never throws. */
export function readLetter(delivery: Delivery, { namespace, now }: ReadOptions): DeadLetter {
  const { body, properties, headers } = delivery.message
  const { queue, at, ...note } = readDeadLetter(headers) ?? NO_NOTE
  const death = readBrokerDeath(delivery, namespace)
  const identity = readIdentity(delivery.message)
  const diedAt = at ?? death?.at
  return {
    ...note,
    id: identity.id ?? idBeside(properties) ?? nameless(body),
    taskName: identity.taskName,
    reason: reasonOf(note, death),
    at: diedAt,
    queue: queue ?? death?.queue ?? nonEmpty(delivery.routingKey),
    replays: readReplays(headers),
    bytes: body.byteLength,
    age: diedAt === undefined ? undefined : Math.max(0, now - diedAt),
    ...{ body, properties, headers },
  }
}

const NO_NOTE: DeadLetterNote = Object.freeze({
  code: undefined,
  errorName: undefined,
  message: undefined,
  stack: undefined,
  at: undefined,
  worker: undefined,
  queue: undefined,
  attempts: undefined,
  firstFailedAt: undefined,
})

/** How often a message was sent again; 0 for anything that is no count. */
export function readReplays(headers: Headers): number {
  const value = ownField(headers, REPLAYS)
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

function reasonOf(
  { code, attempts }: Pick<DeadLetterNote, 'code' | 'attempts'>,
  death: BrokerDeath | undefined,
): string {
  if (code === undefined && attempts === undefined) return death?.reason ?? 'unknown'
  return code === REJECTED || attempts === 0 ? 'rejected' : 'failed'
}

/** Where Celery's protocol 1 has a copy of the id. */
function idBeside({ correlationId, messageId }: MessageProperties): string | undefined {
  return [correlationId, messageId].find((text) => text !== undefined && isWireName(text, LONGEST_ID))
}

function nameless(body: Uint8Array): string {
  return `nameless-${createHash('sha256').update(body).digest('hex').slice(0, 16)}`
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text
}
