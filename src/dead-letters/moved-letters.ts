/** Remembers which letters were moved last, for the case that the broker did not hear of it and brings them again. */
import type { DeadLetter } from './dead-letter.js'

/** More acknowledgements than that are never on their way. */
const MOST = 20_000

export class MovedLetters {
  readonly #keys = new Set<string>()
  #earlier: ReadonlySet<string> = new Set()

  add(letter: DeadLetter): void {
    const key = keyOf(letter)
    if (key === undefined) return
    this.#keys.add(key)
    if (this.#keys.size <= MOST) return
    // The oldest: a set keeps the order.
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest)
      break
    }
  }

  /** The connection was lost: what was moved by now may come again. */
  lost(): void {
    this.#earlier = new Set(this.#keys)
  }

  /** Whether it was moved before the connection was lost last. */
  has(letter: DeadLetter): boolean {
    const key = this.#earlier.size > 0 ? keyOf(letter) : undefined
    return key !== undefined && this.#earlier.has(key)
  }
}

/** Undefined for one that cannot be told from others: to move it twice is better than to lose it. */
function keyOf({ id, at, replays, code, bytes }: DeadLetter): string | undefined {
  if (at === undefined || id.startsWith('nameless-')) return undefined
  return JSON.stringify([id, at, replays, code, bytes])
}
