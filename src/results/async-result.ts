/** The caller's handle on one call: its id, how it stands, and what came of it. */
import { callDurationMs, type Duration } from '../kernel/duration.js'
import { DeclarationError, ResultError, TaskFailedError } from '../kernel/errors.js'
import { systemClock } from '../kernel/clock.js'
import type { ResultBackend, ResultSlot } from './result-backend.js'
import { isFinal, type Progress, type TaskResult, type TaskState } from './task-result.js'

/** How long a wait for a result may last. */
export interface GetOptions {
  /** Default: as long as it takes. Ends only the wait: the task goes on. */
  readonly timeout?: Duration
  /** Ends the wait by rejecting with the signal's reason. */
  readonly signal?: AbortSignal
}

/** The caller's handle on one call. Deliberately not thenable: `await task.delay()` gives the handle, `await handle.get()` the result. */
export interface AsyncResult<T> {
  readonly id: string
  readonly taskName: string
  /**
   * What the task returned.
   * @throws TaskFailedError ERR_TASK_FAILED, ERR_TASK_REVOKED · ResultError ERR_RESULT_TIMEOUT · DeclarationError ERR_NO_BACKEND · BrokerError ERR_CONNECTION_LOST when the app closes meanwhile.
   */
  get(options?: GetOptions): Promise<T>
  /** How it stands as far as this process has heard: PENDING means nothing came yet. */
  state(): Promise<TaskState>
  /** Whether it has ended, well or badly. */
  ready(): Promise<boolean>
  successful(): Promise<boolean>
  failed(): Promise<boolean>
  /** What the task tells of its progress, from now until it ends; ends early when the loop is left. */
  readonly progress: AsyncIterable<Progress>
  /** Drops what is kept of the result. */
  forget(): Promise<void>
}
