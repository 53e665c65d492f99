/** One timer for the deadlines of many: armed for the earliest, so that the ordinary case never touches it. */
import type { Clock, Timer } from '../../kernel/clock.js'

export class DeadlineSweep {
  readonly #clock: Clock
  readonly #onDue: (now: number) => void
  #dueAt = Infinity
  #timer: Timer | undefined

  /** `onDue` ends what is over its time, and arms the sweep again for what is left. */
  constructor(clock: Clock, onDue: (now: number) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** Makes sure it is due by `deadlineAt`; cheap when it is anyway. `keepAlive`: the process stays alive until then. */
  armBy(deadlineAt: number, keepAlive: boolean): void {
    if (deadlineAt >= this.#dueAt) return
    this.stop()
    this.#dueAt = deadlineAt
    const delayMs = Math.ceil(Math.max(0, deadlineAt - this.#clock.monotonic()))
    this.#timer = this.#clock.after(delayMs, () => this.#fire(), { keepAlive })
  }

  stop(): void {
    this.#timer?.stop()
    this.#timer = undefined
    this.#dueAt = Infinity
  }

  #fire(): void {
    this.stop()
    this.#onDue(this.#clock.monotonic())
  }
}
