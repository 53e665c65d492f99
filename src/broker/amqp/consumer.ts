/** A consumer that comes back: after a reconnect, a closed channel or a deleted queue it consumes again by itself. */
import type { Timer } from '../../kernel/clock.js'
import type { Consumer, QueueSpec } from '../broker.js'
import { brokerText, queueRefused } from './amqp-errors.js'
import { reconnectDelayMs } from './backoff.js'
import type { AmqpConnection } from './connection.js'
import { ConsumerChannel, type ConsumerChannelOptions } from './consumer-channel.js'
import type { Topology } from './declare.js'
import type { Session } from './session.js'
import { withinLimit } from './time-limit.js'

/** What to consume, and how. */
export interface ConsumerOptions extends Omit<ConsumerChannelOptions, 'onGone' | 'countsDeliveries'> {
  readonly connection: AmqpConnection
  readonly topology: Topology
  /** How long the broker may take to answer `cancel` and `close`. */
  readonly limitMs: number
  readonly onClosed: (consumer: AmqpConsumer) => void
}

export class AmqpConsumer implements Consumer {
  readonly #options: ConsumerOptions
  #channel: ConsumerChannel | undefined
  #session: Session | undefined
  #stopListening: (() => void) | undefined
  #failures = 0
  #retry: Timer | undefined
  #cancelled: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: ConsumerOptions) {
    this.#options = options
  }

  get queue(): string {
    return this.#options.queue
  }

  get attached(): boolean {
    return this.#channel?.attached ?? false
  }

  /**
   * Consumes on this session; from then on comes back by itself.
   * @throws DeclarationError, BrokerError when the broker will not have it, or the session is lost meanwhile.
   */
  async start(session: Session): Promise<void> {
    try {
      await this.#attach(session)
    } catch (error) {
      throw queueRefused(`consume queue "${this.queue}"`, error)
    }
    this.#session = session
    this.#stopListening = this.#options.connection.listen({
      onUp: (next) => this.#onUp(next),
      onDown: () => (this.#session = undefined),
    })
  }

  cancel(): Promise<void> {
    this.#cancelled ??= this.#cancel()
    return this.#cancelled
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #attach(session: Session): Promise<void> {
    const { topology } = this.#options
    const spec = topology.specOf(this.queue)
    if (spec) await topology.declare(session, spec)
    const onGone = (why: string) => this.#onGone(session, why)
    this.#channel = await ConsumerChannel.open(session, {
      ...this.#options,
      countsDeliveries: countsDeliveries(spec),
      onGone,
    })
    this.#failures = 0
    this.#options.logger.debug({ queue: this.queue }, 'Consuming.')
    // It may have been given up while the broker was asked.
    if (this.#closed) await this.#channel.close()
    else if (this.#cancelled) await this.#channel.cancel()
  }

  #onUp(session: Session): void {
    if (this.#session === session) return
    this.#session = session
    this.#comeBack(session)
  }

  #onGone(session: Session, why: string): void {
    if (this.#cancelled || !session.alive) return
    this.#options.logger.warn({ queue: this.queue, reason: why }, 'A consumer was lost; consuming again.')
    // What was declared on this session may be what is gone.
    this.#options.topology.forget(session)
    this.#comeBack(session)
  }

  #comeBack(session: Session): void {
    if (this.#cancelled) return
    this.#attach(session).catch((error: unknown) => this.#onFailure(session, error))
  }

  #onFailure(session: Session, error: unknown): void {
    if (this.#cancelled || !session.alive) return
    this.#failures++
    const delayMs = Math.max(100, reconnectDelayMs(this.#failures))
    this.#options.logger.error(
      { queue: this.queue, reason: brokerText(error) },
      `The queue cannot be consumed. Trying again in ${(delayMs / 1000).toFixed(1)} s.`,
    )
    this.#retry?.stop()
    this.#retry = this.#options.clock.after(
      delayMs,
      () => this.#session === session && this.#comeBack(session),
    )
  }

  async #cancel(): Promise<void> {
    this.#stopListening?.()
    this.#retry?.stop()
    const channel = this.#channel
    if (channel) await this.#bounded(channel.cancel(), 'cancelling a consumer')
  }

  async #close(): Promise<void> {
    await this.cancel()
    const channel = this.#channel
    if (channel) await this.#bounded(channel.close(), 'closing a channel')
    this.#options.onClosed(this)
  }

  /** What the broker does not answer in time is over with the connection. */
  async #bounded(work: Promise<void>, what: string): Promise<void> {
    const { clock, limitMs, logger, connection } = this.#options
    const onLimit = () => new Error(`no answer to ${what} within ${limitMs} ms`)
    const session = this.#session
    try {
      const limited = withinLimit(work, { clock, limitMs, onLimit })
      await (session ? session.during(limited) : limited)
    } catch (error) {
      logger.debug(
        { queue: this.queue, broker: connection.url, reason: brokerText(error) },
        'A consumer ended hard.',
      )
    }
  }
}

function countsDeliveries(spec: QueueSpec | undefined): boolean {
  return spec !== undefined && (spec.type ?? 'quorum') === 'quorum'
}
