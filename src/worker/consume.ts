/** Deliveries in from one queue, a slot for each, and the slot free again once it is settled. */
import type { Consumer, Delivery } from '../broker/broker.js'
import { processDelivery } from './process-delivery.js'
import type { Slots } from './slots.js'
import type { WorkerParts } from './worker-parts.js'

/** How a queue is worked on. */
export interface IntakeOptions {
  readonly queue: string
  readonly prefetch: number
  readonly slots: Slots
}

/** What a worker takes from one queue, from its construction on. */
export class Intake {
  /** Settles when the consumer is there, or cannot be had. */
  readonly started: Promise<void>
  readonly #options: IntakeOptions
  readonly #worker: WorkerParts
  #consumer: Consumer | undefined
  #stopping = false

  constructor(options: IntakeOptions, worker: WorkerParts) {
    this.#options = options
    this.#worker = worker
    this.started = this.#start()
  }

  /** Whether the broker has the consumer right now. */
  get attached(): boolean {
    return this.#consumer?.attached ?? false
  }

  /** Takes no more: what waits for a slot goes back to its queue, what runs goes on. A consumer that is still to come is closed as it comes. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#consumer?.cancel()
  }

  /** Ends it; what is not settled goes back to its queue. */
  async close(): Promise<void> {
    await this.#consumer?.close()
  }

  async #start(): Promise<void> {
    const { queue, prefetch } = this.#options
    const { broker, queueSpec } = this.#worker.host
    await broker.declare(queueSpec(queue))
    if (this.#stopping) return
    const consumer = await broker.consume(queue, { prefetch }, (delivery) => this.#onDelivery(delivery))
    this.#consumer = consumer
    if (this.#stopping) await consumer.close()
  }

  #onDelivery(delivery: Delivery): void {
    if (this.#stopping) delivery.release()
    else this.#options.slots.take(() => void this.#work(delivery))
  }

  async #work(delivery: Delivery): Promise<void> {
    try {
      if (this.#stopping) delivery.release()
      else await processDelivery(delivery, this.#worker)
    } finally {
      this.#options.slots.leave()
    }
  }
}
