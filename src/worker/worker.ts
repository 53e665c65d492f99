/** Starts, stops and reports a worker; owns its consumers, its slots and its shutdown. */
import { setMaxListeners } from 'node:events'
import { hostname } from 'node:os'
import { sleep, type Timer } from '../kernel/clock.js'
import { durationMs, type Duration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { Intake } from './consume.js'
import { inProcessRunner } from './runner.js'
import { RunningAttempts } from './running-attempts.js'
import { Slots } from './slots.js'
import {
  currentHostProvider,
  isHostProvider,
  queuesOf,
  WORKER_HOST,
  type WorkerHost,
  type WorkerHostProvider,
} from './worker-host.js'
import { workerSettings, type WorkerOptions, type WorkerSettings } from './worker-options.js'
import type { WorkerParts } from './worker-parts.js'

/** Where a worker stands in its life. */
export type WorkerState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped'

/** How a worker is stopped. */
export interface StopOptions {
  /** How long running tasks may go on; 0 forces at once. Default the worker's `shutdownTimeout`. */
  readonly timeout?: Duration
}

/** How a stop ended. */
export interface StopReport {
  /** Whether the time ran out: attempts still running were aborted, and what did not end went back to its queue. */
  readonly forced: boolean
  /** How many attempts did not end even when their signal was aborted, and were left behind. See `cutShort` for all that were ended early. */
  readonly abandoned: number
}

/** How long aborted tasks have to end by themselves before they are left behind. */
const ABORT_GRACE_MS = 1000
/** How long the last settlements may take once nothing runs any more. */
const SETTLE_GRACE_MS = 2000

/**
 * Carries out tasks. Nothing happens before `start()`. It reconnects by itself for as long as it runs, and it never
 * acknowledges a message before the outcome is safe.
 */
export class Worker {
  readonly #provider: WorkerHostProvider | undefined
  readonly #settings: WorkerSettings
  readonly #slots: Slots
  readonly #running = new RunningAttempts()
  readonly #forced = new AbortController()
  readonly #intakes = new Map<string, Intake>()
  #parts: WorkerParts | undefined
  #detach: (() => void) | undefined
  #state: WorkerState = 'idle'
  #started: Promise<void> | undefined
  #stopped: Promise<StopReport> | undefined
  #abandoned = 0
  #timeUp: { readonly at: number; readonly timer: Timer } | undefined

  /**
   * A worker of the given app, or of the default one: `new Worker(app, { queues: ['images'] })`, `new Worker({ concurrency: 50 })`.
   * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
   */
  constructor(app: WorkerHostProvider, options?: WorkerOptions)
  // Last, because of several forms compilers explain a mistake by the last one.
  constructor(options?: WorkerOptions)
  constructor(appOrOptions: WorkerHostProvider | WorkerOptions = {}, options: WorkerOptions = {}) {
    const given = isHostProvider(appOrOptions)
    this.#provider = given ? appOrOptions : undefined
    this.#settings = workerSettings(given ? options : appOrOptions)
    this.#slots = new Slots(this.#settings.concurrency)
    // Every attempt that asks for its signal listens here, and Node warns of more than ten.
    setMaxListeners(0, this.#forced.signal)
  }

  get state(): WorkerState {
    return this.#state
  }

  /** How many attempts are running right now. */
  get running(): number {
    return this.#running.count
  }

  /** How many attempts a forced stop has cut short so far: those that ended by their signal, and those that were left behind. */
  get cutShort(): number {
    return this.#running.cutShort
  }

  /** How many attempts run at a time. */
  get concurrency(): number {
    return this.#settings.concurrency
  }

  /** How many deliveries it holds for each queue. */
  get prefetch(): number {
    return this.#settings.prefetch
  }

  /** How long `stop()` lets running tasks go on, unless it is told otherwise. */
  get shutdownTimeoutMs(): number {
    return this.#settings.shutdownTimeoutMs
  }

  /** The queues it works on. */
  get queues(): readonly string[] {
    return [...this.#intakes.keys()]
  }

  /** Its name in logs, results and dead letters. */
  get name(): string {
    return this.#settings.name ?? `taskalope@${hostname()}:${process.pid}`
  }

  /** Whether every queue has its consumer, on an open channel: what a readiness probe should ask. */
  async attached(): Promise<boolean> {
    return this.#state === 'running' && [...this.#intakes.values()].every((intake) => intake.attached)
  }

  /**
   * Declares the queues and starts taking deliveries; resolves when every consumer is attached, or the worker is stopped meanwhile.
   * Calling it again gives the same promise. A worker starts once: after `stop()`, make another one.
   * @throws DeclarationError ERR_NO_BROKER, ERR_NO_APP, ERR_BROKER_REFUSED, ERR_QUEUE_MISMATCH, ERR_OPTION_INVALID after `stop()` · BrokerError ERR_CONNECTION_LOST
   */
  start(): Promise<void> {
    return (this.#started ??= this.#start())
  }

  /**
   * Works on one more queue from now on; resolves when its consumer is attached.
   * @throws DeclarationError ERR_OPTION_INVALID before `start()` and after `stop()`, and whatever `start()` can throw for a queue
   */
  async consume(queue: string): Promise<void> {
    if (!this.#parts || this.#stopped) throw this.#notRunning(`take queue "${queue}". Start it first`)
    let intake = this.#intakes.get(queue)
    if (!intake) {
      const { prefetch } = this.#settings
      intake = new Intake({ queue, prefetch, slots: this.#slots }, this.#parts)
      this.#intakes.set(queue, intake)
    }
    try {
      await intake.started
    } catch (error) {
      this.#intakes.delete(queue)
      throw error
    }
  }

  /**
   * Takes no more deliveries, gives back those that wait, and lets the running ones finish; when the time is up it aborts their signals and
   * gives back what still does not end, which takes up to 3 s more. Never rejects for what the broker does.
   * Calling it again with a shorter timeout hurries it: `stop({ timeout: 0 })` forces.
   * @throws DeclarationError ERR_OPTION_INVALID (as a rejection) for a timeout that is no duration
   */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    const timeoutMs =
      options.timeout === undefined
        ? this.#settings.shutdownTimeoutMs
        : durationMs(options.timeout, 'Worker stop option "timeout"')
    this.#stopped ??= this.#stop()
    this.#forceIn(timeoutMs)
    return this.#stopped
  }

  async #start(): Promise<void> {
    if (this.#stopped) throw this.#notRunning('be started. Make another one')
    this.#state = 'starting'
    try {
      const host = await (this.#provider ?? currentHostProvider())[WORKER_HOST]()
      if (!this.#isStarting()) return
      this.#parts = this.#makeParts(host)
      this.#detach = host.attach(this)
      for (const queue of this.#settings.queues ?? queuesOf(host)) {
        if (this.#isStarting()) await this.consume(queue)
      }
      if (this.#isStarting()) this.#state = 'running'
    } catch (error) {
      // What could not be had was not wanted any more, and a stop that is under way must not be hurried.
      if (!this.#isStarting()) return
      await this.stop({ timeout: 0 })
      throw error
    }
  }

  /** A question of its own, because a stop can come during every wait. */
  #isStarting(): boolean {
    return this.#state === 'starting'
  }

  #notRunning(what: string): DeclarationError {
    return new DeclarationError('ERR_OPTION_INVALID', `The worker is ${this.#state} and cannot ${what}.`)
  }

  #makeParts(host: WorkerHost): WorkerParts {
    return {
      host,
      name: this.name,
      runner: inProcessRunner(host),
      running: this.#running,
      random: Math.random,
      forced: this.#forced.signal,
    }
  }

  async #stop(): Promise<StopReport> {
    this.#state = 'stopping'
    const intakes = [...this.#intakes.values()]
    // Cancelled before anything is given back, or the broker would hand it to this worker again.
    const cancelled = this.#end(intakes.map((intake) => intake.stop()))
    this.#slots.letAllIn()
    const idle = this.#slots.whenIdle()
    await Promise.race([idle, aborted(this.#forced.signal)])
    const forced = this.#slots.taken > 0
    if (forced) await this.#leaveBehind(idle)
    await cancelled
    await this.#end(intakes.map((intake) => intake.close()))
    this.#timeUp?.timer.stop()
    this.#detach?.()
    this.#state = 'stopped'
    return { forced, abandoned: this.#abandoned }
  }

  /** Unless that comes sooner anyway, forces when this time is over. */
  #forceIn(timeoutMs: number): void {
    if (!this.#parts || this.#state === 'stopped') return
    const { clock } = this.#parts.host
    const at = clock.monotonic() + timeoutMs
    if (this.#timeUp && this.#timeUp.at <= at) return
    this.#timeUp?.timer.stop()
    this.#timeUp = { at, timer: clock.after(timeoutMs, () => this.#force()) }
  }

  async #leaveBehind(idle: Promise<void>): Promise<void> {
    await this.#within(ABORT_GRACE_MS, idle)
    this.#abandoned = this.#running.abandonAll()
    await this.#within(SETTLE_GRACE_MS, idle)
  }

  /** Waits for `done`, but no longer than this. */
  async #within(limitMs: number, done: Promise<void>): Promise<void> {
    const { clock } = (this.#parts as WorkerParts).host
    const waiting = new AbortController()
    await Promise.race([done, sleep(clock, limitMs, waiting.signal)])
    waiting.abort()
  }

  /** A consumer that cannot say goodbye is over with its connection, and keeps nobody from stopping. */
  async #end(ending: readonly Promise<void>[]): Promise<void> {
    for (const { reason } of (await Promise.allSettled(ending)).filter((end) => end.status === 'rejected')) {
      this.#parts?.host.logger.warn({ err: reason }, 'a consumer could not be closed')
    }
  }

  #force(): void {
    this.#forced.abort(new Error('The worker is forced to stop.'))
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
