/** First in, first out, however many there are: `shift` on a long array moves all that is behind. */

/** Taken slots are cut off once there are this many and they are the greater part. */
const COMPACT_AT = 1024

/** A queue of things in memory. */
export class Fifo<T extends object> {
  #items: (T | undefined)[] = []
  #head = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  take(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined
    this.#compact()
    return item
  }

  /** All that is in it, which is then empty. */
  takeAll(): T[] {
    const items = this.#items.slice(this.#head) as T[]
    this.clear()
    return items
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }

  #compact(): void {
    if (this.#head === this.#items.length) this.clear()
    else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}
