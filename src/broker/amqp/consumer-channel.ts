/** One channel with one consumer on it: hands deliveries out, and settles them as long as the channel lives. */
import type { Channel, ConsumeMessage } from 'amqplib'
import { sleep, type Clock } from '../../kernel/clock.js'
import type { Logger } from '../../kernel/logger.js'
import type { Delivery } from '../broker.js'
import { AckWindow } from './ack-window.js'
import { brokerText } from './amqp-errors.js'
import { AmqpDelivery, type SettleOn } from './delivery.js'
import type { Session } from './session.js'

/** What to consume, and who is told. */
export interface ConsumerChannelOptions {
  readonly queue: string
  readonly namespace: string
  /** 1 to 65 535. */
  readonly prefetch: number
  readonly countsDeliveries: boolean
  readonly clock: Clock
  readonly logger: Logger
  readonly onDelivery: (delivery: Delivery) => void
  /** The channel or its consumer is gone, other than by our own doing; told once. */
  readonly onGone: (why: string) => void
}

/** How long a delivery rests that nobody would take, before it goes back to its queue. */
const REST_AFTER_THROW_MS = 1000
/**
 * RabbitMQ puts acknowledgements aside that come faster than a quorum queue writes them down, once 32 are on their way, and forgets them with
 * their channel. Its answer to a cancel comes after all that were sent before it are written down; for those after it only time helps.
 */
const MOST_UNWRITTEN = 30
const WRITING_MS = 1000
const CANCELLED_BY_BROKER = 'the broker cancelled the consumer: the queue was deleted or moved'

export class ConsumerChannel implements SettleOn {
  readonly #options: ConsumerChannelOptions
  readonly #channel: Channel
  readonly #window = new AckWindow()
  #consumerTag: string | undefined
  #open = true
  #cancelled: Promise<void> | undefined
  #flushScheduled = false
  /** Acknowledgements of the last moments after the consumer was cancelled. */
  #unwritten = { count: 0, until: 0 }
  #lastError: Error | undefined

  /** @throws amqplib's error when the queue is not there or not ours to read. */
  static async open(this: void, session: Session, options: ConsumerChannelOptions): Promise<ConsumerChannel> {
    const channel = await session.openChannel()
    const opened = new ConsumerChannel(channel, options)
    try {
      await session.during(opened.#start())
      // What the broker took back in the same breath, `onGone` was not told of.
      if (!opened.#open) throw opened.#lastError ?? new Error(CANCELLED_BY_BROKER)
    } catch (error) {
      opened.#open = false
      channel.close().catch(() => {})
      throw opened.#lastError ?? error
    }
    return opened
  }

  private constructor(channel: Channel, options: ConsumerChannelOptions) {
    this.#channel = channel
    this.#options = options
    channel.on('error', (error) => (this.#lastError = error))
    // Without an error it is the connection that goes, and who consumes on the next one is told by that.
    channel.on('close', () => this.#gone(this.#lastError && brokerText(this.#lastError)))
  }

  get queue(): string {
    return this.#options.queue
  }

  get namespace(): string {
    return this.#options.namespace
  }

  get countsDeliveries(): boolean {
    return this.#options.countsDeliveries
  }

  get open(): boolean {
    return this.#open
  }

  /** Whether the broker sends deliveries here. */
  get attached(): boolean {
    return this.#open && this.#cancelled === undefined && this.#consumerTag !== undefined
  }

  /** Deliveries handed out and not settled. */
  get unfinished(): number {
    return this.#window.unfinished
  }

  ack(tag: number): void {
    if (!this.#isOurs(this.#open && this.#window.finish(tag), tag)) return
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    // All that is finished in this turn of the event loop goes out together.
    setImmediate(() => {
      this.#flushScheduled = false
      this.flush()
    })
  }

  release(tag: number): void {
    if (!this.#isOurs(this.#open && this.#window.drop(tag), tag)) return
    this.#send(() => this.#channel.nack(tagged(tag), false, true))
  }

  /** Sends the acknowledgements that wait. */
  flush(): void {
    const plan = this.#open ? this.#window.plan() : undefined
    if (!plan) return
    this.#countUnwritten(plan.single.length + 1)
    this.#send(() => {
      if (plan.upTo !== undefined) this.#channel.ack(tagged(plan.upTo), true)
      for (const tag of plan.single) this.#channel.ack(tagged(tag), false)
    })
  }

  /** No new deliveries; settling goes on. */
  cancel(): Promise<void> {
    this.#cancelled ??= this.#cancel()
    return this.#cancelled
  }

  /** Sends what is done, and lets the rest go back to the queue. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.flush()
    // First, so that nothing is handed out any more while the channel closes.
    await this.cancel()
    this.flush()
    await this.#untilWritten()
    this.#open = false
    await this.#channel.close()
  }

  async #cancel(): Promise<void> {
    this.flush()
    if (this.#open && this.#consumerTag !== undefined) await this.#channel.cancel(this.#consumerTag)
  }

  #countUnwritten(count: number): void {
    if (!this.#cancelled) return
    const now = this.#options.clock.monotonic()
    const earlier = now < this.#unwritten.until ? this.#unwritten.count : 0
    this.#unwritten = { count: earlier + count, until: now + WRITING_MS }
  }

  async #untilWritten(): Promise<void> {
    const { clock } = this.#options
    const { count, until } = this.#unwritten
    if (count > MOST_UNWRITTEN) await sleep(clock, Math.max(0, until - clock.monotonic()))
  }

  async #start(): Promise<void> {
    // Per consumer: a quorum queue closes the connection over a limit for the whole channel.
    await this.#channel.prefetch(this.#options.prefetch, false)
    const { consumerTag } = await this.#channel.consume(this.queue, (arrived) => this.#onArrival(arrived))
    this.#consumerTag = consumerTag
  }

  #onArrival(arrived: ConsumeMessage | null): void {
    if (arrived === null) return this.#onCancelledByBroker()
    const { deliveryTag } = arrived.fields
    this.#window.add(deliveryTag)
    if (this.#cancelled) return this.release(deliveryTag)
    this.#handOut(new AmqpDelivery(arrived, this))
  }

  /** An error that got out of here would close the channel; a rejection would be nobody's. */
  #handOut(delivery: AmqpDelivery): void {
    try {
      const returned: unknown = this.#options.onDelivery(delivery)
      if (returned instanceof Promise) returned.catch((error: unknown) => this.#onThrown(delivery, error))
    } catch (error) {
      this.#onThrown(delivery, error)
    }
  }

  #onThrown(delivery: Delivery, error: unknown): void {
    const { clock, logger, queue } = this.#options
    logger.error(
      { queue, reason: brokerText(error) },
      'A delivery could not be taken on; it goes back to its queue.',
    )
    clock.after(REST_AFTER_THROW_MS, () => delivery.release(), { keepAlive: false })
  }

  #onCancelledByBroker(): void {
    if (!this.#open) return
    this.#gone(CANCELLED_BY_BROKER)
    this.#channel.close().catch(() => {})
  }

  #gone(why: string | undefined): void {
    if (!this.#open) return
    this.#open = false
    if (why !== undefined && this.#consumerTag !== undefined) this.#options.onGone(why)
  }

  #isOurs(isOurs: boolean, tag: number): boolean {
    if (!isOurs) {
      const { logger, queue } = this.#options
      logger.debug(
        { queue, tag },
        'A delivery was settled a second time, or after its channel was gone: ignored.',
      )
    }
    return isOurs
  }

  /** A channel that closes under our hands takes everything unsettled back to the queue by itself. */
  #send(send: () => void): void {
    try {
      send()
    } catch (error) {
      const { logger, queue } = this.#options
      logger.debug(
        { queue, reason: brokerText(error) },
        'The channel closed before an acknowledgement was written.',
      )
    }
  }
}

function tagged(deliveryTag: number): ConsumeMessage {
  // Of a message, amqplib reads nothing but this for ack and nack.
  return { fields: { deliveryTag } } as ConsumeMessage
}
