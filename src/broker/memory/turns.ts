/** Turns of the event loop: deliveries are made in them, for a bounded time each, and publishes are confirmed by them. */
// Imported, not taken from globalThis: programs under test replace the global timers by ones that stand still.
import { setImmediate } from 'node:timers'
import { systemClock } from '../../kernel/clock.js'

/** Something with deliveries to make. */
export interface DeliverySource {
  /** Makes one delivery, and says whether more are waiting. */
  deliverOne(): boolean
}

/** Milliseconds of deliveries before sockets and timers get their turn. */
const TURN_MS = 5

/** Gives every source its turn: one delivery each, round and round, never in the caller's own call stack. */
export class Turns {
  readonly #waiting = new Set<DeliverySource>()
  #scheduled = false
  #next: Promise<void> | undefined

  /** Has `source` deliver from the next turn on. */
  schedule(source: DeliverySource): void {
    this.#waiting.add(source)
    this.#scheduleRun()
  }

  /** Resolves in the next turn; a loop that awaits nothing else still lets the process breathe. */
  next(): Promise<void> {
    return (this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = undefined
        resolve()
      })
    }))
  }

  #scheduleRun(): void {
    if (this.#scheduled || this.#waiting.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#run()
    })
  }

  #run(): void {
    const endAt = systemClock.monotonic() + TURN_MS
    // A set is walked in the order of insertion, and what is added while walking comes last.
    for (const source of this.#waiting) {
      this.#waiting.delete(source)
      if (source.deliverOne()) this.#waiting.add(source)
      if (systemClock.monotonic() >= endAt) break
    }
    this.#scheduleRun()
  }
}
