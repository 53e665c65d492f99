/** Concurrency as a counted gate: so many attempts at a time, the others in line. */

/** A gate that lets `limit` in at a time. */
export class Slots {
  readonly limit: number
  #taken = 0
  #line: (() => void)[] = []
  #idle: (() => void)[] = []

  constructor(limit: number) {
    this.limit = limit
  }

  /** How many are in. */
  get taken(): number {
    return this.#taken
  }

  /** Calls `enter` at once if there is room, else in turn; whoever entered must call `leave` once. */
  take(enter: () => void): void {
    if (this.#taken >= this.limit) {
      this.#line.push(enter)
      return
    }
    this.#taken += 1
    enter()
  }

  /** Frees a slot, for the first in line if there is one. */
  leave(): void {
    const next = this.#line.shift()
    if (next) return next()
    this.#taken -= 1
    if (this.#taken > 0) return
    for (const idle of this.#idle.splice(0)) idle()
  }

  /** Lets in everybody who stands in line, beyond the limit: for a shutdown, where they only turn round. */
  letAllIn(): void {
    const line = this.#line
    this.#line = []
    this.#taken += line.length
    for (const enter of line) enter()
  }

  /** Resolves as soon as nobody is in. */
  whenIdle(): Promise<void> {
    if (this.#taken === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }
}
