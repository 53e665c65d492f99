/** Starts, stops and reports a worker; owns its consumers, its slots and its shutdown. */
import { hostname } from 'node:os'
import { sleep } from '../kernel/clock.js'
import { durationMs, type Duration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { takeFrom, type Intake } from './consume.js'
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
  /** How many attempts were cut short. */
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
  readonly #intakes = new Map<string, Promise<Intake>>()
  #parts: WorkerParts | undefined
  #detach: (() => void) | undefined
  #state: WorkerState = 'idle'
  #started: Promise<void> | undefined
  #stopped: Promise<StopReport> | undefined
  #abandoned = 0

  /**
   * A worker of the given app, or of the default one: `new Worker(app, { queues: ['images'] })`, `new Worker({ concurrency: 50 })`.
   * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
   */
  constructor(options?: WorkerOptions)
  constructor(app: WorkerHostProvider, options?: WorkerOptions)
  constructor(appOrOptions: WorkerHostProvider | WorkerOptions = {}, options: WorkerOptions = {}) {
    const given = isHostProvider(appOrOptions)
    this.#provider = given ? appOrOptions : undefined
    this.#settings = workerSettings(given ? options : appOrOptions)
    this.#slots = new Slots(this.#settings.concurrency)
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
    if (this.#state !== 'running') return false
    const intakes = await Promise.all(this.#intakes.values())
    return intakes.every((intake) => intake.consumer.attached)
  }

  /**
   * Declares the queues and starts taking deliveries; resolves when every consumer is attached. Calling it again gives the same promise.
   * @throws DeclarationError ERR_NO_BROKER, ERR_BROKER_REFUSED, ERR_QUEUE_MISMATCH · BrokerError ERR_CONNECTION_LOST
   */
  start(): Promise<void> {
    return (this.#started ??= this.#start())
  }

  /** Works on one more queue from now on; resolves when its consumer is attached. */
  async consume(queue: string): Promise<void> {
    if (!this.#parts || this.#state === 'stopping' || this.#state === 'stopped') {
      throw new DeclarationError(
        'ERR_OPTION_INVALID',
        `The worker is ${this.#state} and cannot take queue "${queue}". Start it first.`,
      )
    }
    let intake = this.#intakes.get(queue)
    if (!intake) {
      intake = takeFrom({ queue, prefetch: this.#settings.prefetch, slots: this.#slots }, this.#parts)
      this.#intakes.set(queue, intake)
      intake.catch(() => this.#intakes.delete(queue))
    }
    await intake
  }

  /**
   * Takes no more deliveries, gives back those that wait, and lets the running ones finish; when the time is up it aborts their signals and
   * gives back what still does not end. Calling it again with a shorter timeout hurries it: `stop({ timeout: 0 })` forces.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    const timeoutMs =
      options.timeout === undefined
        ? this.#settings.shutdownTimeoutMs
        : durationMs(options.timeout, 'Worker stop option "timeout"')
    if (this.#stopped && timeoutMs === 0) this.#force()
    return (this.#stopped ??= this.#stop(timeoutMs))
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    try {
      const host = await (this.#provider ?? currentHostProvider())[WORKER_HOST]()
      this.#detach = host.attach(this)
      this.#parts = this.#makeParts(host)
      for (const queue of this.#settings.queues ?? queuesOf(host)) await this.consume(queue)
      if (this.#state === 'starting') this.#state = 'running'
    } catch (error) {
      await this.stop({ timeout: 0 })
      throw error
    }
  }

  #makeParts(host: WorkerHost): WorkerParts {
    return {
      host,
      name: this.name,
      runner: inProcessRunner(host),
      running: this.#running,
      forced: this.#forced.signal,
    }
  }

  async #stop(timeoutMs: number): Promise<StopReport> {
    this.#state = 'stopping'
    const intakes = await this.#stopIntakes()
    const idle = this.#slots.whenIdle()
    const forced = !(await this.#endsWithin(idle, timeoutMs))
    if (forced) await this.#leaveBehind(idle)
    await Promise.all(intakes.map((intake) => intake.consumer.close()))
    this.#detach?.()
    this.#state = 'stopped'
    return { forced, abandoned: this.#abandoned }
  }

  async #stopIntakes(): Promise<readonly Intake[]> {
    const settled = await Promise.allSettled(this.#intakes.values())
    const intakes = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    await Promise.all(intakes.map((intake) => intake.stop()))
    this.#slots.letAllIn()
    return intakes
  }

  /** Whether `done` comes before the time is up or somebody forces. */
  async #endsWithin(done: Promise<void>, timeoutMs: number): Promise<boolean> {
    if (!this.#parts) return true
    const waiting = new AbortController()
    const timeUp = sleep(
      this.#parts.host.clock,
      timeoutMs,
      AbortSignal.any([waiting.signal, this.#forced.signal]),
    )
    const ended = await Promise.race([done.then(() => true), timeUp.then(() => false)])
    waiting.abort()
    return ended
  }

  async #leaveBehind(idle: Promise<void>): Promise<void> {
    const { clock } = (this.#parts as WorkerParts).host
    this.#force()
    await Promise.race([idle, sleep(clock, ABORT_GRACE_MS)])
    this.#abandoned = this.#running.count
    this.#running.abandonAll()
    await Promise.race([idle, sleep(clock, SETTLE_GRACE_MS)])
  }

  #force(): void {
    this.#forced.abort(new Error('The worker is forced to stop.'))
  }
}
