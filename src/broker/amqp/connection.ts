/** One AMQP connection that comes back: its states, its backoff, and whether the broker blocks it. */
import type { ChannelModel } from 'amqplib'
import type { Timer } from '../../kernel/clock.js'
import type { DeclarationError } from '../../kernel/errors.js'
import type { Logger } from '../../kernel/logger.js'
import { brokerText, connectionClosed, connectionRefused, isRefusal, noConnection } from './amqp-errors.js'
import { showAmqpAddress } from './amqp-url.js'
import { reconnectDelayMs } from './backoff.js'
import { destroyModel, openModel, socketClosed, type OpenOptions } from './open-model.js'
import { Session } from './session.js'
import { withinLimit } from './time-limit.js'

/** Where a connection stands. `refused`: the broker said no before it ever said yes; tried again only when asked, and not at once. */
export type ConnectionState =
  'idle' | 'connecting' | 'ready' | 'blocked' | 'backoff' | 'refused' | 'closing' | 'closed'

/** What users of a connection are told. */
export interface ConnectionListener {
  onUp(session: Session): void
  /** `error` is what amqplib said; undefined after our own close. */
  onDown?(session: Session, error: unknown): void
  /** The broker does not let us in; nothing more happens by itself. */
  onRefused?(error: DeclarationError): void
  onBlocked?(blocked: boolean): void
}

/** How to make it, and what it says. */
export interface ConnectionOptions extends OpenOptions {
  readonly logger: Logger
  /** Whether anybody needs this connection: while it is down, the process stays alive only for that. */
  readonly isNeeded: () => boolean
}

/** After this time a connection counts as a good one, and its loss as the first failure. */
const STABLE_AFTER_MS = 5000
/** How long a refusal stands before it is put to the test again. */
const REFUSAL_STANDS_MS = 5000
const SOCKET_CLOSE_MS = 1000

interface Waiter {
  resolve(session: Session): void
  reject(error: Error): void
  readonly timer: Timer
}

export class AmqpConnection {
  readonly url: string
  readonly #options: ConnectionOptions
  readonly #listeners = new Set<ConnectionListener>()
  readonly #waiters = new Set<Waiter>()
  readonly #closing = new AbortController()
  #state: ConnectionState = 'idle'
  #session: Session | undefined
  #everUp = false
  #upSince = 0
  #failures = 0
  #lastError: unknown
  #refusal: DeclarationError | undefined
  #refusedAt = 0
  #backoff: Timer | undefined
  #closed: Promise<void> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.url = showAmqpAddress(options.address)
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** The open connection, if there is one. */
  get current(): Session | undefined {
    return this.#session
  }

  get lastError(): unknown {
    return this.#lastError
  }

  /** Why the broker refuses us, while it does. */
  get refusal(): DeclarationError | undefined {
    return this.#state === 'refused' ? this.#refusal : undefined
  }

  /** Tells `listener` of every session from now on, an open one at once; the function returned ends that. */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener)
    if (this.#session) listener.onUp(this.#session)
    return () => this.#listeners.delete(listener)
  }

  /** Starts to connect, unless it is already at it. */
  start(): void {
    if (this.#state === 'idle') void this.#attempt()
    if (this.#state !== 'refused') return
    if (this.#options.clock.monotonic() - this.#refusedAt >= REFUSAL_STANDS_MS) void this.#attempt()
  }

  /**
   * The open connection, or the next one, connecting if need be.
   * @throws DeclarationError ERR_BROKER_REFUSED, BrokerError ERR_CONNECTION_LOST when there is none within `limitMs`, or after `close`.
   */
  session(limitMs: number): Promise<Session> {
    if (this.#session) return Promise.resolve(this.#session)
    if (this.#closed) return Promise.reject(connectionClosed(this.url))
    this.start()
    if (this.refusal) return Promise.reject(this.refusal)
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(limitMs, () => {
        this.#waiters.delete(waiter)
        reject(noConnection(this.url, limitMs, this.#lastError))
      })
      const waiter = { resolve, reject, timer }
      this.#waiters.add(waiter)
    })
  }

  /** Says goodbye to the broker, or hangs up when `limitMs` is over. Calling it again gives the same promise. */
  close(limitMs: number): Promise<void> {
    this.#closed ??= this.#close(limitMs)
    return this.#closed
  }

  async #attempt(): Promise<void> {
    this.#state = 'connecting'
    try {
      const model = await openModel(this.#options, this.#closing.signal)
      if (this.#closed) destroyModel(model)
      else this.#adopt(model)
    } catch (error) {
      this.#failed(error)
    }
  }

  #adopt(model: ChannelModel): void {
    const session = new Session(model)
    this.#session = session
    this.#state = 'ready'
    this.#everUp = true
    this.#upSince = this.#options.clock.monotonic()
    let error: unknown
    model.on('error', (cause) => (error = cause))
    model.on('close', (cause) => this.#lost(session, error ?? cause))
    model.on('blocked', (reason) => this.#setBlocked(true, reason))
    model.on('unblocked', () => this.#setBlocked(false))
    this.#log('info', 'Connected to the broker.')
    for (const listener of [...this.#listeners]) listener.onUp(session)
    this.#settleWaiters((waiter) => waiter.resolve(session))
  }

  #lost(session: Session, error: unknown): void {
    session.end(error instanceof Error ? error : connectionClosed(this.url))
    this.#hangUp(session.model, error)
    if (this.#session !== session) return
    this.#session = undefined
    this.#lastError = error
    const stable = this.#options.clock.monotonic() - this.#upSince >= STABLE_AFTER_MS
    this.#failures = stable ? 1 : this.#failures + 1
    for (const listener of [...this.#listeners]) listener.onDown?.(session, error)
    if (!this.#closed) this.#retryLater(error)
  }

  /** amqplib ends the socket; what does not end by that is cut off. */
  #hangUp(model: ChannelModel, error: unknown): void {
    if (error) destroyModel(model)
    else this.#options.clock.after(SOCKET_CLOSE_MS, () => destroyModel(model), { keepAlive: false })
  }

  #failed(error: unknown): void {
    this.#lastError = error
    this.#failures++
    if (this.#closed) return
    // Once it has let us in, a refusal is a state of the broker (starting, its user store away), not a wrong password.
    if (!this.#everUp && isRefusal(error)) this.#refuse(error)
    else this.#retryLater(error)
  }

  #refuse(error: unknown): void {
    const refusal = connectionRefused(this.url, error)
    this.#refusal = refusal
    this.#refusedAt = this.#options.clock.monotonic()
    this.#state = 'refused'
    this.#options.logger.error({ code: refusal.code, broker: this.url }, refusal.message)
    for (const listener of [...this.#listeners]) listener.onRefused?.(refusal)
    this.#settleWaiters((waiter) => waiter.reject(refusal))
  }

  #retryLater(error: unknown): void {
    this.#state = 'backoff'
    const delayMs = reconnectDelayMs(this.#failures)
    const what = this.#everUp ? 'Lost the connection to' : 'There is no connection to'
    const lost = `${what} ${this.url} (${error ? brokerText(error) : 'closed by the broker'}).`
    const next = `Reconnecting in ${(delayMs / 1000).toFixed(1)} s, attempt ${this.#failures}.`
    this.#log('warn', `${lost} ${next}`, { code: 'ERR_CONNECTION_LOST' })
    this.#backoff = this.#options.clock.after(delayMs, () => void this.#attempt(), {
      // A connection keeps its process alive until it is closed, also while it is coming back.
      keepAlive: this.#everUp || this.#waiters.size > 0 || this.#options.isNeeded(),
    })
  }

  #setBlocked(blocked: boolean, reason?: string): void {
    if (this.#state !== 'ready' && this.#state !== 'blocked') return
    this.#state = blocked ? 'blocked' : 'ready'
    const why = reason === undefined ? '' : ` (${reason})`
    if (blocked) this.#log('warn', `The broker accepts no messages for now${why}.`)
    else this.#log('info', 'The broker accepts messages again.')
    for (const listener of [...this.#listeners]) listener.onBlocked?.(blocked)
  }

  async #close(limitMs: number): Promise<void> {
    this.#state = 'closing'
    this.#backoff?.stop()
    this.#closing.abort()
    this.#settleWaiters((waiter) => waiter.reject(connectionClosed(this.url)))
    if (this.#session) await this.#sayGoodbye(this.#session.model, limitMs)
    this.#state = 'closed'
  }

  async #sayGoodbye(model: ChannelModel, limitMs: number): Promise<void> {
    const { clock } = this.#options
    const onLimit = () => new Error('no answer to the goodbye')
    try {
      const goodbye = model.close().then(() => socketClosed(model))
      await withinLimit(goodbye, { clock, limitMs: Math.min(limitMs, SOCKET_CLOSE_MS), onLimit })
    } catch (error) {
      this.#options.logger.debug({ broker: this.url, reason: brokerText(error) }, 'Hung up on the broker.')
    }
    destroyModel(model)
  }

  #settleWaiters(settle: (waiter: Waiter) => void): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) {
      waiter.timer.stop()
      settle(waiter)
    }
  }

  #log(level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#options.logger[level](
      { ...fields, broker: this.url, connection: this.#options.connectionName },
      message,
    )
  }
}
