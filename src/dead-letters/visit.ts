/** One letter under the hand of whoever walks through them: it stays or it goes, and here alone it is acknowledged. */
import type { Delivery } from '../broker/broker.js'

/** A letter, to be settled exactly once, by `leave` or `remove`; more is ignored. */
export class Visit {
  readonly delivery: Delivery
  readonly #onSettled: (stays: boolean) => void
  #settled = false

  constructor(delivery: Delivery, onSettled: (stays: boolean) => void) {
    this.delivery = delivery
    this.#onSettled = onSettled
  }

  /** It stays where it is, once the walk is over; until then nobody else can have it. */
  leave(): void {
    this.#settle(true)
  }

  /** It is out of the queue for good: dropped, or confirmed elsewhere. */
  remove(): void {
    if (!this.#settled) this.delivery.ack()
    this.#settle(false)
  }

  #settle(stays: boolean): void {
    if (this.#settled) return
    this.#settled = true
    this.#onSettled(stays)
  }
}
