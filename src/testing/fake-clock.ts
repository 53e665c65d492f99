/** Time that moves when told to. */
// Imported, not taken from globalThis: a test runner's own fake timers replace the global ones.
import { setImmediate } from 'node:timers'
import type { Clock, Timer } from '../kernel/clock.js'

/** A message that is due takes one to be delivered, and one to be kept again. */
const TURNS = 4

interface Waiting {
  readonly dueAt: number
  readonly callback: () => void
}

/**
 * A clock for tests: it stands still until `advance` moves it, and timers run when they are due by it. Nothing in it keeps the
 * process alive. Give it to whatever takes a `clock`.
 * @example
 * const clock = new FakeClock()
 * clock.after(60_000, () => console.log('a minute later'))
 * await clock.advance(60_000)
 */
export class FakeClock implements Clock {
  readonly #timers = new Set<Waiting>()
  #wallOffset: number
  #monotonic = 0
  #moving: Promise<void> = Promise.resolve()

  /** `startAt` is the wall-clock time at first, epoch milliseconds; default 2025-01-01T00:00:00Z. */
  constructor(startAt: number = Date.UTC(2025, 0, 1)) {
    this.#wallOffset = startAt
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#wallOffset + this.#monotonic
  }

  monotonic(): number {
    return this.#monotonic
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { dueAt: this.#monotonic + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return { stop: () => void this.#timers.delete(timer) }
  }

  /**
   * Moves on by `ms` and runs what is due on the way, in the order it is due (set first, run first), timers set on the way
   * included. After each a few turns of the event loop pass, so promises settle, messages in memory are delivered, and what a quick task
   * then waits for (its next retry) is set before the clock moves on.
   * Zero runs what is due now. Calls that overlap run one after the other. Rejects with what a callback throws.
   * @throws RangeError for a negative or infinite `ms`: only the wall clock goes back, see `setWallClock`.
   */
  advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`A clock cannot advance by ${ms} ms.`)
    const move = this.#moving.then(() => this.#moveTo(this.#monotonic + ms))
    this.#moving = move.catch(() => {})
    return move
  }

  /** Sets the wall clock, as an administrator would, forward or back: timers and `monotonic()` do not move. */
  setWallClock(at: number): void {
    this.#wallOffset = at - this.#monotonic
  }

  async #moveTo(endAt: number): Promise<void> {
    await turns()
    for (;;) {
      const next = this.#nextDue(endAt)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#monotonic = Math.max(this.#monotonic, next.dueAt)
      next.callback()
      await turns()
    }
    this.#monotonic = endAt
  }

  #nextDue(endAt: number): Waiting | undefined {
    let first: Waiting | undefined
    for (const timer of this.#timers) {
      if (timer.dueAt <= endAt && (first === undefined || timer.dueAt < first.dueAt)) first = timer
    }
    return first
  }
}

async function turns(): Promise<void> {
  for (let left = TURNS; left > 0; left -= 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
