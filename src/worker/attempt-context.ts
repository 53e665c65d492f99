/** Fills the TaskContext of one attempt: its facts, signal, log, progress and retry. */
import type { Delivery } from '../broker/broker.js'
import { withFields, type Logger } from '../kernel/logger.js'
import type { TaskMessage } from '../message/task-message.js'
import type { TaskDefinition } from '../registry/task-definition.js'
import { Retry, type RetryOptions } from '../task/signals.js'
import type { TaskContext } from '../task/task-context.js'
import type { WorkerParts } from './worker-parts.js'

/** One call that is about to run. */
export interface Call {
  readonly message: TaskMessage
  /** As the task receives them: Python's keyword arguments last, in one object. */
  readonly args: readonly unknown[]
  readonly definition: TaskDefinition
  readonly delivery: Delivery
}

/** The context of one attempt. What costs something is made when it is first asked for. */
export class AttemptContext implements TaskContext {
  readonly #call: Call
  readonly #worker: WorkerParts
  #log: Logger | undefined
  #retries: Readonly<Record<string, number>> | undefined
  #controller: AbortController | undefined
  #ended = false
  readonly #onForced = () => this.#controller?.abort(this.#worker.forced.reason)

  constructor(call: Call, worker: WorkerParts) {
    this.#call = call
    this.#worker = worker
  }

  get id(): string {
    return this.#call.message.id
  }
  get taskName(): string {
    return this.#call.message.taskName
  }
  get args(): readonly unknown[] {
    return this.#call.args
  }
  get attempt(): number {
    return this.#call.message.retries + 1
  }
  get retries(): Readonly<Record<string, number>> {
    return (this.#retries ??= usedRetries(this.#call.message))
  }
  get queue(): string {
    return this.#call.delivery.queue
  }
  get headers(): TaskMessage['headers'] {
    return this.#call.message.headers
  }
  get redelivered(): boolean {
    return this.#call.delivery.redelivered
  }
  get deliveryCount(): number | undefined {
    return this.#call.delivery.deliveryCount
  }
  get rootId(): string {
    return this.#call.message.rootId
  }
  get parentId(): string | undefined {
    return this.#call.message.parentId
  }
  get eta(): number | undefined {
    return this.#call.message.etaAt
  }
  get deadline(): number | undefined {
    return this.#call.message.expiresAt
  }

  get log(): Logger {
    return (this.#log ??= withFields(this.#worker.host.logger, {
      task: this.taskName,
      id: this.id,
      attempt: this.attempt,
    }))
  }

  // One per attempt, not the worker's own: a signal that lives as long as the worker would collect every listener a task leaves behind.
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#worker.forced.aborted) this.#onForced()
      else if (!this.#ended) this.#worker.forced.addEventListener('abort', this.#onForced, { once: true })
    }
    return this.#controller.signal
  }

  async progress(fraction: number, meta?: unknown): Promise<void> {
    const { results } = this.#worker.host
    const { message } = this.#call
    if (!results || message.ignoreResult) return
    const value = meta === undefined ? { fraction } : { fraction, meta }
    try {
      await results.store({ taskId: this.id, state: 'PROGRESS', value, worker: this.#worker.name }, message)
    } catch (error) {
      this.log.warn({ err: error }, 'progress could not be told')
    }
  }

  retry(options?: RetryOptions): never {
    throw new Retry(options)
  }

  /** The attempt is over: lets go of the worker's signal, for good. */
  end(): void {
    this.#ended = true
    if (this.#controller) this.#worker.forced.removeEventListener('abort', this.#onForced)
  }
}

function usedRetries({ budgets }: TaskMessage): Readonly<Record<string, number>> {
  // Not by assignment, for which "__proto__" is no key.
  return Object.freeze(Object.fromEntries([...(budgets ?? [])].map(([key, { used }]) => [key, used])))
}
