/** Goes through the dead letters and moves those that are meant, through lost connections too: nothing is lost, and hardly anything moved twice. */
import type { Broker, Delivery } from '../broker/broker.js'
import { sleep, type Clock } from '../kernel/clock.js'
import { isTaskalopeError, type BrokerError } from '../kernel/errors.js'
import { readLetter, type DeadLetter } from './dead-letter.js'
import { InFlight } from './in-flight.js'
import { Tally, type MoveReport } from './move-report.js'
import { MovedLetters } from './moved-letters.js'
import { Pace } from './pace.js'
import { isOfRun } from './replay-message.js'
import type { Visit } from './visit.js'
import { walk } from './walk.js'

/** What became of a letter that was meant. */
export type LetterFate =
  | { readonly kind: 'moved' }
  | { readonly kind: 'would-move' }
  | { readonly kind: 'skipped'; readonly why: string; readonly queue: string | undefined }

/** What is to be done, to which letters, and how. */
export interface Move {
  readonly broker: Broker
  readonly clock: Clock
  readonly namespace: string
  readonly queue: string
  /** Names this run in what it sends. */
  readonly run: string
  readonly isMeant: (letter: DeadLetter) => boolean
  /** Whether it could be done; changes nothing. */
  readonly check: (letter: DeadLetter) => LetterFate
  /** Does it, up to where the letter can go from its queue. Rejects only when the broker cannot be reached. */
  readonly carryOut: (letter: DeadLetter) => Promise<LetterFate>
  readonly limit: number
  /** Letters a second. */
  readonly rate: number
  readonly dryRun: boolean
  readonly onLetter: ((letter: DeadLetter, fate: LetterFate) => void) | undefined
  readonly onProgress: ((report: MoveReport) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** More are hardly faster, and each may be sent twice when the connection is lost. */
const AT_A_TIME = 100
/** How long a run goes on without moving anything when it cannot reach the broker. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 500

/**
 * Does it, and says what it came to.
 * @throws BrokerError when the broker cannot be reached for a minute, in which nothing was moved
 */
export async function moveLetters(move: Move): Promise<MoveReport> {
  const run = new Run(move)
  for (;;) {
    try {
      return await run.pass()
    } catch (error) {
      if (!(await run.mayGoOn(error))) throw error
    }
  }
}

class Run {
  readonly #move: Move
  readonly #tally: Tally
  readonly #pace: Pace
  readonly #moved = new MovedLetters()
  readonly #inFlight = new InFlight(AT_A_TIME)
  readonly #startedAt: number
  #movedAt: number
  /** Passes that were cut short, and in which nothing was moved, since something was. */
  #barrenPasses = 0
  #isFirstPass = true
  #trouble: unknown

  constructor(move: Move) {
    const { clock } = move
    this.#move = move
    this.#tally = new Tally(move.dryRun)
    this.#pace = new Pace(move.rate, clock)
    this.#startedAt = clock.now()
    this.#movedAt = clock.monotonic()
  }

  /** Once through the letters. */
  async pass(): Promise<MoveReport> {
    const { broker, clock, queue, signal } = this.#move
    this.#trouble = undefined
    const letters = walk({
      ...{ broker, clock, queue, signal },
      isNew: (delivery, isBeyond) => this.#isNew(delivery, isBeyond),
      onCounted: (waiting) => this.#onCounted(waiting),
    })
    try {
      for await (const visit of letters) if (!(await this.#visit(visit))) break
    } finally {
      await this.#inFlight.done()
    }
    if (this.#trouble !== undefined) throw this.#trouble
    return this.#end()
  }

  /** Whether another pass makes sense after this error; waits a little before it. */
  async mayGoOn(error: unknown): Promise<boolean> {
    const { clock, signal } = this.#move
    this.#barrenPasses += 1
    const isOver = this.#barrenPasses >= 3 && clock.monotonic() - this.#movedAt > PATIENCE_MS
    if (isOver || signal?.aborted || !isPassing(error)) return false
    this.#isFirstPass = false
    this.#moved.lost()
    this.#tally.startAgain()
    await sleep(clock, PAUSE_MS, signal)
    return true
  }

  /** Whether to go on to the next. */
  async #visit(visit: Visit): Promise<boolean> {
    const { isMeant, limit, onProgress } = this.#move
    const letter = this.#read(visit.delivery)
    if (this.#moved.has(letter)) {
      visit.remove()
      return true
    }
    this.#tally.visited += 1
    if (isMeant(letter)) await this.#take(visit, letter)
    else visit.leave()
    onProgress?.(this.#tally.report())
    // What is on its way may come to nothing, and then another one has its turn.
    if (this.#done + this.#inFlight.count >= limit) await this.#inFlight.done()
    if (!this.#isOver) return true
    // Before the walk ends, which gives back what is not settled.
    await this.#inFlight.done()
    return false
  }

  get #done(): number {
    const { matched, moved } = this.#tally
    return this.#move.dryRun ? matched : moved
  }

  get #isOver(): boolean {
    const { limit, signal } = this.#move
    return this.#done >= limit || this.#trouble !== undefined || signal?.aborted === true
  }

  async #take(visit: Visit, letter: DeadLetter): Promise<void> {
    const { dryRun, check, signal } = this.#move
    const fate = check(letter)
    if (dryRun || fate.kind === 'skipped') return this.#leave(visit, letter, fate)
    await this.#pace.next(signal)
    if (signal?.aborted) return visit.leave()
    this.#tally.matched += 1
    await this.#inFlight.start(() => this.#carryOut(visit, letter))
  }

  #leave(visit: Visit, letter: DeadLetter, fate: LetterFate): void {
    visit.leave()
    this.#tally.matched += 1
    this.#tell(letter, fate)
  }

  /** Never rejects: what goes wrong ends the pass. */
  async #carryOut(visit: Visit, letter: DeadLetter): Promise<void> {
    try {
      const fate = await this.#move.carryOut(letter)
      if (fate.kind === 'moved') this.#onMoved(visit, letter)
      this.#tell(letter, fate)
    } catch (error) {
      this.#trouble ??= error
    } finally {
      // Does nothing to one that is out of the queue.
      visit.leave()
    }
  }

  #onMoved(visit: Visit, letter: DeadLetter): void {
    visit.remove()
    this.#moved.add(letter)
    this.#tally.moved += 1
    this.#movedAt = this.#move.clock.monotonic()
    this.#barrenPasses = 0
  }

  #tell(letter: DeadLetter, fate: LetterFate): void {
    if (fate.kind === 'skipped') this.#tally.skip(fate.why, fate.queue)
    this.#move.onLetter?.(letter, fate)
    this.#move.onProgress?.(this.#tally.report())
  }

  /** The first time through, the order of the queue tells old from new, whatever the clocks of the workers say. */
  #isNew(delivery: Delivery, isBeyond: boolean): boolean {
    if (isOfRun(delivery.message, this.#move.run)) return true
    if (this.#isFirstPass && !isBeyond) return false
    const { at } = this.#read(delivery)
    return at === undefined ? isBeyond : at > this.#startedAt
  }

  #onCounted(waiting: number): void {
    if (this.#isFirstPass) this.#tally.waiting = waiting
    this.#move.onProgress?.(this.#tally.report())
  }

  #read(delivery: Delivery): DeadLetter {
    return readLetter(delivery, { namespace: this.#move.namespace, now: this.#move.clock.now() })
  }

  #end(): MoveReport {
    const { limit, signal } = this.#move
    if (this.#done >= limit) this.#tally.ended = 'limit'
    else this.#tally.ended = signal?.aborted ? 'aborted' : 'done'
    return this.#tally.report()
  }
}

/** Trouble of the connection, which comes back by itself; not one that this program has closed. */
function isPassing(error: unknown): boolean {
  const isTrouble = PASSING.some((code) => isTaskalopeError(error, code))
  return isTrouble && (error as BrokerError).reason !== 'closed'
}

const PASSING = ['ERR_CONNECTION_LOST', 'ERR_NOT_SENT', 'ERR_UNKNOWN_OUTCOME'] as const
