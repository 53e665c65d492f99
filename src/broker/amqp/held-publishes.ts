/** Publishes that wait to be offered again: those the broker took back, sooner the first time, later while nothing gets through; and those that miss something which is being made. */
import type { Clock, Timer } from '../../kernel/clock.js'
import type { PendingPublish } from './pending-publish.js'
import { MAX_WAITING, MAX_WAITING_BYTES } from './publish-queue.js'

/** Told of the publishes that were kept while something was made, and of the error, if it failed. */
export type WorkDone = (publishes: readonly PendingPublish[], error: unknown) => void

const FIRST_MS = 200
const MOST_MS = 1000

/** How much may wait for a retry: less than may wait at all, so that those do not keep others out when they are offered again. */
const MAX_HELD = 5000
const MAX_HELD_BYTES = 32 * 1024 * 1024

export class HeldPublishes {
  readonly #clock: Clock
  readonly #onRetry: () => void
  readonly #held = new Set<PendingPublish>()
  readonly #during = new Map<Promise<void>, PendingPublish[]>()
  #countDuring = 0
  #bytesDuring = 0
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

  /** Keeps a publish while `work` runs, whatever is retried meanwhile; then all kept for that come back together, those not settled. */
  holdDuring(work: Promise<void>, publish: PendingPublish, onDone: WorkDone): void {
    this.#countDuring++
    this.#bytesDuring += publish.content.length
    const together = this.#during.get(work)
    if (together) return void together.push(publish)
    this.#during.set(work, [publish])
    work.then(
      () => onDone(this.#release(work), undefined),
      (error: unknown) => onDone(this.#release(work), error),
    )
  }

  /** Whether no more should come that may have to be kept. */
  isFullFor(bytes: number): boolean {
    if (this.#countDuring === 0) return false
    return this.#countDuring >= MAX_WAITING || this.#bytesDuring + bytes > MAX_WAITING_BYTES
  }

  /** How many are kept while something is made. */
  get waiting(): number {
    return this.#countDuring
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
    for (const together of this.#during.values()) yield* together
  }

  #release(work: Promise<void>): PendingPublish[] {
    const together = this.#during.get(work) ?? []
    this.#during.delete(work)
    this.#countDuring -= together.length
    for (const publish of together) this.#bytesDuring -= publish.content.length
    return together.filter((publish) => !publish.settled)
  }

  #retry(): void {
    this.#timer = undefined
    this.#fruitless++
    if (this.#held.size > 0) this.#onRetry()
  }
}
