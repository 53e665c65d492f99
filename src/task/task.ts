/** `Task`, the base class of class tasks: the typed handle on the class, and the attempt's context on the instance. */
import { DeclarationError } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import type { OutcomeKind, RetryNotice, TaskHooks } from '../registry/task-definition.js'
import type { AsyncResult } from '../results/async-result.js'
import type { CallOptions } from './call-options.js'
import type { SendManyOptions } from './current-app.js'
import type { DelayArgs, ResultOf, Runnable, TaskHandle } from './handle-types.js'
import type { RetryOptions } from './signals.js'
import type { Signature } from './signature.js'
import { currentTask, type TaskContext, type TaskRequest } from './task-context.js'
import { handleOfClass } from './task-handle.js'

/** The arguments delay() takes for a class with this instance. */
type ArgsOf<T extends Runnable> = DelayArgs<Parameters<T['run']>>
type ResultFor<T extends Runnable> = ResultOf<ReturnType<T['run']>>
type ClassOf<T> = abstract new (...args: never[]) => T

/**
 * The base of class tasks: put `@task()` on a subclass and write `run()`. Every attempt gets an instance of its own.
 * The static members are the task's handle, typed after run(); extending this class is what makes TypeScript see them.
 */
export abstract class Task implements TaskHooks<TaskRequest> {
  /** The task's name on the wire. */
  static get taskName(): string {
    return handleOfClass(this).taskName
  }

  /** Sends a call; resolves once the broker has it. Never throws synchronously. */
  static async delay<T extends Runnable>(
    this: ClassOf<T>,
    ...args: ArgsOf<T>
  ): Promise<AsyncResult<ResultFor<T>>> {
    return typedHandle<T>(this).delay(...args)
  }

  /** Sends a call with options of its own. */
  static async applyAsync<T extends Runnable>(
    this: ClassOf<T>,
    args: ArgsOf<T>,
    options?: CallOptions,
  ): Promise<AsyncResult<ResultFor<T>>> {
    return typedHandle<T>(this).applyAsync(args, options)
  }

  /** The call as a value, to be made later or elsewhere. */
  static s<T extends Runnable>(this: ClassOf<T>, ...args: ArgsOf<T>): Signature<ArgsOf<T>, ResultFor<T>> {
    return typedHandle<T>(this).s(...args)
  }

  /** Sends many calls, their confirms pipelined. */
  static async delayMany<T extends Runnable>(
    this: ClassOf<T>,
    calls: readonly ArgsOf<T>[],
    options?: SendManyOptions,
  ): Promise<AsyncResult<ResultFor<T>>[]> {
    return typedHandle<T>(this).delayMany(calls, options)
  }

  /** The task itself. */
  abstract run(...args: never[]): unknown

  /** Before every attempt, after the arguments were found good. */
  beforeStart?(request: TaskRequest): unknown
  /** After an attempt returned, before its result is stored. */
  onSuccess?(result: unknown, request: TaskRequest): unknown
  /** When an attempt failed and will be tried again, before that is sent. */
  onRetry?(error: unknown, notice: RetryNotice, request: TaskRequest): unknown
  /** When the task has failed for good, its retries used up if it had any, before that is stored. */
  onFailure?(error: unknown, request: TaskRequest): unknown
  /** After every attempt, whatever became of it. */
  afterRun?(outcome: OutcomeKind, request: TaskRequest): unknown

  /** Sends a call of this instance's class: `new ProcessImage().delay(image)` is `ProcessImage.delay(image)`. */
  async delay<T extends Runnable>(this: T, ...args: ArgsOf<T>): Promise<AsyncResult<ResultFor<T>>> {
    return typedHandle<T>(this.constructor).delay(...args)
  }

  /**
   * The attempt this code runs in.
   * @throws DeclarationError ERR_TASK_TARGET outside of one
   */
  get request(): TaskContext {
    return contextOf(this, 'request')
  }

  /** Aborted when the worker is forced to stop. Throws outside of an attempt, as `request` does. */
  get signal(): AbortSignal {
    return contextOf(this, 'signal').signal
  }

  /** A logger whose lines carry the task's name and id. Throws outside of an attempt, as `request` does. */
  get log(): Logger {
    return contextOf(this, 'log').log
  }

  /**
   * Ends this attempt by throwing `Retry`: the task is tried again, or fails with `cause` once its budget is used up. Nothing after it runs,
   * unless it is caught: then what the task returns counts as success.
   * Throws outside of an attempt, as `request` does.
   */
  retry(options?: RetryOptions): never {
    return contextOf(this, 'retry').retry(options)
  }

  /** Tells whoever waits how far the work is, from 0 to 1. Best effort. Rejects outside of an attempt, as `request` throws. */
  async progress(fraction: number, meta?: unknown): Promise<void> {
    await contextOf(this, 'progress').progress(fraction, meta)
  }
}

function typedHandle<T extends Runnable>(cls: object): TaskHandle<ArgsOf<T>, ResultFor<T>> {
  return handleOfClass(cls) as unknown as TaskHandle<ArgsOf<T>, ResultFor<T>>
}

function contextOf(task: object, member: string): TaskContext {
  const context = currentTask()
  if (context) return context
  const name = task.constructor.name
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `"${member}" of ${name} was asked for outside of a task that is running: only a worker that runs ${name} can say. Send it with delay().`,
  )
}
