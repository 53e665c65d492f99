/** One publish on its way: what is known of it, and what that makes of it when it has to end. */
import type { Options } from 'amqplib'
import { BrokerError, type BrokerReason } from '../../kernel/errors.js'
import type { WireMessage } from '../../message/wire-message.js'
import type { Address } from '../broker.js'
import { saysNothingStored } from './amqp-errors.js'

/** Told when a publish is settled. */
export interface PublishOwner {
  onSettled(publish: PendingPublish): void
}

/** Where a publish that was never written is stuck. */
export type StuckReason = Extract<
  BrokerReason,
  'blocked' | 'disconnected' | 'timeout' | 'closed' | 'rights' | 'other'
>

/** Where a publish goes. */
export interface Destination extends Address {
  /** The queue it waits for, when it goes to the ladder of delays. */
  readonly delayedFor?: string | undefined
}

export class PendingPublish {
  readonly exchange: string
  readonly routingKey: string
  readonly delayedFor: string | undefined
  readonly content: Buffer
  readonly options: Options.Publish
  readonly deadlineAt: number
  settled = false
  /** It is written, and its confirm has not come. */
  inFlight = false
  /** It was written on a connection that ended without an answer: it may be stored. */
  unsure = false
  /** It was written on a channel that the broker closed over one of the messages on it: it may be stored, unless it is that one. */
  doubted = false
  /** The broker said no, and it may be asked again. */
  nacked = false
  /** It was in flight when the broker closed the channel over a message: sent alone until that is cleared up. */
  suspect = false
  /** Its queue was declared again because it came back as unroutable. */
  restored = false
  /** The broker's word on why it could not be routed; comes before the confirm. */
  returned: string | undefined
  readonly #owner: PublishOwner
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void

  constructor(
    destination: Destination,
    message: WireMessage,
    deadlineAt: number,
    settle: { owner: PublishOwner; resolve: () => void; reject: (error: Error) => void },
  ) {
    this.exchange = destination.exchange ?? ''
    this.routingKey = destination.routingKey
    this.delayedFor = destination.delayedFor
    this.content = asBuffer(message.body)
    this.options = publishOptions(message)
    this.deadlineAt = deadlineAt
    this.#owner = settle.owner
    this.#resolve = settle.resolve
    this.#reject = settle.reject
  }

  /** The broker has it. */
  succeed(): void {
    if (this.settled) return
    this.settled = true
    this.#resolve()
    this.#owner.onSettled(this)
  }

  fail(error: Error): void {
    if (this.settled) return
    this.settled = true
    this.#reject(error)
    this.#owner.onSettled(this)
  }

  /** The broker does not take it. Where an earlier copy may be stored, that is what counts. */
  refuse(reason: BrokerReason, why: string, cause?: unknown): void {
    const mayBeStored = this.unsure || this.doubted
    this.fail(mayBeStored ? unknownOutcome(this, why, cause) : refused(this, reason, why, cause))
  }

  /** It is the one the broker closes channels over. Where the reply says why it cannot be stored, it was not on any of those either. */
  condemn(reason: BrokerReason, why: string, cause: unknown): void {
    this.doubted = !saysNothingStored(cause)
    this.refuse(reason, why, cause)
  }

  /** It has to end now, as it is: over its time, or with the connection. */
  giveUp(reason: StuckReason, why: string, cause?: unknown): void {
    if (this.inFlight || this.unsure || this.doubted) this.fail(unknownOutcome(this, why, cause))
    else if (this.nacked)
      this.fail(refused(this, 'queue-full', `${why}; the broker took it back each time`, cause))
    else this.fail(notSent(this, reason, why, cause))
  }
}

/** Nothing of it reached the broker. */
export function notSent(to: Place, reason: BrokerReason, why: string, cause?: unknown): BrokerError {
  return new BrokerError(
    'ERR_NOT_SENT',
    `A message to ${place(to)} was not sent: ${why}. Sending it again is safe.`,
    {
      reason,
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

function refused(publish: PendingPublish, reason: BrokerReason, why: string, cause: unknown): BrokerError {
  return new BrokerError(
    'ERR_REFUSED',
    `The broker refused a message to ${place(publish)}: ${why}. Nothing is stored.`,
    {
      reason,
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

function unknownOutcome(publish: PendingPublish, why: string, cause: unknown): BrokerError {
  const id = publish.options.correlationId
  const which = id === undefined ? '' : ` (correlation id ${JSON.stringify(id.slice(0, 64))})`
  return new BrokerError(
    'ERR_UNKNOWN_OUTCOME',
    `The broker did not confirm a message to ${place(publish)}${which}: ${why}. It may or may not have been queued; sending again with the same id is safe.`,
    cause === undefined ? {} : { cause },
  )
}

type Place = Pick<PendingPublish, 'exchange' | 'routingKey' | 'delayedFor'>

function place({ exchange, routingKey, delayedFor }: Place): string {
  if (delayedFor !== undefined) return `queue "${delayedFor}", to wait in exchange "${exchange}",`
  return exchange === '' ? `queue "${routingKey}"` : `exchange "${exchange}" with key "${routingKey}"`
}

function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

function publishOptions({ properties, headers }: WireMessage): Options.Publish {
  return { ...properties, headers, persistent: properties.persistent ?? true, mandatory: true }
}
