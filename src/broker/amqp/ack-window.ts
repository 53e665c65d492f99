/** Which deliveries of one channel are done, and how to tell the broker in as few frames as possible: pure bookkeeping. */

/** Acknowledgements to send: all tags up to `upTo` at once, and each of `single`. */
export interface AckPlan {
  /** Undefined: none. Every tag up to and including it is finished. */
  readonly upTo: number | undefined
  readonly single: readonly number[]
}

/**
 * The unsettled deliveries of one channel. Tags must be added in rising order, as a channel hands them out. Whatever is finished is in the
 * next plan: as part of a run from the lowest unsettled tag, or singly behind one that is still being worked on.
 */
export class AckWindow {
  readonly #unfinished = new Set<number>()
  #lowest = 1
  #highest = 0
  #finished: number[] = []

  /** Deliveries neither finished nor dropped. */
  get unfinished(): number {
    return this.#unfinished.size
  }

  add(tag: number): void {
    // A gap is one that never has to be looked through again.
    if (this.#unfinished.size === 0) this.#lowest = tag
    this.#unfinished.add(tag)
    this.#highest = tag
  }

  /** The work on this delivery is done. False when it was not waited for: unknown, or settled before. */
  finish(tag: number): boolean {
    if (!this.#unfinished.delete(tag)) return false
    this.#finished.push(tag)
    return true
  }

  /** This delivery is settled in another way, and needs no acknowledgement. False when it was not waited for. */
  drop(tag: number): boolean {
    return this.#unfinished.delete(tag)
  }

  /** What to send for all that was finished since the last call; undefined when there is nothing. */
  plan(): AckPlan | undefined {
    if (this.#finished.length === 0) return undefined
    const finished = this.#finished
    this.#finished = []
    const lowest = this.#lowestUnfinished()
    let upTo: number | undefined
    const single: number[] = []
    for (const tag of finished) {
      if (tag > lowest) single.push(tag)
      else if (upTo === undefined || tag > upTo) upTo = tag
    }
    return { upTo, single }
  }

  /** Steps on from where it stood: a set that lost its first half million would be walked through from its beginning. */
  #lowestUnfinished(): number {
    while (this.#lowest <= this.#highest && !this.#unfinished.has(this.#lowest)) this.#lowest++
    return this.#lowest > this.#highest ? Infinity : this.#lowest
  }
}
