/** The letters of a queue one after the other, page by page, so that only what is still to be looked at is in memory. */
import type { Broker } from '../broker/broker.js'
import type { Clock } from '../kernel/clock.js'
import { BrokerError } from '../kernel/errors.js'
import { GivingBack } from './giving-back.js'
import { Page } from './page.js'
import type { Visit } from './visit.js'

/** A queue to walk through. */
export interface Ground {
  readonly broker: Broker
  readonly clock: Clock
  readonly queue: string
  /** Ends the walk, quietly. */
  readonly signal?: AbortSignal | undefined
}

/** Whoever waits is woken by what arrives and by what is settled. */
interface WakeUp {
  call: (() => void) | undefined
}

const FIRST_PAGE = 100
/** AMQP's limit is 65 535, and the more there are, the longer its return keeps the broker busy in one go. */
const LARGEST_PAGE = 8192
const PAGE_BYTES = 16 * 1024 * 1024
/** Every page is a channel; RabbitMQ allows 2047 of them. */
const MOST_PAGES = 500
/** So many are gone through in less than a second. */
const MOST_TIDIED = 10_000
/** After so long without a letter it is time to ask whether there are any. */
const IDLE_MS = 250
/** RabbitMQ asks a quorum queue for 250 ms, and says 0 where that was too short. */
const SLOW_ANSWER_MS = 240
/** How long such a 0 is doubted, and any 0 while some are missing. */
const PATIENCE_MS = 5000
const LONGEST_SILENCE_MS = 30_000
/** RabbitMQ takes back what is unsettled for 30 minutes. */
const LONGEST_WALK_MS = 15 * 60_000

export class Pages {
  readonly #ground: Ground
  readonly #earlier: Page[] = []
  readonly #startedAt: number
  readonly #wakeUp: WakeUp
  #page: Page
  #waiting = 0
  #handedOn = 0
  /** Since when nothing has arrived that was asked for. */
  #emptySince: number | undefined

  /** Begins a walk; undefined where there is no such queue. */
  static async open(ground: Ground): Promise<Pages | undefined> {
    const before = await ground.broker.inspect(ground.queue)
    if (before === undefined) return undefined
    const wakeUp: WakeUp = { call: undefined }
    const page = await openPage(ground, FIRST_PAGE, wakeUp)
    const pages = new Pages(ground, page, wakeUp)
    try {
      await pages.#count(before.messages)
      return pages
    } catch (error) {
      await pages.close()
      throw error
    }
  }

  private constructor(ground: Ground, first: Page, wakeUp: WakeUp) {
    this.#ground = ground
    this.#page = first
    this.#wakeUp = wakeUp
    this.#startedAt = ground.clock.monotonic()
  }

  /** How many there were when the walk began, as well as the broker knew. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * The next letter; undefined when there is none any more and all that were handed on are settled, or the walk was called off.
   * @throws BrokerError ERR_CONNECTION_LOST when the letters have gone back to the queue meanwhile
   */
  next(): Promise<Visit | undefined> {
    return this.#next(this.#ground.signal)
  }

  /** Waits until all that were handed on are settled. */
  async settled(): Promise<void> {
    while (this.#page.pending > 0) await this.#change()
  }

  /** Gives everything back. Never rejects: what a lost connection held has gone back by itself. */
  async close(): Promise<void> {
    const isStanding = !this.#page.isLost
    if (isStanding && this.#waiting <= MOST_TIDIED) await this.#takeRest().catch(() => {})
    // What one page gives back must not go to another.
    await this.#page.end()
    const giving = isStanding ? await GivingBack.begin(this.#ground) : undefined
    for (const page of [...this.#earlier, this.#page]) {
      const count = page.held
      await page.close()
      await giving?.seen(count)
    }
  }

  async #next(signal?: AbortSignal): Promise<Visit | undefined> {
    for (;;) {
      const page = this.#page
      this.#check(page)
      if (signal?.aborted) return undefined
      const visit = page.take()
      if (visit) {
        this.#handedOn += 1
        this.#emptySince = undefined
        return visit
      }
      if (page.isFull) await this.#turn(page)
      else if (!(await this.#goOn(page))) return undefined
    }
  }

  /** RabbitMQ puts what comes back behind what came back before: only where all of them come back they stay in their order. */
  async #takeRest(): Promise<void> {
    while (this.#handedOn < this.#waiting) {
      const visit = await this.#next()
      if (visit === undefined) return
      visit.leave()
    }
  }

  /** Soon after a restart a queue says 0 until it has been found; a consumer is attached only once it has. */
  async #count(before: number): Promise<void> {
    const { broker, queue } = this.#ground
    const ready = before > 0 ? 0 : ((await broker.inspect(queue))?.messages ?? 0)
    this.#waiting = ready > 0 ? ready + FIRST_PAGE : before
  }

  /** Whether there is, or may be, more to come. */
  async #goOn(page: Page): Promise<boolean> {
    this.#emptySince ??= this.#ground.clock.monotonic()
    const isWaitedFor = this.#isShort || this.#handedOn === 0 || page.pending > 0
    if (isWaitedFor && (await this.#change())) return true
    if (page.pending > 0 || (await this.#isMoreThere()) || page.hasArrived) return true
    return this.#isShort && this.#emptyFor < PATIENCE_MS
  }

  /** Whether some are missing of those that were there. */
  get #isShort(): boolean {
    return this.#handedOn < this.#waiting
  }

  get #emptyFor(): number {
    const now = this.#ground.clock.monotonic()
    return now - (this.#emptySince ?? now)
  }

  async #isMoreThere(): Promise<boolean> {
    const { broker, queue, clock } = this.#ground
    const askedAt = clock.monotonic()
    const state = await broker.inspect(queue)
    if (!state) return false
    const isSlow = clock.monotonic() - askedAt >= SLOW_ANSWER_MS
    if (state.messages === 0) return isSlow && this.#emptyFor < PATIENCE_MS
    if (this.#emptyFor > LONGEST_SILENCE_MS) {
      throw interrupted(queue, `the broker has ${state.messages} more, and sends none of them`)
    }
    if (!this.#page.hasArrived) await this.#change()
    return true
  }

  async #turn(page: Page): Promise<void> {
    this.#earlier.push(page)
    this.#page = await openPage(this.#ground, this.#nextSize(page), this.#wakeUp)
    for (const each of this.#earlier) this.#check(each)
  }

  #nextSize(page: Page): number {
    const byBytes = Math.floor(PAGE_BYTES / Math.max(1, page.averageBytes))
    const left = Math.max(1, MOST_PAGES - this.#earlier.length)
    const atLeast = Math.ceil((2 * Math.max(0, this.#waiting - this.#handedOn)) / left)
    return Math.min(LARGEST_PAGE, Math.max(atLeast, Math.min(2 * page.size, byBytes), 16))
  }

  #check(page: Page): void {
    const { queue, clock } = this.#ground
    if (page.isLost) throw interrupted(queue, 'the connection was lost')
    if (clock.monotonic() - this.#startedAt > LONGEST_WALK_MS) {
      throw interrupted(queue, 'it took so long that the broker would soon take the letters back')
    }
  }

  /** Waits for something to arrive or be settled; false when nothing was. */
  #change(): Promise<boolean> {
    const { clock, signal } = this.#ground
    return new Promise((resolve) => {
      const end = (changed: boolean) => {
        this.#wakeUp.call = undefined
        timer.stop()
        signal?.removeEventListener('abort', onAbort)
        resolve(changed)
      }
      const onAbort = () => end(true)
      const timer = clock.after(IDLE_MS, () => end(false))
      this.#wakeUp.call = () => end(true)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function openPage({ broker, queue }: Ground, size: number, wakeUp: WakeUp): Promise<Page> {
  return Page.open({ broker, queue, size, onChange: () => wakeUp.call?.() })
}

function interrupted(queue: string, why: string): BrokerError {
  return new BrokerError(
    'ERR_CONNECTION_LOST',
    `Going through the dead letters of "${queue}" was interrupted: ${why}. No letter is lost; start again.`,
  )
}
