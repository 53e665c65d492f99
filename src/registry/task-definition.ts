/** The resolved, frozen description of a task: everything a sender or a worker needs to know about it, and the defaults. */
import type { Duration } from '../kernel/duration.js'
import type { Arity } from '../payload/arity.js'
import type { RetryRule } from '../retry/retry-types.js'
import type { ParamSpec } from '../payload/param-spec.js'

/** A class whose instances, or which itself, holds the code of a task. */
export type TaskConstructor = abstract new (...args: never[]) => object

/** Where the code of a task is: a method of an instance of `cls`, or a static one. Functions have a generated class whose `run` is the function. */
export interface TaskTarget {
  readonly cls: TaskConstructor
  readonly key: string | symbol
  readonly isStatic: boolean
}

/** How an attempt ended, in a word, as hooks are told. */
export type OutcomeKind = 'succeeded' | 'retried' | 'failed' | 'rejected' | 'ignored' | 'abandoned'

/** What a hook is told about the attempt; `TaskRequest` of task/task-context is what is passed. */
export interface HookRequest {
  readonly id: string
  readonly taskName: string
  readonly args: readonly unknown[]
  readonly attempt: number
  readonly queue: string
}

/** What a hook is told about a retry that is about to be sent. */
export interface RetryNotice {
  /** How long the broker will keep the next attempt, milliseconds. */
  readonly delayMs: number
  /** The key of the policy that decided; `explicit` where the task threw Retry. */
  readonly policy: string
  /** Which retry under this policy this is: 1 is the first. */
  readonly retry: number
  /** How many retries the policy allows. */
  readonly max: number
  /** When the next attempt is due. */
  readonly nextAt: Date
}

/** What a task may want to be told. A hook that throws is logged as ERR_HOOK_FAILED and changes nothing. */
export interface TaskHooks<R = HookRequest> {
  /** Before every attempt, after the arguments were found good. */
  beforeStart?(request: R): unknown
  /** After an attempt returned, before its result is stored. */
  onSuccess?(result: unknown, request: R): unknown
  /** When an attempt failed and will be tried again, before that is sent. */
  onRetry?(error: unknown, notice: RetryNotice, request: R): unknown
  /** When the task has failed for good, before that is stored. */
  onFailure?(error: unknown, request: R): unknown
  /** After every attempt, whatever became of it. */
  afterRun?(outcome: OutcomeKind, request: R): unknown
}

/** What a task decides for all its calls. */
export interface TaskDefinition {
  readonly name: string
  readonly kind: 'function' | 'class' | 'method'
  /** Where it was declared, for people: `EmailTasks.send (mail.ts:12)`. */
  readonly place: string
  readonly target: TaskTarget
  /** Undefined: the app's default queue. */
  readonly queue: string | undefined
  /** 0-9; undefined: 0. */
  readonly priority: number | undefined
  readonly expires: Duration | undefined
  readonly ignoreResult: boolean
  /** Whether a call that failed for good goes to the dead letters. */
  readonly deadLetter: boolean
  /** When to try again, the policy that is asked first at the front. Empty: never. */
  readonly retryRules: readonly RetryRule[]
  /** How many runs there may be over all policies; undefined: as many as they allow. */
  readonly maxRuns: number | undefined
  readonly arity: Arity
  /** What the parameters must look like, where it was declared; recorded, and not enforced beyond the arity yet. */
  readonly params: readonly (ParamSpec | undefined)[] | undefined
  readonly returns: ParamSpec | undefined
  /** Hooks given as options; those of a class are methods of its instance. */
  readonly hooks: TaskHooks
}
