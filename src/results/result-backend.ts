/** The contract of a result backend: where outcomes are kept, or sent, and how a caller waits for one. */
import type { ReplyAddress, TaskResult } from './task-result.js'

/** What is known so far of one call's result; holding it keeps the result in memory. */
export interface ResultSlot {
  readonly taskId: string
  /** The newest record that came; undefined while nothing has. */
  readonly latest: TaskResult | undefined
  /** Tells `listener` of each record that comes from now on, or that none will; never before this has returned. The function returned ends that. */
  subscribe(listener: ResultListener): () => void
}

/** Whoever waits for a result. */
export interface ResultListener {
  onResult(result: TaskResult): void
  /** No more will come: the backend was closed. */
  onClosed(error: Error): void
}

/** Where outcomes are kept, or sent. */
export interface ResultBackend {
  /**
   * The queue a worker answers to, for backends that are answered by message; undefined for the others. No promise where it is there already.
   * @throws BrokerError when that queue cannot be had.
   */
  replyTo(): Promise<string | undefined> | string | undefined
  /** Opens the slot the answer to this id will fill. Must be called before the message is sent. Calling it again gives the same slot while somebody holds it. */
  expect(taskId: string): ResultSlot
  /** Keeps or sends a record; resolves when that is certain. A final record is never overwritten. */
  store(result: TaskResult, address: ReplyAddress): Promise<void>
  /** Drops what is kept of this id. */
  forget(taskId: string): Promise<void>
  /** Ends every wait with `ERR_CONNECTION_LOST`, those that begin later as well. Calling it again does nothing. */
  close(): Promise<void>
}
