/** A binary heap: whatever the order things are put in, the first one comes out first, at a cost that grows with the logarithm. */

/** Which one of two comes before the other. */
export type Before<T> = (one: T, other: T) => boolean

/** Things in the order of `before`; the order of equals is not kept, so it should know no equals. */
export class Heap<T> {
  readonly #before: Before<T>
  #items: T[] = []

  constructor(before: Before<T>) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let place = items.length
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!this.#before(item, items[above]!)) break
      items[place] = items[above]!
      place = above
    }
    items[place] = item
  }

  take(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length > 0) this.#sink(last!)
    return first
  }

  clear(): void {
    this.#items = []
  }

  /** Puts `item` at the top, and from there down to where it belongs. */
  #sink(item: T): void {
    const items = this.#items
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      if (below >= items.length) break
      if (below + 1 < items.length && this.#before(items[below + 1]!, items[below]!)) below++
      if (!this.#before(items[below]!, item)) break
      items[place] = items[below]!
      place = below
    }
    items[place] = item
  }
}
