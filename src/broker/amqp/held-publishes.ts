/** Publishes the broker took back, waiting to be offered again: sooner the first time, later while nothing gets through. */
import type { Clock, Timer } from '../../kernel/clock.js'
import type { PendingPublish } from './pending-publish.js'

const FIRST_MS = 200
const MOST_MS = 1000

/** How much may wait for a retry: less than may wait at all, so that those do not keep others out when they are offered again. */
const MAX_HELD = 5000
const MAX_HELD_BYTES = 32 * 1024 * 1024

export class HeldPublishes {
  readonly #clock: Clock
  readonly #onRetry: () => void
  readonly #held = new Set<PendingPublish>()
  readonly #byName = new Set<PendingPublish>()
  #bytes = 0
  #timer: Timer | undefined
  #fruitless = 0

  constructor(clock: Clock, onRetry: () => void) {
    this.#clock = clock
    this.#onRetry = onRetry
  }

  /** Keeps a publish until the next retry; false when too many are kept already. */
  holdForRetry(publish: PendingPublish): boolean {
    const { length } = publish.content
    const isFull = this.#held.size >= MAX_HELD || this.#bytes + length > MAX_HELD_BYTES
    if (isFull && this.#held.size > 0) return false
    this.#held.add(publish)
    this.#bytes += length
    const delayMs = Math.min(MOST_MS, FIRST_MS * 2 ** this.#fruitless)
    this.#timer ??= this.#clock.after(delayMs, () => this.#retry(), { keepAlive: false })
    return true
  }

  /** Keeps a publish until it is taken by name, whatever is retried meanwhile. */
  hold(publish: PendingPublish): void {
    this.#byName.add(publish)
  }

  /** Gives back one that was to be taken by name, if it is not settled. */
  take(publish: PendingPublish): PendingPublish[] {
    return this.#byName.delete(publish) && !publish.settled ? [publish] : []
  }

  /** Gives back all that wait for the retry and are not settled. */
  takeAll(): PendingPublish[] {
    const held = [...this.#held].filter((publish) => !publish.settled)
    this.#held.clear()
    this.#bytes = 0
    return held
  }

  /** Something got through: the next retry is an early one again. */
  gotThrough(): void {
    this.#fruitless = 0
  }

  stop(): void {
    this.#timer?.stop()
  }

  *[Symbol.iterator](): IterableIterator<PendingPublish> {
    yield* this.#held
    yield* this.#byName
  }

  #retry(): void {
    this.#timer = undefined
    this.#fruitless++
    if (this.#held.size > 0) this.#onRetry()
  }
}
