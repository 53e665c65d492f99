/** The broker contract over RabbitMQ, assembled from the parts beside it. */
import { systemClock, type Clock } from '../../kernel/clock.js'
import { MAX_DELAY_MS } from '../../kernel/duration.js'
import { DeclarationError } from '../../kernel/errors.js'
import { silentLogger, type Logger } from '../../kernel/logger.js'
import type { Headers, WireMessage } from '../../message/wire-message.js'
import type { ResultBackend } from '../../results/result-backend.js'
import type { Serializer } from '../../serialization/serializer.js'
import type {
  Address,
  Broker,
  BrokerCapabilities,
  ConnectOptions,
  ConsumeOptions,
  Consumer,
  Delivery,
  PublishOptions,
  QueueSpec,
  QueueState,
} from '../broker.js'
import { checkQueueSpec, deadLetterLimits, deadLetterName, type DeadLetterLimits } from '../queue-spec.js'
import { brokerText, connectionClosed, noAnswer, queueRefused, replyCode } from './amqp-errors.js'
import { parseAmqpUrl, type AmqpAddress } from './amqp-url.js'
import { AmqpConnection } from './connection.js'
import { AmqpConsumer } from './consumer.js'
import { Topology } from './declare.js'
import { delayedAddress, fitToWait } from './delay.js'
import type { TlsOptions } from './open-model.js'
import { bareDeadLetter, deadLetter, isMessageRefused } from './park.js'
import type { Destination } from './pending-publish.js'
import { Publisher } from './publisher.js'
import { ReplyBackend } from './reply-backend.js'
import type { Session } from './session.js'
import { withinLimit } from './time-limit.js'

/** How a RabbitMQ broker is made; everything but `url` has a default. */
export interface AmqpBrokerOptions {
  /** `amqp://user:password@host:5672/vhost`, or `amqps:`; `?heartbeat=` (seconds) and `?connection_timeout=` (milliseconds) are understood. */
  readonly url: string
  /** Begins the names of this library's own queues and exchanges, such as `<namespace>.dead`. Default `taskalope`. */
  readonly namespace?: string
  /** How many dead letters are kept, and how long, if their queue is not there yet. Default 1 000 000 of them, 30 days. */
  readonly deadLetters?: Partial<DeadLetterLimits>
  readonly logger?: Logger
  readonly clock?: Clock
  /** How long a publish may take that says nothing of it itself. Default 10 000. */
  readonly publishTimeoutMs?: number
  /** How many publishes may be unconfirmed at a time; more wait. Default 200, which is where more stops being faster. */
  readonly confirmWindow?: number
  /** Seconds; a peer that is silent for two to three of them is given up. Default 10. */
  readonly heartbeatSeconds?: number
  /** How long one attempt to connect may take, and a call that needs a connection may wait for one. Default 10 000. */
  readonly connectTimeoutMs?: number
  /** For `amqps:`; see Node's `tls.connect`. */
  readonly tls?: TlsOptions
}

const CAPABILITIES: BrokerCapabilities = Object.freeze({
  deliveryCount: true,
  priority: true,
  durable: true,
  maxDelayMs: MAX_DELAY_MS,
})
const CLOSE_MS = 5000
const MOST_PREFETCH = 65_535

/**
 * A broker over RabbitMQ 3.10 and newer. Connects at the first call that needs it, publishing and consuming each on a connection of its
 * own, and comes back by itself whenever one is lost: queues are declared again, consumers consume again, publishes that were not
 * confirmed are sent again within their time.
 * @throws DeclarationError ERR_BROKER_URL, ERR_OPTION_INVALID
 */
export function createAmqpBroker(options: AmqpBrokerOptions): AmqpBroker {
  return new AmqpBroker(options)
}

export class AmqpBroker implements Broker {
  readonly url: string
  readonly capabilities = CAPABILITIES
  readonly #namespace: string
  readonly #user: string
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #publishTimeoutMs: number
  readonly #connectTimeoutMs: number
  readonly #publishing: AmqpConnection
  readonly #consuming: AmqpConnection
  readonly #topology: Topology
  readonly #publisher: Publisher
  readonly #consumers = new Set<AmqpConsumer>()
  readonly #backends = new Set<ReplyBackend>()
  #connected: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: AmqpBrokerOptions) {
    checkOptions(options)
    const address = parseAmqpUrl(options.url)
    this.#namespace = options.namespace ?? 'taskalope'
    this.#user = address.user
    this.#logger = options.logger ?? silentLogger
    this.#clock = options.clock ?? systemClock
    this.#publishTimeoutMs = options.publishTimeoutMs ?? 10_000
    this.#connectTimeoutMs = options.connectTimeoutMs ?? address.connectTimeoutMs ?? 10_000
    this.#publishing = this.#connection('publish', address, options, () => this.#publisher.pending > 0)
    this.#consuming = this.#connection('consume', address, options, () => this.#consumers.size > 0)
    this.url = this.#publishing.url
    this.#topology = new Topology({
      clock: this.#clock,
      limitMs: this.#connectTimeoutMs,
      namespace: this.#namespace,
      deadLetters: deadLetterLimits(options.deadLetters),
      url: this.url,
    })
    this.#publisher = new Publisher({
      connection: this.#publishing,
      clock: this.#clock,
      logger: this.#logger,
      confirmWindow: options.confirmWindow ?? 200,
      prepare: (session) => this.#topology.replay(session),
      prepareFor: (session, { delayedFor }) =>
        delayedFor === undefined ? undefined : this.#topology.declareDelays(session, delayedFor),
      restore: (session, to) => this.#restore(session, to),
    })
  }

  get ready(): boolean {
    return this.#publisher.ready
  }

  connect({ timeoutMs = this.#connectTimeoutMs }: ConnectOptions = {}): Promise<void> {
    if (this.#closed) return Promise.reject(connectionClosed(this.url))
    this.#connected ??= this.#publisher.connect(timeoutMs).catch((error: unknown) => {
      this.#connected = undefined
      throw error
    })
    return this.#connected
  }

  isDeclared(queue: QueueSpec): boolean {
    return this.#topology.isDeclared(this.#publishing.current, queue)
  }

  async declare(queue: QueueSpec): Promise<void> {
    if (!this.#topology.isWanted(queue)) checkQueueSpec(queue)
    // What is wanted is declared before anything is published on the next connection.
    else if (!this.#publishing.current && !this.#closed) return
    await this.#onSession(this.#publishing, async (session) => {
      await this.#topology.declare(session, queue)
      this.#topology.noteDeclared(session, queue)
    })
    this.#topology.want(queue)
  }

  publish(address: Address, message: WireMessage, options?: PublishOptions): Promise<void> {
    return this.#publisher.publish(address, message, options?.timeoutMs ?? this.#publishTimeoutMs)
  }

  /**
   * As every broker does it. It resolves when the ladder has the message, which says nothing about the queue: one that is deleted later, or was
   * since this process first delayed a message for it, is noticed when the delay is over, and the message becomes a dead letter.
   */
  async publishDelayed(
    queue: string,
    message: WireMessage,
    delayMs: number,
    options?: PublishOptions,
  ): Promise<void> {
    const address = delayedAddress(this.#namespace, queue, delayMs)
    if (!address) return this.publish({ routingKey: queue }, message, options)
    const timeoutMs = options?.timeoutMs ?? this.#publishTimeoutMs
    await this.#publisher.publish({ ...address, delayedFor: queue }, fitToWait(message), timeoutMs)
  }

  async park(delivery: Delivery, headers: Headers): Promise<void> {
    const address = { exchange: deadLetterName(this.#namespace), routingKey: delivery.queue }
    this.#topology.wantDeadLetters()
    const session = this.#publishing.current
    if (session) await this.#topology.declareDeadLetters(session)
    try {
      await this.publish(address, deadLetter(delivery, headers, this.#user))
    } catch (error) {
      if (!isMessageRefused(error)) throw error
      await this.publish(address, bareDeadLetter(delivery, headers, brokerText(error)))
    }
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    checkPrefetch(queue, options.prefetch)
    const consumer = new AmqpConsumer({
      queue,
      namespace: this.#namespace,
      prefetch: options.prefetch,
      onDelivery,
      connection: this.#consuming,
      topology: this.#topology,
      clock: this.#clock,
      logger: this.#logger,
      onClosed: (closed) => this.#consumers.delete(closed),
    })
    await this.#onSession(this.#consuming, (session) => consumer.start(session))
    this.#consumers.add(consumer)
    return consumer
  }

  async purge(queue: string): Promise<number> {
    try {
      return await this.#ask(`purging queue "${queue}"`, async (session) => {
        const { messageCount } = await session.onThrowawayChannel((channel) => channel.purgeQueue(queue))
        return messageCount
      })
    } catch (error) {
      throw queueRefused(`purge queue "${queue}"`, error)
    }
  }

  async inspect(queue: string): Promise<QueueState | undefined> {
    try {
      return await this.#ask(`inspecting queue "${queue}"`, async (session) => {
        const state = await session.onThrowawayChannel((channel) => channel.checkQueue(queue))
        return { messages: state.messageCount, consumers: state.consumerCount }
      })
    } catch (error) {
      if (replyCode(error) === 404) return undefined
      throw queueRefused(`inspect queue "${queue}"`, error)
    }
  }

  /** Results over one exclusive reply queue, which is made at the first call that wants an answer. */
  createResultBackend(serializer: Serializer): ResultBackend {
    const backend = new ReplyBackend({
      connection: this.#consuming,
      namespace: this.#namespace,
      clock: this.#clock,
      logger: this.#logger,
      limitMs: this.#connectTimeoutMs,
      serializer,
      publish: (address, message) => this.publish(address, message),
      onClosed: (closed) => this.#backends.delete(closed),
    })
    this.#backends.add(backend)
    return backend
  }

  close({ timeoutMs = CLOSE_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  async #close(timeoutMs: number): Promise<void> {
    const consumers = Promise.all([...this.#consumers].map((consumer) => consumer.close(timeoutMs)))
    const backends = Promise.all([...this.#backends].map((backend) => backend.close()))
    await Promise.all([this.#publisher.close(timeoutMs), consumers, backends])
    await Promise.all([this.#publishing.close(timeoutMs), this.#consuming.close(timeoutMs)])
  }

  /** On the consuming connection where there is one: a broker that is short of memory does not answer on the other. */
  async #ask<T>(what: string, work: (session: Session) => Promise<T>): Promise<T> {
    const limitMs = this.#connectTimeoutMs
    const onLimit = () => noAnswer(this.url, what, limitMs)
    const limited = (session: Session) => withinLimit(work(session), { clock: this.#clock, limitMs, onLimit })
    return this.#onSession(this.#consuming.current ? this.#consuming : this.#publishing, limited)
  }

  /** Does something on a connection, and once more on the next one should it be lost meanwhile, as long as there is time. */
  async #onSession<T>(connection: AmqpConnection, work: (session: Session) => Promise<T>): Promise<T> {
    const endAt = this.#clock.monotonic() + this.#connectTimeoutMs
    for (;;) {
      if (this.#closed) throw connectionClosed(this.url)
      const leftMs = Math.max(0, endAt - this.#clock.monotonic())
      const session = await connection.session(leftMs)
      try {
        return await work(session)
      } catch (error) {
        if (session.alive || this.#clock.monotonic() >= endAt) throw error
      }
    }
  }

  #restore(session: Session, { exchange, routingKey, delayedFor }: Destination): Promise<void> | undefined {
    if (delayedFor !== undefined) return this.#topology.restoreDelays(session, delayedFor)
    const isDeadLetter = exchange === deadLetterName(this.#namespace)
    const spec = exchange === '' ? this.#topology.specOf(routingKey) : undefined
    if (!isDeadLetter && !spec) return undefined
    return this.#topology.restore(session, spec)
  }

  #connection(
    role: string,
    address: AmqpAddress,
    options: AmqpBrokerOptions,
    isNeeded: () => boolean,
  ): AmqpConnection {
    return new AmqpConnection({
      address,
      tls: options.tls,
      connectionName: `${this.#namespace} ${role} ${process.pid}`,
      heartbeatSeconds: options.heartbeatSeconds ?? address.heartbeatSeconds ?? 10,
      connectTimeoutMs: this.#connectTimeoutMs,
      clock: this.#clock,
      logger: this.#logger,
      isNeeded,
    })
  }
}

const BOUNDS = {
  publishTimeoutMs: [1, Number.MAX_SAFE_INTEGER],
  confirmWindow: [1, 65_535],
  heartbeatSeconds: [1, 3600],
  connectTimeoutMs: [1, 2 ** 31 - 1],
} as const

function checkOptions(options: AmqpBrokerOptions): void {
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const value = options[name as keyof typeof BOUNDS]
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) continue
    throw new DeclarationError(
      'ERR_OPTION_INVALID',
      `Option "${name}" of a RabbitMQ broker is ${value}. It is a whole number from ${least} to ${most}.`,
    )
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
