/** The attempts a worker is running right now, and the way to leave them all behind when it is forced to stop. */
export class RunningAttempts {
  /** How many of them a forced stop has cut short so far, those that ended by their signal included. */
  cutShort = 0
  readonly #abandon = new Set<() => void>()

  /** How many are running. */
  get count(): number {
    return this.#abandon.size
  }

  /** Counts one in; `abandon` is called if it is to be left behind. The function returned counts it out. */
  enter(abandon: () => void): () => void {
    this.#abandon.add(abandon)
    return () => this.#abandon.delete(abandon)
  }

  /** Leaves behind every attempt that is still running, and says how many these were. */
  abandonAll(): number {
    const left = [...this.#abandon]
    for (const abandon of left) abandon()
    return left.length
  }
}

/** What is given for work that was left behind. */
export const ABANDONED = Symbol('abandoned')

/** Settles as `work` does, or gives ABANDONED when a forced stop leaves it behind; what becomes of it from then on counts for nothing. */
export function unlessAbandoned(work: Promise<unknown>, running: RunningAttempts): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const leave = running.enter(() => resolve(ABANDONED))
    work.then(resolve, reject).finally(leave)
  })
}
