/** Work on its way: so much at a time and no more, and a way to wait for the rest. */

export class InFlight {
  readonly #most: number
  #count = 0
  #wake: (() => void) | undefined

  constructor(most: number) {
    this.#most = most
  }

  get count(): number {
    return this.#count
  }

  /** Starts it once there is room; `work` must not reject. Asked by one at a time. */
  async start(work: () => Promise<void>): Promise<void> {
    await this.#fewerThan(this.#most)
    this.#count += 1
    void work().finally(() => {
      this.#count -= 1
      this.#wake?.()
    })
  }

  /** Resolves when nothing is. */
  async done(): Promise<void> {
    await this.#fewerThan(1)
  }

  /** Resolves when fewer than `most` are on their way. */
  async #fewerThan(most: number): Promise<void> {
    while (this.#count >= most) await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}
