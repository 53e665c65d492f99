/** A real broker in this process: queues, prefetch, priorities, redelivery, expiration and dead letters, as RabbitMQ has them. */
import { systemClock, type Clock } from '../kernel/clock.js'
import { MAX_DELAY_MS } from '../kernel/duration.js'
import { BrokerError, DeclarationError } from '../kernel/errors.js'
import { silentLogger, type Logger } from '../kernel/logger.js'
import type { Headers, WireMessage } from '../message/wire-message.js'
import type {
  Address,
  Broker,
  BrokerCapabilities,
  ConsumeOptions,
  Consumer,
  Delivery,
  QueueSpec,
  QueueState,
} from './broker.js'
import { delaySeconds } from './delay-key.js'
import { parkedCopy } from './memory/death.js'
import { MemoryConsumer } from './memory/memory-consumer.js'
import { openStore, type OpenStore } from './memory/open-store.js'
import type { MemoryQueue } from './memory/queue.js'
import { copyMessage } from './memory/stored-message.js'
import type { DeadLetterPlace } from './memory/store.js'
import { deadLetterArguments, deadLetterLimits, deadLetterName, type DeadLetterLimits } from './queue-spec.js'

/** How an embedded broker is made; everything has a default. */
export interface MemoryBrokerOptions {
  /** `memory://` (default) has queues of its own; `memory://name` shares those of every broker of that name in this process. */
  readonly url?: string
  /** Names the dead letters: `<namespace>.dead`. Default `taskalope`. */
  readonly namespace?: string
  /** How many dead letters are kept, and how long; counts for whoever makes their queue first. Default 30 d and a million. */
  readonly deadLetters?: Partial<DeadLetterLimits>
  /** Time for delays and expirations; of a named store the first broker's counts. */
  readonly clock?: Clock
  /** Hears of messages that were dropped; default: silent. Of a named store the first broker's counts. */
  readonly logger?: Logger
}

const CAPABILITIES: BrokerCapabilities = Object.freeze({
  deliveryCount: true,
  priority: true,
  durable: false,
  maxDelayMs: MAX_DELAY_MS,
})

/** AMQP's own limit. */
const MOST_PREFETCH = 65_535

/**
 * A broker without a server: nothing to install, nothing that outlives the process. Its queues exist from here until the last
 * broker on them is closed; messages still in them are gone then, and each queue that had some is named in a warning.
 * Publishing takes one turn of the event loop. While a consumer holds messages, or a delayed one waits for a queue that somebody
 * consumes, the process stays alive; messages that nobody takes do not keep it.
 * @throws DeclarationError ERR_BROKER_URL, ERR_OPTION_INVALID
 */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): Broker {
  return new MemoryBroker(options)
}

class MemoryBroker implements Broker {
  readonly url: string
  readonly capabilities = CAPABILITIES
  readonly #namespace: string
  readonly #deadLetters: DeadLetterPlace
  readonly #logger: Logger
  readonly #open: OpenStore
  readonly #consumers = new Set<MemoryConsumer>()
  readonly #declared = new WeakSet<QueueSpec>()
  #connected: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: MemoryBrokerOptions) {
    this.url = options.url ?? 'memory://'
    this.#namespace = options.namespace ?? 'taskalope'
    this.#deadLetters = {
      name: deadLetterName(this.#namespace),
      arguments: deadLetterArguments(deadLetterLimits(options.deadLetters)),
    }
    this.#logger = options.logger ?? silentLogger
    this.#open = openStore(this.url, options.clock ?? systemClock, this.#logger)
  }

  get ready(): boolean {
    return this.#closed === undefined
  }

  connect(): Promise<void> {
    if (this.#closed) return Promise.reject(closed('connect to'))
    return (this.#connected ??= Promise.resolve())
  }

  async declare(queue: QueueSpec): Promise<void> {
    this.#mustBeOpen('declare a queue on')
    this.#open.store.declare(queue, this.#deadLetters)
    this.#declared.add(queue)
  }

  isDeclared(queue: QueueSpec): boolean {
    return !this.#closed && this.#declared.has(queue)
  }

  async publish(address: Address, message: WireMessage): Promise<void> {
    this.#mustTakeMessages()
    const { store } = this.#open
    store.publish(address.exchange ?? '', address.routingKey, copyMessage(message))
    await store.turns.next()
  }

  async publishDelayed(queue: string, message: WireMessage, delayMs: number): Promise<void> {
    this.#mustTakeMessages()
    const seconds = delaySeconds(queue, delayMs)
    if (seconds === 0) return this.publish({ routingKey: queue }, message)
    const { store } = this.#open
    const { expiration: _, ...properties } = message.properties
    const waiting = copyMessage({ ...message, properties })
    store.publishDelayed(queue, { message: waiting, seconds, namespace: this.#namespace })
    await store.turns.next()
  }

  async park(delivery: Delivery, headers: Headers): Promise<void> {
    this.#mustTakeMessages()
    const exchange = this.#open.store.declareDeadLetters(this.#deadLetters)
    await this.publish({ exchange, routingKey: delivery.queue }, parkedCopy(delivery, headers))
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    const { store } = this.#open
    const source = this.#queue(queue, 'consume from')
    checkPrefetch(queue, options.prefetch)
    const consumer = new MemoryConsumer({
      queue: source,
      prefetch: options.prefetch,
      onDelivery,
      turns: store.turns,
      logger: this.#logger,
      held: store.held,
      onClose: (gone) => this.#consumers.delete(gone),
    })
    this.#consumers.add(consumer)
    return consumer
  }

  async purge(queue: string): Promise<number> {
    return this.#queue(queue, 'purge').purge()
  }

  async inspect(queue: string): Promise<QueueState | undefined> {
    this.#mustBeOpen('inspect a queue of')
    return this.#open.store.queue(queue)?.state
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    const consumers = [...this.#consumers]
    // Publishes that are stored resolve in this turn, before close does.
    await this.#open.store.turns.next()
    await Promise.all(consumers.map((consumer) => consumer.close()))
    this.#open.leave()
  }

  #queue(name: string, doing: string): MemoryQueue {
    this.#mustBeOpen(`${doing} a queue of`)
    const queue = this.#open.store.queue(name)
    if (queue) return queue
    throw new BrokerError(
      'ERR_REFUSED',
      `Cannot ${doing} queue "${name}": it does not exist. Declare it first.`,
      {
        reason: 'other',
      },
    )
  }

  #mustTakeMessages(): void {
    if (!this.#closed) return
    throw new BrokerError('ERR_NOT_SENT', `${closedText('publish to')} Nothing was sent.`, {
      reason: 'closed',
    })
  }

  #mustBeOpen(doing: string): void {
    if (this.#closed) throw closed(doing)
  }
}

function checkPrefetch(queue: string, prefetch: number): void {
  if (prefetch === Infinity) return
  if (Number.isInteger(prefetch) && prefetch >= 1 && prefetch <= MOST_PREFETCH) return
  throw new DeclarationError(
    'ERR_OPTION_INVALID',
    `The prefetch of a consumer of "${queue}" is ${prefetch}. It is a whole number, 1-${MOST_PREFETCH}, or Infinity.`,
  )
}

function closed(doing: string): BrokerError {
  return new BrokerError('ERR_CONNECTION_LOST', closedText(doing), { reason: 'closed' })
}

const closedText = (doing: string): string => `Cannot ${doing} this broker: it has been closed.`
