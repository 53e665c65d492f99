/** What a run over the dead letters has come to so far: counted, and said why where nothing was done. */

/** Why a letter that was meant stays where it is. */
export interface SkippedLetters {
  /** `unroutable` (its queue does not exist), `no-queue` (nothing says where it came from), `unreadable`, `queue-full`, `too-large`, `rights`, or an error code. */
  readonly why: string
  /** Where it was to go. */
  readonly queue: string | undefined
  readonly count: number
}

/** What a run has come to. */
export interface MoveReport {
  /** How many dead letters there were when it began, as well as the broker knew. */
  readonly waiting: number
  /** How many it has looked at. */
  readonly visited: number
  /** How many of them were meant. */
  readonly matched: number
  /** How many were sent again, or dropped: confirmed. 0 in a dry run. */
  readonly moved: number
  /** How many were meant and stay. */
  readonly skipped: number
  /** The same, counted by reason and queue; from the hundredth kind on together, as `other`. */
  readonly skippedBecause: readonly SkippedLetters[]
  /** Whether nothing was changed, only counted. */
  readonly dryRun: boolean
  /** `aborted`: the signal ended it early. `limit`: there may be more. */
  readonly ended: 'running' | 'done' | 'limit' | 'aborted'
}

const MOST_KINDS = 100

/** Counts. */
export class Tally {
  readonly #dryRun: boolean
  readonly #skips = new Map<string, { why: string; queue: string | undefined; count: number }>()
  waiting = 0
  visited = 0
  matched = 0
  moved = 0
  ended: MoveReport['ended'] = 'running'
  #skipped = 0

  constructor(dryRun: boolean) {
    this.#dryRun = dryRun
  }

  skip(why: string, queue: string | undefined): void {
    this.#skipped += 1
    const key = JSON.stringify([why, queue])
    const isNewKind = !this.#skips.has(key)
    const kind =
      isNewKind && this.#skips.size >= MOST_KINDS ? { why: 'other', queue: undefined } : { why, queue }
    const at = JSON.stringify([kind.why, kind.queue])
    const count = (this.#skips.get(at)?.count ?? 0) + 1
    this.#skips.set(at, { ...kind, count })
  }

  /** What was left is looked at again; what was moved stays moved. */
  startAgain(): void {
    this.#skips.clear()
    this.#skipped = 0
    this.visited = this.moved
    this.matched = this.moved
  }

  report(): MoveReport {
    const { waiting, visited, matched, moved, ended } = this
    return {
      ...{ waiting, visited, matched, moved, ended },
      skipped: this.#skipped,
      skippedBecause: [...this.#skips.values()],
      dryRun: this.#dryRun,
    }
  }
}
