/** A consumer as the library sees it: it comes back by itself, can be cancelled, and ends with everything said that was to say. */
import type { Consumer, QueueSpec } from '../broker.js'
import { brokerText, queueRefused } from './amqp-errors.js'
import { Attachment } from './attachment.js'
import type { AmqpConnection } from './connection.js'
import { ConsumerChannel, type ConsumerChannelOptions } from './consumer-channel.js'
import { ConsumerPages } from './consumer-pages.js'
import type { Topology } from './declare.js'
import type { Session } from './session.js'
import { withinLimit } from './time-limit.js'

/** What to consume, and how. */
export interface ConsumerOptions extends Omit<ConsumerChannelOptions, 'onGone' | 'countsDeliveries'> {
  readonly connection: AmqpConnection
  readonly topology: Topology
  readonly onClosed: (consumer: AmqpConsumer) => void
}

type Consuming = ConsumerChannel | ConsumerPages

/** How long the broker may take to answer `cancel` and `close`. */
const ANSWER_LIMIT_MS = 5000

export class AmqpConsumer implements Consumer {
  readonly #options: ConsumerOptions
  readonly #attachment: Attachment<Consuming>
  #attachments = 0
  #cancelled: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#attachment = new Attachment<Consuming>({
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

  get attachments(): number {
    return this.#attachments
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
    this.#cancelled ??= this.#end(ANSWER_LIMIT_MS, (channel) => channel.cancel())
    return this.#cancelled
  }

  /** `limitMs`: how long the broker may take for all of it. */
  close(limitMs: number = ANSWER_LIMIT_MS): Promise<void> {
    this.#closed ??= this.#end(limitMs, (channel) => channel.close()).then(() => this.#options.onClosed(this))
    return this.#closed
  }

  async #consume(session: Session, onGone: (why: string) => void): Promise<Consuming> {
    // Before the first delivery that could come by it.
    this.#attachments++
    const { topology } = this.#options
    const spec = topology.specOf(this.queue)
    if (spec) await topology.declare(session, spec)
    // What was declared on this session may be what is gone, or is not there to be consumed.
    const forget = () => topology.forget(session)
    const { open } = this.#options.prefetch === Infinity ? ConsumerPages : ConsumerChannel
    const opening = open(session, {
      ...this.#options,
      countsDeliveries: countsDeliveries(spec),
      onGone: (why) => {
        forget()
        onGone(why)
      },
    })
    opening.catch(forget)
    return opening
  }

  /** What the broker does not answer in time is over with the connection. */
  async #end(limitMs: number, end: (channel: Consuming) => Promise<void>): Promise<void> {
    this.#attachment.stop()
    const { made, session } = this.#attachment
    if (!made || !session) return
    const { clock, logger } = this.#options
    const onLimit = () => new Error(`no answer within ${limitMs} ms`)
    try {
      await session.during(withinLimit(end(made), { clock, limitMs, onLimit }))
    } catch (error) {
      logger.debug({ queue: this.queue, reason: brokerText(error) }, 'A consumer ended without the broker.')
    }
  }
}

function countsDeliveries(spec: QueueSpec | undefined): boolean {
  return spec !== undefined && (spec.type ?? 'quorum') === 'quorum'
}
