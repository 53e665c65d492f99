/** The ready messages of one priority in a queue, oldest first, with a way back to their place for those handed out. */
import { Fifo } from '../../kernel/fifo.js'
import { Heap } from './heap.js'
import type { StoredMessage } from './stored-message.js'

/** First in, first out; what is put back comes before all that was never taken, in its old order. */
export class Lane {
  readonly #fresh = new Fifo<StoredMessage>()
  /** Whatever was taken was older than everything never taken, so these only have an order among themselves. */
  readonly #returned = new Heap<StoredMessage>((one, other) => one.place < other.place)

  push(message: StoredMessage): void {
    this.#fresh.push(message)
  }

  putBack(message: StoredMessage): void {
    this.#returned.push(message)
  }

  peek(): StoredMessage | undefined {
    return this.#returned.peek() ?? this.#fresh.peek()
  }

  take(): StoredMessage | undefined {
    return this.#returned.take() ?? this.#fresh.take()
  }

  clear(): void {
    this.#fresh.clear()
    this.#returned.clear()
  }
}
