/** What embedded brokers share: queues, the way messages take between them, turns, and whether the process has work left. */
import { keepProcessAlive, type Clock, type Timer } from '../../kernel/clock.js'
import { BrokerError } from '../../kernel/errors.js'
import type { Logger } from '../../kernel/logger.js'
import type { WireMessage } from '../../message/wire-message.js'
import type { QueueSpec } from '../broker.js'
import { delayKey, deliverExchange } from '../delay-key.js'
import { deadLetter, type DeathReason } from './death.js'
import { Delays, type DelayedMessage } from './delays.js'
import { checkSameQueue, queueArguments, type QueueArguments } from './queue-shape.js'
import { MemoryQueue, type QueueSurroundings } from './queue.js'
import type { StoredMessage } from './stored-message.js'
import { Turns } from './turns.js'

/** RabbitMQ's own limit for times in milliseconds. */
const LONGEST_EXPIRATION_MS = 2 ** 32 - 1

/** Where dead letters go: an exchange and a queue of one name, and what the queue is made with when there is none yet. */
export interface DeadLetterPlace {
  readonly name: string
  readonly arguments: QueueArguments
}

/** A set of queues in this process, for as long as a broker is open on it. */
export class MemoryStore implements QueueSurroundings {
  readonly clock: Clock
  readonly turns = new Turns()
  readonly #logger: Logger
  readonly #queues = new Map<string, MemoryQueue>()
  /** Exchanges other than the default one; each leads to one queue here: by the key given, or by every key. */
  readonly #exchanges = new Map<string, { readonly queue: string; readonly key: string | undefined }>()
  readonly #delays: Delays
  #places = 0
  #held = 0
  #alive: Timer | undefined

  constructor(clock: Clock, logger: Logger) {
    this.clock = clock
    this.#logger = logger
    const release = (delayed: DelayedMessage) => this.#deliver(delayed)
    this.#delays = new Delays({ clock, turns: this.turns, release, held: this.held })
  }

  /** @throws DeclarationError ERR_QUEUE_MISMATCH, ERR_OPTION_INVALID; PayloadError ERR_QUEUE_NAME */
  declare(spec: QueueSpec, deadLetters: DeadLetterPlace): void {
    const { name, type } = spec
    const declared = queueArguments(spec, deadLetters.name)
    if (type === 'celery') return this.#adopt(name, declared)
    this.declareDeadLetters(deadLetters)
    const existing = this.#queues.get(name)
    if (existing) checkSameQueue(name, existing.arguments, declared)
    else this.#make(name, declared)
  }

  /** Makes sure that dead letters have a place to go to, and says the exchange that leads there. */
  declareDeadLetters({ name, arguments: queueArguments }: DeadLetterPlace): string {
    if (!this.#queues.has(name)) this.#make(name, queueArguments)
    if (!this.#exchanges.has(name)) this.#exchanges.set(name, { queue: name, key: undefined })
    return name
  }

  queue(name: string): MemoryQueue | undefined {
    return this.#queues.get(name)
  }

  /** @throws BrokerError ERR_REFUSED when it has nowhere to go, or an `expiration` that is no time. */
  publish(exchange: string, routingKey: string, message: WireMessage): void {
    const queue = this.#route(exchange, routingKey)
    if (!queue) throw unroutable(exchange, routingKey)
    this.#enqueue(queue, { message, exchange, routingKey, delayed: false }, expirationOf(message))
  }

  /**
   * Keeps a message without an `expiration` for some seconds, and puts it in the queue then.
   * @throws BrokerError ERR_REFUSED when there is no such queue.
   */
  publishDelayed(queue: string, delayed: Omit<DelayedMessage, 'queue'>): void {
    const target = this.#queues.get(queue)
    if (!target) throw unroutable('', queue)
    this.#delays.add({ ...delayed, queue: target })
  }

  /** With a dead-letter exchange the message becomes a dead letter; without one it is gone, as in RabbitMQ. */
  giveUp(queue: MemoryQueue, stored: StoredMessage, reason: DeathReason | 'maxlen'): void {
    const exchange = queue.arguments['x-dead-letter-exchange']
    if (exchange === undefined || reason === 'maxlen') {
      this.#logger.warn(
        { queue: queue.name, reason },
        'A message was dropped: its queue has no dead letters.',
      )
      return
    }
    this.#logger.debug({ queue: queue.name, reason }, 'A message was moved to the dead letters.')
    this.publish(exchange, stored.routingKey, deadLetter(stored, queue.name, reason, this.clock.now()))
  }

  takersChanged(queue: MemoryQueue): void {
    this.#delays.reconsider(queue)
  }

  /** Messages with consumers, or on their way to some, keep the process alive; messages that nobody takes do not. */
  readonly held = (change: number): void => {
    this.#held += change
    if (this.#held > 0) {
      this.#alive ??= keepProcessAlive()
      return
    }
    this.#alive?.stop()
    this.#alive = undefined
  }

  /** Nobody can come back to these queues: what is in them goes, and is counted in the log. */
  drop(): void {
    for (const queue of this.#queues.values()) {
      const messages = queue.purge() + this.#delays.waitingFor(queue)
      if (messages === 0) continue
      this.#logger.warn({ queue: queue.name, messages }, 'Messages in memory are gone with the last broker.')
    }
    this.#delays.clear()
    this.#queues.clear()
    this.#exchanges.clear()
  }

  /** A queue of Celery's that exists is somebody's: it is taken as it is. */
  #adopt(name: string, declared: QueueArguments): void {
    if (this.#queues.has(name)) return
    this.#make(name, declared)
    this.#exchanges.set(name, { queue: name, key: name })
  }

  #make(name: string, declared: QueueArguments): void {
    this.#queues.set(name, new MemoryQueue(name, declared, this))
  }

  /** As it comes out of the ladder that RabbitMQ has for this. */
  #deliver({ queue, message, seconds, namespace }: DelayedMessage): void {
    const address = { exchange: deliverExchange(namespace), routingKey: delayKey(queue.name, seconds) }
    this.#enqueue(queue, { message, ...address, delayed: true }, Infinity)
  }

  #enqueue(queue: MemoryQueue, arrival: Arrival, expirationMs: number): void {
    const ttl = Math.min(expirationMs, queue.arguments['x-message-ttl'] ?? Infinity)
    queue.enqueue({
      ...arrival,
      place: this.#places++,
      expiresAt: ttl === Infinity ? undefined : this.clock.monotonic() + ttl,
      returns: 0,
    })
  }

  #route(exchange: string, routingKey: string): MemoryQueue | undefined {
    if (exchange === '') return this.#queues.get(routingKey)
    const route = this.#exchanges.get(exchange)
    if (route === undefined || (route.key !== undefined && route.key !== routingKey)) return undefined
    return this.#queues.get(route.queue)
  }
}

/** What a message brings along into a queue. */
type Arrival = Pick<StoredMessage, 'message' | 'exchange' | 'routingKey' | 'delayed'>

function expirationOf({ properties: { expiration } }: WireMessage): number {
  if (expiration === undefined) return Infinity
  const ms = /^\d{1,10}$/.test(expiration) ? Number(expiration) : Infinity
  if (ms <= LONGEST_EXPIRATION_MS) return ms
  throw new BrokerError(
    'ERR_REFUSED',
    `The message was refused: its expiration ${JSON.stringify(expiration.slice(0, 40))} is not a number of milliseconds ` +
      `up to ${LONGEST_EXPIRATION_MS}. Nothing is stored.`,
    { reason: 'other' },
  )
}

function unroutable(exchange: string, routingKey: string): BrokerError {
  const message =
    exchange === ''
      ? `Queue "${routingKey}" does not exist, so the message was refused and nothing is stored. Declare the queue, or check its name.`
      : `Exchange "${exchange}" leads to no queue for the key "${routingKey}", so the message was refused and nothing is stored. Check both names.`
  return new BrokerError('ERR_REFUSED', message, { reason: 'unroutable' })
}
