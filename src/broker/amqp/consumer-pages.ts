/** A consumer without limit, on as many channels as it takes. */
import type { Delivery } from '../broker.js'
import { brokerText } from './amqp-errors.js'
import { ConsumerChannel, type ConsumerChannelOptions } from './consumer-channel.js'
import type { Session } from './session.js'

/**
 * How much one channel may have unsettled. 0, which stands for no limit, is 2000 on a quorum queue; and RabbitMQ looks for what is
 * acknowledged from the oldest unsettled delivery of the channel on, which takes milliseconds on a channel with a hundred thousand of them.
 */
const PAGE = 5000

/** A million unsettled deliveries are 200 channels and more; a connection has 2047. */
export class ConsumerPages {
  readonly #session: Session
  readonly #options: ConsumerChannelOptions
  readonly #channels: ConsumerChannel[] = []
  #adding: Promise<void> | undefined
  #ended = false

  /** @throws as `ConsumerChannel.open` */
  static async open(this: void, session: Session, options: ConsumerChannelOptions): Promise<ConsumerPages> {
    const pages = new ConsumerPages(session, options)
    await pages.#add()
    return pages
  }

  private constructor(session: Session, options: ConsumerChannelOptions) {
    this.#session = session
    this.#options = options
  }

  /** Whether the broker sends deliveries here. */
  get attached(): boolean {
    return !this.#ended && this.#channels.some((channel) => channel.attached)
  }

  /** No new deliveries; settling goes on. */
  cancel(): Promise<void> {
    return this.#end((channel) => channel.cancel())
  }

  /** Sends what is done, and lets the rest go back to the queue. */
  close(): Promise<void> {
    return this.#end((channel) => channel.close())
  }

  async #end(end: (channel: ConsumerChannel) => Promise<void>): Promise<void> {
    this.#ended = true
    await this.#adding
    await Promise.all(this.#channels.map(end))
  }

  async #add(): Promise<void> {
    const channel = await ConsumerChannel.open(this.#session, {
      ...this.#options,
      prefetch: PAGE,
      onDelivery: (delivery) => this.#onDelivery(delivery),
      onGone: (why) => this.#onGone(why),
    })
    this.#channels.push(channel)
  }

  #onDelivery(delivery: Delivery): void {
    const isRoom = this.#channels.findLast(({ unfinished }) => unfinished < PAGE / 2)
    if (!isRoom && this.#channels.length > 0 && !this.#adding && !this.#ended) this.#turnPage()
    return this.#options.onDelivery(delivery)
  }

  #turnPage(): void {
    const { logger, queue } = this.#options
    const onFailure = (error: unknown) =>
      logger.warn({ queue, reason: brokerText(error) }, 'No further channel to look through a queue.')
    this.#adding = this.#add()
      .catch(onFailure)
      .finally(() => (this.#adding = undefined))
  }

  /** What one of them had comes again, so all begin again. */
  #onGone(why: string): void {
    if (this.#ended) return
    this.close().catch(() => {})
    this.#options.onGone(why)
  }
}
