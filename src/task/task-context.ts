/** What a running task can ask about itself, and currentTask(), which gives it anywhere below run(). */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '../kernel/logger.js'
import type { Headers } from '../message/wire-message.js'
import type { RetryOptions } from './signals.js'

/** The facts of one attempt. */
export interface TaskRequest {
  readonly id: string
  readonly taskName: string
  /** The arguments as the task received them. */
  readonly args: readonly unknown[]
  /** Which run this is: 1 is the first. */
  readonly attempt: number
  /** The retries used so far, by the key of the policy they were made under. What a Python worker used is not in it; `attempt` counts that too. */
  readonly retries: Readonly<Record<string, number>>
  readonly queue: string
  /** Headers the caller added. */
  readonly headers: Headers
  /** The broker says this message was handed out before; a hint only. */
  readonly redelivered: boolean
  /** How often it came back before, where the queue counts; else undefined. */
  readonly deliveryCount: number | undefined
  /** The first task of the tree of calls this one belongs to. */
  readonly rootId: string
  /** The task that made this call, if one did. */
  readonly parentId: string | undefined
  /** When it was asked to run, epoch milliseconds; undefined for at once. */
  readonly eta: number | undefined
  /** When it stops being wanted (`expires`), epoch milliseconds; undefined for never. */
  readonly deadline: number | undefined
}

/** The facts of one attempt, and what the task can do in it. */
export interface TaskContext extends TaskRequest {
  /** Aborted when the worker is forced to stop, with a reason that says so. */
  readonly signal: AbortSignal
  /** A logger whose lines carry the task's name and id. */
  readonly log: Logger
  /**
   * Tells whoever waits how far the work is: `fraction` from 0 to 1 and anything that can travel. Best effort: resolves when it is sent, never fails the task.
   * Does nothing for calls that ignore their result.
   */
  progress(fraction: number, meta?: unknown): Promise<void>
  /** Ends this attempt by throwing `Retry`, so that nothing after it runs: the task is tried again, or fails with `cause` once its budget is used up. */
  retry(options?: RetryOptions): never
}

const storage = new AsyncLocalStorage<TaskContext>()

/** The context of the task whose run this code belongs to, through any number of awaits; undefined outside of one. */
export function currentTask(): TaskContext | undefined {
  return storage.getStore()
}

/** Runs `body` as part of the attempt `context` describes. For whoever runs tasks: the worker, and test kits. */
export function runInTask<T>(context: TaskContext, body: () => T): T {
  return storage.run(context, body)
}
