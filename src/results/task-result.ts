/** The record of how a task stands or ended, as results backends store it and callers read it. */
import type { RemoteError } from '../kernel/errors.js'

/** Celery's words for how a task stands. */
export type FinalState = 'SUCCESS' | 'FAILURE' | 'REVOKED'

/** Celery's words, or a task's own word for its progress. */
export type TaskState = FinalState | 'PENDING' | 'RECEIVED' | 'STARTED' | 'RETRY' | 'PROGRESS' | (string & {})

/** A share of the work that is done, and whatever the task says of it. */
export interface Progress {
  /** 0 to 1. */
  readonly fraction: number
  readonly meta?: unknown
}

/** How one task stands. */
export interface TaskResult {
  readonly taskId: string
  readonly state: TaskState
  /** What the task returned, when `state` is SUCCESS; the task's own word on it for states of its own. */
  readonly value?: unknown
  /** What went wrong, when `state` is FAILURE, RETRY or REVOKED. */
  readonly error?: RemoteError
  /** How many times it has run, where the worker said so. */
  readonly attempts?: number
  /** The worker that said this. */
  readonly worker?: string
}

/** Where the answer to one call goes. */
export interface ReplyAddress {
  readonly replyTo: string | undefined
  readonly correlationId: string | undefined
}

/** Whether nothing more will come after this state. */
export function isFinal(state: TaskState): state is FinalState {
  return state === 'SUCCESS' || state === 'FAILURE' || state === 'REVOKED'
}
