/** One consumer's share of a walk: so many letters and no more, however many there are, held until the walk is over. */
import type { Broker, Consumer, Delivery } from '../broker/broker.js'
import { Fifo } from '../kernel/fifo.js'
import { Visit } from './visit.js'

/** What a page is opened with. */
export interface PageOptions {
  readonly broker: Broker
  readonly queue: string
  /** How many letters may be unsettled at a time. */
  readonly size: number
  /** Something arrived, or was settled. */
  readonly onChange: () => void
}

export class Page {
  readonly #options: PageOptions
  readonly #attachments: number | undefined
  readonly #consumer: Consumer
  /** What is taken out is held on to no longer, its body above all. */
  readonly #arrived: Fifo<Delivery>
  #taken = 0
  #bytes = 0
  #staying = 0
  #pending = 0

  static async open(options: PageOptions): Promise<Page> {
    const arrived = new Fifo<Delivery>()
    const { broker, queue, size, onChange } = options
    const consumer = await broker.consume(queue, { prefetch: size }, (delivery) => {
      arrived.push(delivery)
      onChange()
    })
    return new Page(options, consumer, arrived)
  }

  private constructor(options: PageOptions, consumer: Consumer, arrived: Fifo<Delivery>) {
    this.#options = options
    this.#consumer = consumer
    this.#arrived = arrived
    this.#attachments = consumer.attachments
  }

  /** Whether what it holds has gone back to the queue, or what arrives is not a first arrival any more. */
  get isLost(): boolean {
    return !this.#consumer.attached || this.#consumer.attachments !== this.#attachments
  }

  /** Letters handed on and not settled yet. */
  get pending(): number {
    return this.#pending
  }

  /** Whether so many letters stay that it gets no more. */
  get isFull(): boolean {
    return this.#staying >= this.#options.size
  }

  get size(): number {
    return this.#options.size
  }

  /** Letters that go back when it is closed. */
  get held(): number {
    return this.#staying + this.#pending + this.#arrived.size
  }

  /** Whether there is one to take. */
  get hasArrived(): boolean {
    return this.#arrived.size > 0
  }

  /** Bytes of the bodies it has handed on, on average. */
  get averageBytes(): number {
    return this.#bytes / Math.max(1, this.#taken)
  }

  /** The next letter that has arrived. */
  take(): Visit | undefined {
    const delivery = this.#arrived.take()
    if (delivery === undefined) return undefined
    this.#taken += 1
    this.#bytes += delivery.message.body.byteLength
    this.#pending += 1
    return new Visit(delivery, (stays) => {
      this.#pending -= 1
      if (stays) this.#staying += 1
      this.#options.onChange()
    })
  }

  /** Gets no more. */
  async end(): Promise<void> {
    await this.#consumer.cancel()
  }

  /** Lets go of all that stays. */
  async close(): Promise<void> {
    await this.#consumer.close()
  }
}
