/** Results over reply queues, as Celery's `rpc://` has them: the worker answers by message, the caller holds what comes. */
import { isTaskalopeError } from '../../kernel/errors.js'
import type { Logger } from '../../kernel/logger.js'
import type { WireMessage } from '../../message/wire-message.js'
import { PendingResults } from '../../results/pending-results.js'
import type { ResultBackend, ResultSlot } from '../../results/result-backend.js'
import type { ReplyAddress, TaskResult } from '../../results/task-result.js'
import type { Serializer } from '../../serialization/serializer.js'
import type { Broker } from '../broker.js'
import { brokerText, connectionClosed } from './amqp-errors.js'
import { decodeAnswer, encodeAnswer } from './answer.js'
import { isOwnReplyQueue, isReplyQueue, ReplyQueue, type ReplyQueueOptions } from './reply-queue.js'

/** What a reply backend works with. */
export interface ReplyBackendOptions extends Omit<ReplyQueueOptions, 'onAnswer'> {
  readonly serializer: Serializer
  readonly publish: Broker['publish']
  readonly onClosed: (backend: ReplyBackend) => void
}

/**
 * Results by message. An answer reaches only the process that called, and only while that runs; one that arrives while it is reconnecting
 * is lost, because an exclusive queue ends with its connection.
 */
export class ReplyBackend implements ResultBackend {
  readonly #options: ReplyBackendOptions
  readonly #pending = new PendingResults()
  readonly #queue: ReplyQueue
  #closed: Promise<void> | undefined

  constructor(options: ReplyBackendOptions) {
    this.#options = options
    this.#queue = new ReplyQueue({ ...options, onAnswer: (message) => this.#onAnswer(message) })
  }

  replyTo(): Promise<string> | string {
    if (this.#closed) return Promise.reject(connectionClosed(this.#options.connection.url))
    return this.#queue.ready()
  }

  expect(taskId: string): ResultSlot {
    return this.#pending.expect(taskId)
  }

  async store(result: TaskResult, { replyTo, correlationId }: ReplyAddress): Promise<void> {
    if (replyTo === undefined) return
    const { logger, publish, serializer } = this.#options
    if (!isReplyQueue(replyTo)) return refuseReply(logger, result.taskId)
    const answer = encodeAnswer(result, {
      serializer,
      correlationId: correlationId ?? result.taskId,
      forPython: !isOwnReplyQueue(replyTo),
    })
    try {
      await publish({ routingKey: replyTo }, answer)
    } catch (error) {
      if (!isUnroutable(error)) throw error
      logger.debug({ id: result.taskId }, 'Nobody waits for this result any more: the reply queue is gone.')
    }
  }

  async forget(taskId: string): Promise<void> {
    this.#pending.forget(taskId)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#queue.close()
    this.#pending.closeAll(connectionClosed(this.#options.connection.url))
    this.#options.onClosed(this)
  }

  #onAnswer(message: WireMessage): void {
    try {
      this.#pending.settle(decodeAnswer(message, this.#options.serializer))
    } catch (error) {
      this.#onUnreadable(message, error)
    }
  }

  /** Whoever waits is told, instead of waiting for ever. */
  #onUnreadable({ properties: { correlationId } }: WireMessage, error: unknown): void {
    const message = `The answer could not be read: ${brokerText(error)}`
    this.#options.logger.warn({ code: 'ERR_RESULT_INVALID', id: correlationId }, message)
    if (correlationId === undefined) return
    const invalid = { name: 'ResultError', message, module: 'taskalope' }
    this.#pending.settle({ taskId: correlationId, state: 'FAILURE', error: invalid })
  }
}

function refuseReply(logger: Logger, taskId: string): void {
  // The name itself came from outside, and may be anything.
  const why = 'The result was not sent: what the caller gave as its reply queue has not the name of one.'
  logger.warn({ code: 'ERR_REPLY_REFUSED', id: taskId }, why)
}

function isUnroutable(error: unknown): boolean {
  return isTaskalopeError(error, 'ERR_REFUSED') && (error as { reason?: unknown }).reason === 'unroutable'
}
