/** Publishes that wait for their turn: first in, first out, bounded, with those that come back in front. */
import type { PendingPublish } from './pending-publish.js'

/** How much may wait. */
export const MAX_WAITING = 10_000
export const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** When the taken part of the array is given back. */
const COMPACT_AT = 1024

export class PublishQueue {
  #items: PendingPublish[] = []
  #head = 0
  #bytes = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  /** Whether it takes no more: too many, or too many bytes; one message always fits into an empty queue. */
  isFullFor(bytes: number): boolean {
    if (this.size === 0) return false
    return this.size >= MAX_WAITING || this.#bytes + bytes > MAX_WAITING_BYTES
  }

  push(publish: PendingPublish): void {
    this.#items.push(publish)
    this.#bytes += publish.content.length
  }

  /** Puts what came back before everything else, in its order. */
  putBack(publishes: readonly PendingPublish[]): void {
    this.#items = [...publishes, ...this.#items.slice(this.#head)]
    this.#head = 0
    for (const publish of publishes) this.#bytes += publish.content.length
  }

  peek(): PendingPublish | undefined {
    return this.#items[this.#head]
  }

  take(): PendingPublish | undefined {
    const publish = this.#items[this.#head]
    if (!publish) return undefined
    this.#head++
    this.#bytes -= publish.content.length
    if (this.#head === this.#items.length) this.#reset([])
    else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#items.length)
      this.#reset(this.#items.slice(this.#head))
    return publish
  }

  /** Drops those that were settled while they waited. */
  dropSettled(): void {
    const left = this.#items.slice(this.#head).filter((publish) => !publish.settled)
    this.#bytes = left.reduce((sum, publish) => sum + publish.content.length, 0)
    this.#reset(left)
  }

  *[Symbol.iterator](): IterableIterator<PendingPublish> {
    for (let at = this.#head; at < this.#items.length; at++) {
      const publish = this.#items[at]
      if (publish) yield publish
    }
  }

  #reset(items: PendingPublish[]): void {
    this.#items = items
    this.#head = 0
  }
}
