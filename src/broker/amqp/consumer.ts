/** A consumer as the library sees it: it comes back by itself, can be cancelled, and ends with everything said that was to say. */
import type { Consumer, QueueSpec } from '../broker.js'
import { brokerText, queueRefused } from './amqp-errors.js'
import { Attachment } from './attachment.js'
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
  readonly #attachment: Attachment<ConsumerChannel>
  #cancelled: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#attachment = new Attachment<ConsumerChannel>({
      ...options,
      subject: `queue "${options.queue}"`,
      make: (session, onGone) => this.#consume(session, onGone),
      discard: (channel) => void (this.#closed ? channel.close() : channel.cancel()).catch(() => {}),
    })
  }

  get queue(): string {
    return this.#options.queue
  }

  get attached(): boolean {
    return this.#attachment.made?.attached ?? false
  }

  /**
   * Consumes on this session; from then on comes back by itself.
   * @throws DeclarationError, BrokerError when the broker will not have it, or the session is lost meanwhile.
   */
  async start(session: Session): Promise<void> {
    try {
      await this.#attachment.startOn(session)
    } catch (error) {
      throw queueRefused(`consume queue "${this.queue}"`, error)
    }
  }

  cancel(): Promise<void> {
    this.#cancelled ??= this.#cancel()
    return this.#cancelled
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #consume(session: Session, onGone: (why: string) => void): Promise<ConsumerChannel> {
    const { topology } = this.#options
    const spec = topology.specOf(this.queue)
    if (spec) await topology.declare(session, spec)
    return ConsumerChannel.open(session, {
      ...this.#options,
      countsDeliveries: countsDeliveries(spec),
      onGone: (why) => {
        // What was declared on this session may be what is gone.
        topology.forget(session)
        onGone(why)
      },
    })
  }

  async #cancel(): Promise<void> {
    this.#attachment.stop()
    const channel = this.#attachment.made
    if (channel) await this.#bounded(channel.cancel(), 'cancelling a consumer')
  }

  async #close(): Promise<void> {
    await this.cancel()
    const channel = this.#attachment.made
    if (channel) await this.#bounded(channel.close(), 'closing a channel')
    this.#options.onClosed(this)
  }

  /** What the broker does not answer in time is over with the connection. */
  async #bounded(work: Promise<void>, what: string): Promise<void> {
    const { clock, limitMs, logger } = this.#options
    const { session } = this.#attachment
    const onLimit = () => new Error(`no answer to ${what} within ${limitMs} ms`)
    try {
      const limited = withinLimit(work, { clock, limitMs, onLimit })
      await (session ? session.during(limited) : limited)
    } catch (error) {
      logger.debug({ queue: this.queue, reason: brokerText(error) }, 'A consumer ended without the broker.')
    }
  }
}

function countsDeliveries(spec: QueueSpec | undefined): boolean {
  return spec !== undefined && (spec.type ?? 'quorum') === 'quorum'
}
