/** The app: the one place where interfaces meet implementations, and where calls find their way to a broker. */
import { hostname } from 'node:os'
import { appSettings, type AppSettings, type TaskalopeOptions } from './app-options.js'
import type { Broker, ConnectOptions, QueueSpec, QueueState } from './broker/broker.js'
import { DeadLetters } from './dead-letters/dead-letters.js'
import { BrokerError, DeclarationError } from './kernel/errors.js'
import { armFailpoint } from './kernel/failpoint.js'
import type { Logger } from './kernel/logger.js'
import type { Registry } from './registry/registry.js'
import { asyncResult, type AsyncResult } from './results/async-result.js'
import { SerializerRegistry } from './serialization/serializer-registry.js'
import { assembleParts, type AppParts } from './app-parts.js'
import { describeTasks, type TaskSummary } from './app-tasks.js'
import type { SendTaskOptions } from './task/call-options.js'
import { fillDefaultApp, runWithApp, type Sender, type SendManyOptions } from './task/current-app.js'
import { encodeCall, sendCall, type EncodedCall } from './task/enqueue.js'
import { sendAll } from './task/send-all.js'
import { sendTask } from './task/send-task.js'
import type { Signature } from './task/signature.js'
import { currentTask } from './task/task-context.js'
import {
  isHostProvider,
  queuesOf,
  WORKER_HOST,
  type Stoppable,
  type WorkerHost,
  type WorkerHostProvider,
} from './worker/worker-host.js'
import type { WorkerOptions } from './worker/worker-options.js'
import { Worker } from './worker/worker.js'

export { valueFromJson, valueToJson } from './app-json.js'
export { adoptExports, type TaskSummary } from './app-tasks.js'
export { QUEUE_GONE } from './dead-letters/broker-death.js'
export type { DeadLetter } from './dead-letters/dead-letter.js'
export type { DeadLetters } from './dead-letters/dead-letters.js'
export type { DeadLetterFilter } from './dead-letters/filter.js'
export type { LetterFate } from './dead-letters/move.js'
export type { MoveReport } from './dead-letters/move-report.js'

/** What a program may hand to an app it did not make. */
export interface AppOverrides {
  readonly broker?: string | undefined
  readonly results?: boolean | undefined
  /** False: calls go to queues that are there, however they were declared, and no others are made. */
  readonly declareQueues?: boolean | undefined
  readonly logger: Logger
}

/**
 * An app: a broker, its results, its tasks and its settings. Nothing happens before the first call, which connects.
 * `new Taskalope()` needs no options outside production; see {@link TaskalopeOptions}.
 */
export class Taskalope implements Sender, WorkerHostProvider {
  #settings: AppSettings
  readonly #serializers: SerializerRegistry
  readonly #origin = `gen${process.pid}@${hostname()}`
  readonly #workers = new Set<Stoppable>()
  readonly #deadLetters: DeadLetters
  #parts: Promise<AppParts> | undefined
  #embeddedWorker: Worker | undefined
  #closed: Promise<void> | undefined
  #disconnecting = false

  /** @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID */
  constructor(options: TaskalopeOptions = {}) {
    this.#settings = appSettings(options)
    this.#serializers = new SerializerRegistry({ limits: this.#settings.limits })
    this.#deadLetters = new DeadLetters(this.namespace, this.#serializers, () => this.#assembled())
  }

  /** The tasks this app knows. */
  get registry(): Registry {
    return this.#settings.registry
  }

  /** What was given up: to be looked at, sent again, dropped. */
  get deadLetters(): DeadLetters {
    return this.#deadLetters
  }

  /** Where tasks go that name no queue. */
  get defaultQueue(): string {
    return this.#settings.defaultQueue
  }

  /** What the names of this app's own queues and exchanges begin with. */
  get namespace(): string {
    return this.#settings.namespace
  }

  /** Whether anything has been sent, worked on or connected yet. */
  get used(): boolean {
    return this.#parts !== undefined
  }

  /**
   * Connects now instead of at the first call, and says whether that works within `timeoutMs` (default 10 000). After `close` it rejects.
   * @throws DeclarationError ERR_NO_BROKER, ERR_BROKER_URL, ERR_BROKER_REFUSED · BrokerError ERR_CONNECTION_LOST
   */
  async connect(options?: ConnectOptions): Promise<void> {
    await (await this.broker()).connect(options)
  }

  /** The broker this app talks to; not connected by asking for it. */
  async broker(): Promise<Broker> {
    return (await this.#assembled()).broker
  }

  /**
   * Sends one call; what `delay()` does. Never throws synchronously, and settles within `publishTimeout`.
   * @throws PayloadError for what can never be sent · BrokerError ERR_NOT_SENT (also after `close`), ERR_REFUSED, ERR_UNKNOWN_OUTCOME · DeclarationError ERR_NO_BROKER, ERR_BROKER_URL, ERR_BROKER_REFUSED, ERR_QUEUE_MISMATCH
   */
  async send<T>(signature: Signature<readonly unknown[], T>): Promise<AsyncResult<T>> {
    const call = this.#encode(signature)
    const parts = await this.#assembled()
    const result = await sendCall<T>(call, parts)
    if (parts.embedded) await this.#workHere([call])
    return result
  }

  /**
   * Sends many calls with their confirms pipelined; each is checked before the first is sent. The first that cannot be sent ends it.
   * @throws what `send` throws, saying how many were confirmed
   */
  async sendMany<T>(
    signatures: readonly Signature<readonly unknown[], T>[],
    options?: SendManyOptions,
  ): Promise<AsyncResult<T>[]> {
    const calls = signatures.map((signature) => this.#encode(signature))
    const parts = await this.#assembled()
    const results = await sendAll<T>(calls, parts, options)
    if (parts.embedded && calls.length > 0) await this.#workHere(calls)
    return results
  }

  /** Calls a task by its name, known here or not; arguments go as they are, `bigint` as a bare JSON integer. */
  sendTask<T = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: SendTaskOptions = {},
  ): Promise<AsyncResult<T>> {
    return this.run(() => sendTask<T>(name, args, options))
  }

  /** A worker of this app, not started. */
  worker(options?: WorkerOptions): Worker {
    return new Worker(this, options)
  }

  /**
   * A handle on a call by its id. Over RabbitMQ a result reaches only the process that sent the call.
   * @throws DeclarationError ERR_NO_BROKER, ERR_BROKER_URL · BrokerError ERR_CONNECTION_LOST after `close`
   */
  async resultOf<T = unknown>(id: string, taskName = 'unknown'): Promise<AsyncResult<T>> {
    const { results } = await this.#assembled()
    return asyncResult<T>({ id, taskName }, results?.expect(id), results)
  }

  /** Makes this the current app for everything `body` calls, however deep and however late. */
  run<T>(body: () => T): T {
    return runWithApp(this, body)
  }

  /**
   * Throws away the messages that wait in a queue, and says how many.
   * @throws BrokerError ERR_REFUSED when there is no such queue, ERR_CONNECTION_LOST
   */
  async purge(queue: string): Promise<number> {
    return (await this.broker()).purge(queue)
  }

  /** How a queue stands; undefined when it does not exist. */
  async inspect(queue: string): Promise<QueueState | undefined> {
    return (await this.broker()).inspect(queue)
  }

  /** How a queue of this name is declared by this app. */
  queue(name: string): QueueSpec {
    return this.#settings.queueSpec(name)
  }

  /** The queues a worker of this app works on unless it is told others: the default one, and every one that a task names. */
  queues(): string[] {
    return [...queuesOf(this.#settings)]
  }

  /** What there is to know of the tasks without calling them, for people and programs. */
  describe(): TaskSummary[] {
    return describeTasks(this.#settings)
  }

  /**
   * For a program that runs somebody else's app: what is given stands above the app's own, but `logger` is taken where the app has none.
   * Says whether the logger was taken; of an app that is in use already nothing is.
   * @throws DeclarationError ERR_OPTION_INVALID when it is in use with a broker of its own, and another one is given
   */
  override({ broker, logger, results, declareQueues }: AppOverrides): boolean {
    const own = this.#settings
    if (this.used) {
      if (broker !== undefined && own.broker !== undefined) throw tooLate('another broker was named')
      return false
    }
    this.#settings = {
      ...own,
      broker: broker ?? own.broker,
      results: results ?? own.results,
      declareQueues: declareQueues ?? own.declareQueues,
      logger: own.logger ?? logger,
    }
    return own.logger === undefined
  }

  /**
   * Stops the workers of this app within their `shutdownTimeout`, lets publishes on their way settle, and disconnects; waits for results end.
   * From its call on only tasks that still run can send, and what would connect rejects. Calling it again gives the same promise. Called by a task of its own worker
   * it waits for that task, until the worker's time is up.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  /** What a worker needs of this app. */
  async [WORKER_HOST](): Promise<WorkerHost> {
    const { broker, results, logger, clock } = await this.#assembled()
    const { registry, defaultQueue, queueSpec, resolve } = this.#settings
    return {
      ...{ broker, results, registry, logger, clock, defaultQueue, queueSpec, resolve },
      serializer: this.#serializers.preferred,
      serializers: this.#serializers,
      attach: (worker) => this.#attach(worker),
      run: (body) => this.run(body),
    }
  }

  #encode(signature: Signature): EncodedCall {
    // What a running task sends is part of its work, and closing lets that finish.
    if (this.#disconnecting || (this.#closed && !currentTask())) {
      throw new BrokerError('ERR_NOT_SENT', `"${signature.taskName}" was not sent: the app is closed.`, {
        reason: 'closed',
      })
    }
    return encodeCall(signature, {
      serializer: this.#serializers.preferred,
      clock: this.#settings.clock,
      origin: this.#origin,
      defaultQueue: this.#settings.defaultQueue,
    })
  }

  #assembled(): Promise<AppParts> {
    if (this.#closed && !this.#parts) return Promise.reject(isClosed())
    // A set-up that failed is not remembered: what was missing, a variable say, may be there the next time.
    return (this.#parts ??= this.#assemble().catch((error: unknown) => {
      this.#parts = undefined
      throw error
    }))
  }

  async #assemble(): Promise<AppParts> {
    armFailpoint(process.env['TASKALOPE_FAILPOINT'])
    return assembleParts(this.#settings, this.#serializers.preferred, process.env)
  }

  /** On the embedded broker nobody else can carry out what was sent, unless the program has a worker of its own. */
  async #workHere(calls: readonly EncodedCall[]): Promise<void> {
    if (!this.#embeddedWorker) {
      if (!this.#settings.embeddedWorker || this.#workers.size > 0) return
      this.#embeddedWorker = new Worker(this)
    }
    const worker = this.#embeddedWorker
    try {
      await worker.start()
      for (const queue of new Set(calls.map((call) => call.queue))) await worker.consume(queue)
    } catch (error) {
      // The calls are sent, and an app that is closing works on nothing any more.
      if (this.#closed) return
      // What kept it from starting may be gone the next time.
      if (worker.state === 'stopped' && this.#embeddedWorker === worker) this.#embeddedWorker = undefined
      throw error
    }
  }

  #attach(worker: Stoppable): () => void {
    this.#workers.add(worker)
    return () => this.#workers.delete(worker)
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#workers].map((worker) => worker.stop()))
    this.#disconnecting = true
    const parts = await this.#parts?.catch(() => undefined)
    await parts?.results?.close()
    await parts?.broker.close()
  }
}

let theDefaultApp: Taskalope | undefined
let defaultOptions: TaskalopeOptions = {}

/** The app that calls go to when no other is current. Made when it is first asked for. */
export function defaultApp(): Taskalope {
  return (theDefaultApp ??= new Taskalope(defaultOptions))
}

/**
 * Sets up the default app and returns it; options of several calls add up, until the app is first used.
 * An app that `defaultApp()` gave out before is not that app any more.
 * @throws DeclarationError ERR_OPTION_INVALID when it is in use already, ERR_OPTION_UNKNOWN
 */
export function configure(options: TaskalopeOptions): Taskalope {
  if (theDefaultApp?.used) throw tooLate('configure() was called')
  const merged = { ...defaultOptions, ...options }
  theDefaultApp = new Taskalope(merged)
  // Not before: options that are refused must not spoil the next call.
  defaultOptions = merged
  return theDefaultApp
}

/** Whether a value is an app, across duplicate installs of the package. */
export function isTaskalope(value: unknown): value is Taskalope {
  return isHostProvider(value) && 'registry' in value
}

function isClosed(): BrokerError {
  return new BrokerError(
    'ERR_CONNECTION_LOST',
    'The app is closed. Make another one: new Taskalope({ … }).',
    {
      reason: 'closed',
    },
  )
}

function tooLate(what: string): DeclarationError {
  return new DeclarationError(
    'ERR_OPTION_INVALID',
    `${what} after the app was first used, too late to change it. Do that before the first delay(), or create an app of your own: new Taskalope({ … }).`,
  )
}

fillDefaultApp(defaultApp)
