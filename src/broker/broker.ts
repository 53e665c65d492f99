/** The contract of a broker: what the library asks of whatever moves its messages, embedded or RabbitMQ. */
import type { Headers, WireMessage } from '../message/wire-message.js'
import type { ResultBackend } from '../results/result-backend.js'
import type { Serializer } from '../serialization/serializer.js'

/** How a queue is made. `celery` has exactly the shape Celery declares: a direct exchange and a durable queue without arguments. */
export type QueueType = 'quorum' | 'classic' | 'celery'

/** A queue as it should exist. Everything but `name` has the default said here. */
export interface QueueSpec {
  /** Up to 199 bytes, no control characters, not starting with `amq.`. */
  readonly name: string
  /** Default `quorum`: replicated, counts deliveries, dead-letters safely. */
  readonly type?: QueueType
  /** Classic and Celery-shaped queues only: how many priorities (1-255; 10 serves priorities 0-9). Default none: first in, first out. */
  readonly maxPriority?: number
  /** Quorum queues only: how often a message may come back before the broker dead-letters it. Default 20. */
  readonly deliveryLimit?: number
}

/** Where a message goes. */
export interface Address {
  /** Default `''`: the default exchange, whose routing key is the name of a queue. */
  readonly exchange?: string
  readonly routingKey: string
}

/** How long connecting may take. */
export interface ConnectOptions {
  /** Milliseconds; default the broker's own limit (10 000). */
  readonly timeoutMs?: number
}

/** How long a publish may take. */
export interface PublishOptions {
  /** Milliseconds until the promise settles, whatever the broker does; default the broker's `publishTimeoutMs` (10 000). */
  readonly timeoutMs?: number
}

/** How a consumer takes its messages. */
export interface ConsumeOptions {
  /** How many deliveries may be unsettled at a time: 1 to 65 535, or `Infinity` for no limit, for whoever looks through a whole queue. */
  readonly prefetch: number
}

/** One arrival of a message, with the right to settle it: exactly one of `ack` and `release`, once; more is ignored. */
export interface Delivery {
  readonly message: WireMessage
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  /** The broker says it was handed out before. A hint only: some second copies do not carry it. */
  readonly redelivered: boolean
  /** It has waited in the broker as long as `publishDelayed` was asked. */
  readonly delayed: boolean
  /** How often it came back before this arrival, where the queue counts (quorum); else undefined. */
  readonly deliveryCount: number | undefined
  /** The connection it came by is gone: it comes again, and settling this one does nothing. Absent where connections are not lost. */
  readonly lost?: boolean
  /** Says the work is done for good. Belongs to worker/settle. After the connection it came by is gone this does nothing: it will come again. */
  ack(): void
  /** Gives it back to its queue, to be delivered again. */
  release(): void
}

/** Deliveries coming in from one queue; it comes back by itself after a reconnect. */
export interface Consumer {
  readonly queue: string
  /** Whether the broker has this consumer right now, on an open channel. */
  readonly attached: boolean
  /** How often it has been attached, where that can be more than once: from the second time on, what was unsettled comes again. */
  readonly attachments?: number
  /** No new deliveries; those handed out can still be settled. Calling it again does nothing. */
  cancel(): Promise<void>
  /** Cancels, flushes the acknowledgements and lets the rest go back to the queue. Calling it again does nothing. */
  close(): Promise<void>
}

/** What a broker can do, as data: the contract suite reads it to know which tests apply. */
export interface BrokerCapabilities {
  /** Quorum queues count deliveries. */
  readonly deliveryCount: boolean
  /** Priorities on queues declared with `maxPriority`. */
  readonly priority: boolean
  /** Messages outlive the broker's process. */
  readonly durable: boolean
  /** The longest delay `publishDelayed` takes, milliseconds. */
  readonly maxDelayMs: number
}

/** A queue as it stands: messages ready and consumers attached. RabbitMQ's ready count may lag for seconds after a restart. */
export interface QueueState {
  readonly messages: number
  readonly consumers: number
}

/** Everything a broker does for the library. */
export interface Broker {
  /** Where it is, for people: a URL without user and password. */
  readonly url: string
  readonly capabilities: BrokerCapabilities
  /** Whether messages can be published right now. */
  readonly ready: boolean
  /**
   * Opens what is needed; calling it again, or while it runs, gives the same promise. Not needed before the other calls: each connects.
   * @throws DeclarationError ERR_BROKER_REFUSED (login, vhost), BrokerError ERR_CONNECTION_LOST when there is no broker within the limit; it is tried again and again until then.
   */
  connect(options?: ConnectOptions): Promise<void>
  /**
   * Makes the queue exist, and again after every reconnect; cheap once it is known.
   * @throws DeclarationError ERR_QUEUE_MISMATCH when it exists with other arguments.
   */
  declare(queue: QueueSpec): Promise<void>
  /** Whether declaring this very spec would find nothing to do. For senders, which ask at every call; absent where `declare` is cheap enough. */
  isDeclared?(queue: QueueSpec): boolean
  /**
   * Resolves when the broker has the message, in a queue: confirmed, and routed (mandatory).
   * @throws BrokerError ERR_NOT_SENT, ERR_REFUSED, ERR_UNKNOWN_OUTCOME
   */
  publish(address: Address, message: WireMessage, options?: PublishOptions): Promise<void>
  /**
   * Keeps the message for `delayMs`, rounded up to whole seconds, and then puts it in `queue`, which must exist: never early, and late by what is rounded up.
   * It waits in the broker, as safe as in a queue, and outlives whoever sent it. An `expiration` is left out, or it would end its wait. 0 and less is `publish`.
   * Resolves when the broker has it.
   * @throws BrokerError as `publish` · PayloadError ERR_DELAY_RANGE beyond `capabilities.maxDelayMs`
   */
  publishDelayed(
    queue: string,
    message: WireMessage,
    delayMs: number,
    options?: PublishOptions,
  ): Promise<void>
  /**
   * Puts a copy of a delivery's message among the dead letters: the bytes untouched, `headers` added; resolves when the broker has it.
   * The delivery itself is not settled by this.
   */
  park(delivery: Delivery, headers: Headers): Promise<void>
  /** Starts deliveries from a queue that has been declared; `onDelivery` must not throw. */
  consume(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): Promise<Consumer>
  /** Throws away the messages that are ready, and says how many. */
  purge(queue: string): Promise<number>
  /** Results that travel through this broker, where it has a way of its own; absent where results are kept elsewhere. */
  createResultBackend?(serializer: Serializer): ResultBackend
  /** How the queue stands; undefined when it does not exist. */
  inspect(queue: string): Promise<QueueState | undefined>
  /** Publishes on their way are settled first, for up to `timeoutMs` (default 5 000); afterwards every call rejects. Calling it again gives the same promise. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
