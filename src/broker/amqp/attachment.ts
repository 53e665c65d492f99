/** Something made on a connection that is made again, by itself, whenever it is lost: a consumer, a reply queue. */
import type { Clock, Timer } from '../../kernel/clock.js'
import type { Logger } from '../../kernel/logger.js'
import { brokerText, connectionClosed } from './amqp-errors.js'
import { reconnectDelayMs } from './backoff.js'
import type { AmqpConnection } from './connection.js'
import type { Session } from './session.js'

/** What is kept, and how it is made. */
export interface AttachmentOptions<Made> {
  readonly connection: AmqpConnection
  readonly clock: Clock
  readonly logger: Logger
  /** For logs: `queue "mail"`. */
  readonly subject: string
  /** Makes it on a session; `onGone` is to be called when it is lost while the session lives. */
  readonly make: (session: Session, onGone: (why: string) => void) => Promise<Made>
  /** Ends one that was made after `stop`. */
  readonly discard: (made: Made) => void
}

/** A first retry on a connection that stands comes no sooner. */
const SOONEST_RETRY_MS = 100

interface Waiter {
  resolve(): void
  reject(error: Error): void
  readonly timer: Timer
}

export class Attachment<Made> {
  readonly #options: AttachmentOptions<Made>
  readonly #waiters = new Set<Waiter>()
  #made: Made | undefined
  #session: Session | undefined
  #stopListening: (() => void) | undefined
  #failures = 0
  #lastError: unknown
  #retry: Timer | undefined
  #stopped = false

  constructor(options: AttachmentOptions<Made>) {
    this.#options = options
  }

  /** What was made last; may be lost by now. */
  get made(): Made | undefined {
    return this.#made
  }

  /** The session it is on, or was made on last. */
  get session(): Session | undefined {
    return this.#session
  }

  /** Makes it on this session, rejecting when that fails; from then on it comes back by itself. */
  async startOn(session: Session): Promise<Made> {
    const made = await this.#make(session)
    this.#session = session
    this.#listen()
    return made
  }

  /** Makes it as soon as there is a connection, and again whenever it is lost. */
  start(): void {
    if (this.#stopped) return
    if (!this.#stopListening) this.#listen()
    // Also when it listens already: a connection that was refused tries again only when it is asked to.
    this.#options.connection.start()
  }

  /** Waits until `isThere` says so of what is made next, for up to `limitMs`; rejects with what `onLimit` makes of the last failure. */
  next(limitMs: number, onLimit: (lastError: unknown) => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(limitMs, () => {
        this.#waiters.delete(waiter)
        reject(onLimit(this.#lastError ?? this.#options.connection.lastError))
      })
      const waiter = { resolve, reject, timer }
      this.#waiters.add(waiter)
    })
  }

  /** Makes it no more; what is there stays as it is. */
  stop(): void {
    this.#stopped = true
    this.#stopListening?.()
    this.#retry?.stop()
    this.#settleWaiters((waiter) => waiter.reject(connectionClosed(this.#options.connection.url)))
  }

  #listen(): void {
    this.#stopListening = this.#options.connection.listen({
      onUp: (session) => this.#onUp(session),
      onRefused: (error) => this.#settleWaiters((waiter) => waiter.reject(error)),
    })
  }

  #onUp(session: Session): void {
    if (this.#session === session) return
    this.#session = session
    this.#comeBack(session)
  }

  #comeBack(session: Session): void {
    if (this.#session !== session) return
    this.#make(session).catch((error: unknown) => this.#onFailure(session, error))
  }

  async #make(session: Session): Promise<Made> {
    const made = await this.#options.make(session, (why) => this.#onGone(session, why))
    this.#made = made
    this.#failures = 0
    if (this.#stopped) this.#options.discard(made)
    this.#settleWaiters((waiter) => waiter.resolve())
    return made
  }

  #onGone(session: Session, why: string): void {
    if (this.#stopped || !session.alive) return
    const { logger, subject } = this.#options
    logger.warn({ reason: why }, `The consumer of ${subject} was lost; consuming again.`)
    this.#comeBack(session)
  }

  #onFailure(session: Session, error: unknown): void {
    if (this.#stopped || !session.alive) return
    this.#lastError = error
    this.#failures++
    const { clock, logger, subject } = this.#options
    const delayMs = Math.max(SOONEST_RETRY_MS, reconnectDelayMs(this.#failures))
    const again = `Trying again in ${(delayMs / 1000).toFixed(1)} s.`
    logger.error({ reason: brokerText(error) }, `There is no consumer of ${subject}. ${again}`)
    this.#retry?.stop()
    this.#retry = clock.after(delayMs, () => this.#comeBack(session))
  }

  #settleWaiters(settle: (waiter: Waiter) => void): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) {
      waiter.timer.stop()
      settle(waiter)
    }
  }
}
