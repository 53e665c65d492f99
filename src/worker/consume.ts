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

/** What a worker takes from one queue. */
export interface Intake {
  readonly consumer: Consumer
  /** Takes no more: what waits for a slot goes back to its queue, what runs goes on. */
  stop(): Promise<void>
}

/** Declares the queue and starts working on it. */
export async function takeFrom(options: IntakeOptions, worker: WorkerParts): Promise<Intake> {
  const { broker } = worker.host
  let stopping = false
  const work = async (delivery: Delivery) => {
    if (stopping) delivery.release()
    else await processDelivery(delivery, worker)
    options.slots.leave()
  }
  await broker.declare(worker.host.queueSpec(options.queue))
  const consumer = await broker.consume(options.queue, { prefetch: options.prefetch }, (delivery) =>
    options.slots.take(() => void work(delivery)),
  )
  return {
    consumer,
    stop() {
      stopping = true
      return consumer.cancel()
    },
  }
}
