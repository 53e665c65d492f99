/** Publishes the broker took back, waiting to be offered again: sooner the first time, later while nothing gets through. */
import type { Clock, Timer } from '../../kernel/clock.js'
import type { PendingPublish } from './pending-publish.js'

const FIRST_MS = 200
const MOST_MS = 1000

export class HeldPublishes {
  readonly #clock: Clock
  readonly #onRetry: () => void
  readonly #held = new Set<PendingPublish>()
  #timer: Timer | undefined
  #fruitless = 0

  constructor(clock: Clock, onRetry: () => void) {
    this.#clock = clock
    this.#onRetry = onRetry
  }

  /** Keeps a publish until the next retry. */
  holdForRetry(publish: PendingPublish): void {
    this.#held.add(publish)
    const delayMs = Math.min(MOST_MS, FIRST_MS * 2 ** this.#fruitless)
    this.#timer ??= this.#clock.after(delayMs, () => this.#retry(), { keepAlive: false })
  }

  /** Keeps a publish until it is taken by name. */
  hold(publish: PendingPublish): void {
    this.#held.add(publish)
  }

  /** Gives back one, if it is still held and not settled. */
  take(publish: PendingPublish): PendingPublish[] {
    return this.#held.delete(publish) && !publish.settled ? [publish] : []
  }

  /** Gives back all that are not settled. */
  takeAll(): PendingPublish[] {
    const held = [...this.#held].filter((publish) => !publish.settled)
    this.#held.clear()
    return held
  }

  /** Something got through: the next retry is an early one again. */
  gotThrough(): void {
    this.#fruitless = 0
  }

  stop(): void {
    this.#timer?.stop()
  }

  [Symbol.iterator](): IterableIterator<PendingPublish> {
    return this.#held.values()
  }

  #retry(): void {
    this.#timer = undefined
    this.#fruitless++
    if (this.#held.size > 0) this.#onRetry()
  }
}
