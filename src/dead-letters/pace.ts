/** Keeps a pace: so many a second and no more, on the clock that nobody sets. */
import { sleep, type Clock } from '../kernel/clock.js'

/** A bucket of tokens that holds what comes in so long: enough for timers that fire late, too little for a burst. */
const BUCKET_MS = 50

export class Pace {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #capacity: number
  #tokens: number
  #filledAt: number

  /** `rate`: letters a second; Infinity for no limit. */
  constructor(rate: number, clock: Clock) {
    this.#clock = clock
    this.#perMs = rate / 1000
    this.#capacity = Math.max(1, this.#perMs * BUCKET_MS)
    this.#tokens = 1
    this.#filledAt = clock.monotonic()
  }

  /** Resolves when the next one may go, or the signal is aborted. */
  async next(signal?: AbortSignal): Promise<void> {
    if (this.#perMs === Infinity) return
    this.#fill()
    while (this.#tokens < 1 && !signal?.aborted) {
      await sleep(this.#clock, Math.ceil((1 - this.#tokens) / this.#perMs), signal)
      this.#fill()
    }
    this.#tokens -= 1
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
  }
}
