/** A consumer of the embedded broker: holds what its queue assigned to it, hands it out turn by turn, takes it back. */
import { AsyncResource } from 'node:async_hooks'
import type { Logger } from '../../kernel/logger.js'
import type { WireMessage } from '../../message/wire-message.js'
import type { Consumer, Delivery } from '../broker.js'
import { Fifo } from '../../kernel/fifo.js'
import type { MemoryQueue, Taker } from './queue.js'
import { copyMessage, type StoredMessage } from './stored-message.js'
import type { DeliverySource, Turns } from './turns.js'

/** What a consumer works with. */
export interface ConsumerParts {
  readonly queue: MemoryQueue
  readonly prefetch: number
  readonly onDelivery: (delivery: Delivery) => void
  readonly turns: Turns
  readonly logger: Logger
  /** How many messages more (or fewer) are with a consumer now. */
  readonly held: (change: number) => void
  readonly onClose: (consumer: MemoryConsumer) => void
}

/** At most `prefetch` messages are with it, waiting to be handed out or unsettled. */
export class MemoryConsumer implements Consumer, Taker, DeliverySource {
  readonly #parts: ConsumerParts
  readonly #onDelivery: (delivery: Delivery) => void
  readonly #unsettled = new Map<MemoryDelivery, StoredMessage>()
  readonly #assigned = new Fifo<StoredMessage>()
  #attached = true

  constructor(parts: ConsumerParts) {
    this.#parts = parts
    // A turn runs in the async context of whoever asked for it, often a publisher; a delivery belongs to its consumer's.
    this.#onDelivery = AsyncResource.bind(parts.onDelivery)
    parts.queue.add(this)
  }

  get queue(): string {
    return this.#parts.queue.name
  }

  get attached(): boolean {
    return this.#attached
  }

  get hasCredit(): boolean {
    return this.#attached && this.#assigned.size + this.#unsettled.size < this.#parts.prefetch
  }

  take(message: StoredMessage): void {
    this.#assigned.push(message)
    this.#parts.held(1)
    this.#parts.turns.schedule(this)
  }

  deliverOne(): boolean {
    const stored = this.#assigned.take()
    if (stored === undefined) return false
    const delivery = new MemoryDelivery(stored, this.#parts.queue, this)
    this.#unsettled.set(delivery, stored)
    try {
      this.#onDelivery(delivery)
    } catch (error) {
      this.#parts.logger.error(
        { queue: this.queue, error },
        'A consumer threw; its delivery stays unsettled.',
      )
    }
    return this.#assigned.size > 0
  }

  settle(delivery: MemoryDelivery, how: 'ack' | 'release'): void {
    const stored = this.#unsettled.get(delivery)
    if (stored === undefined) return
    this.#unsettled.delete(delivery)
    this.#parts.held(-1)
    if (how === 'release') this.#parts.queue.putBack([stored])
    else if (this.#attached) this.#parts.queue.shareOut()
  }

  async cancel(): Promise<void> {
    if (!this.#attached) return
    this.#attached = false
    const { queue, held } = this.#parts
    queue.remove(this)
    const unseen = this.#assigned.takeAll()
    held(-unseen.length)
    queue.putBackUnseen(unseen)
  }

  async close(): Promise<void> {
    await this.cancel()
    const unsettled = [...this.#unsettled.values()]
    this.#unsettled.clear()
    this.#parts.held(-unsettled.length)
    this.#parts.queue.putBack(unsettled)
    this.#parts.onClose(this)
  }
}

class MemoryDelivery implements Delivery {
  readonly message: WireMessage
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
  readonly delayed: boolean
  readonly deliveryCount: number | undefined
  readonly #consumer: MemoryConsumer

  constructor(stored: StoredMessage, queue: MemoryQueue, consumer: MemoryConsumer) {
    this.message = copyMessage(stored.message)
    this.queue = queue.name
    this.exchange = stored.exchange
    this.routingKey = stored.routingKey
    this.redelivered = stored.returns > 0
    this.delayed = stored.delayed
    this.deliveryCount = queue.counts ? stored.returns : undefined
    this.#consumer = consumer
  }

  ack(): void {
    this.#consumer.settle(this, 'ack')
  }

  release(): void {
    this.#consumer.settle(this, 'release')
  }
}
