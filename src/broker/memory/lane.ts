/** The ready messages of one priority in a queue, oldest first, with a way back to their place for those handed out. */
import type { StoredMessage } from './stored-message.js'

/** Taken slots are cut off once there are this many and they are the greater part. */
const COMPACT_AT = 1024

/** First in, first out; what is put back comes before all that was never taken, in its old order. */
export class Lane {
  #fresh: (StoredMessage | undefined)[] = []
  #head = 0
  #returned: StoredMessage[] = []

  get size(): number {
    return this.#returned.length + this.#fresh.length - this.#head
  }

  push(message: StoredMessage): void {
    this.#fresh.push(message)
  }

  /** Whatever was taken was older than everything never taken, so it only has to find its place among the returned. */
  putBack(message: StoredMessage): void {
    const returned = this.#returned
    let index = returned.length
    while (index > 0 && returned[index - 1]!.place > message.place) index--
    returned.splice(index, 0, message)
  }

  peek(): StoredMessage | undefined {
    return this.#returned[0] ?? this.#fresh[this.#head]
  }

  take(): StoredMessage | undefined {
    if (this.#returned.length > 0) return this.#returned.shift()
    const message = this.#fresh[this.#head]
    if (message === undefined) return undefined
    this.#fresh[this.#head++] = undefined
    this.#compact()
    return message
  }

  clear(): void {
    this.#fresh = []
    this.#head = 0
    this.#returned = []
  }

  #compact(): void {
    if (this.#head === this.#fresh.length) {
      this.#fresh = []
      this.#head = 0
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#fresh.length) {
      this.#fresh = this.#fresh.slice(this.#head)
      this.#head = 0
    }
  }
}
