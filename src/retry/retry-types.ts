/** What a retry policy is made of, as users write it, and what is remembered of the retries a call has used. */
import type { Duration } from '../kernel/duration.js'

/** The facts of the attempt that failed, as a policy is told; the worker hands over its TaskRequest. */
export interface RetryRequest {
  readonly id: string
  readonly taskName: string
  readonly args: readonly unknown[]
  readonly attempt: number
  readonly queue: string
}

/** What the functions of a policy are given. */
export interface RetryContext<E = unknown, R = RetryRequest> {
  /** What was thrown. */
  readonly error: E
  /** Which retry under this policy this would be: 1 is the first. */
  readonly retry: number
  /** The run that has just failed: 1 is the first. */
  readonly attempt: number
  readonly taskName: string
  /** The arguments as the task received them. */
  readonly args: readonly unknown[]
  readonly request: R
}

/** How much chance goes into a delay: none; half of it (`equal`); all of it, from 0 (`full`). */
export type Jitter = 'none' | 'equal' | 'full'

/** How the delay grows from retry to retry. */
export interface BackoffOptions {
  /** `fixed`: always `base`. `linear`: `base` more each time. `exponential` (default): times `factor`. `decorrelated`: by chance between `base` and three times the last delay. */
  readonly type?: 'fixed' | 'linear' | 'exponential' | 'decorrelated'
  /** The first delay. Default 1 s. */
  readonly base?: Duration
  /** What an exponential delay is multiplied by, 1 to 100. Default 2. */
  readonly factor?: number
  /** No delay is longer. Default 10 min. */
  readonly max?: Duration
  /** Default `full`, so that many calls that failed together do not come back together. Without meaning for `decorrelated`. */
  readonly jitter?: Jitter
}

/** The parts of a policy that do not say which errors it is for. */
export interface RetryTerms<E = unknown, R = RetryRequest> {
  /**
   * Names this policy's budget in the message, so it has to stay the same over deploys: text of 1 to 100 characters, or a function for budgets of
   * their own, per tenant say; to it `retry` counts the retries under all policies. One that throws or gives no such text is logged
   * (ERR_BACKOFF_INVALID), and the default taken: the names of the classes in `on`, else `default`.
   */
  readonly key?: string | ((context: RetryContext<E, R>) => string)
  /** How long to wait. A function is asked each time: undefined leaves it to the default backoff; so does one that gives what is no duration, or throws, which is logged (ERR_BACKOFF_INVALID). Excludes `backoff`. */
  readonly delay?: Duration | ((context: RetryContext<E, R>) => Duration | undefined)
  /** How the delay grows. Default: exponential from 1 s to 10 min with full jitter. */
  readonly backoff?: BackoffOptions
  /** How many retries, beyond the first run: 0 to 1 000 000, or `Infinity`, with which a call still ends after its 1 000 000th retry. Default 3. A function is asked each time; a number out of range counts as 3, and is logged. */
  readonly max?: number | ((context: RetryContext<E, R>) => number)
  /** What its functions do, in a few words for `taskalope list`, such as `HTTP 500 or 502`. Default: the classes in `on`, and `…` for what only a function knows. */
  readonly description?: string
}

/** A class of errors. */
export type ErrorClass<E = unknown> = abstract new (...args: never[]) => E

/** When to try again, after what delay, and how often. */
export interface RetryPolicy<E = unknown, R = RetryRequest> extends RetryTerms<E, R> {
  /** The classes of errors it is for. Default: every error. */
  readonly on?: ErrorClass<E> | readonly ErrorClass<E>[]
  /** Which of them: asked after `on`. One that throws, or answers anything but true or false, counts as no, and is logged (ERR_BACKOFF_INVALID). */
  readonly when?: (error: E, context: RetryContext<E, R>) => boolean
}

/** What one policy has used of its budget. */
export interface BudgetUse {
  /** Retries made under this policy. */
  readonly used: number
  /** The last delay, where the next one depends on it. */
  readonly lastDelayMs?: number
}

/** What each policy has used of its budget, by its key; carried in the message. */
export type RetryBudgets = ReadonlyMap<string, BudgetUse>

/** Nothing has been used. */
export const NO_BUDGETS: RetryBudgets = new Map()

/** A policy, checked and filled in; frozen. */
export interface RetryRule {
  /** The key, or the function that gives it. */
  readonly key: string | ((context: RetryContext) => string)
  /** The key where the function gives none that can be used. */
  readonly defaultKey: string
  /** Whether the key was made of the classes in `on`, because the policy names none. */
  readonly isKeyMade: boolean
  /** Empty: every error. */
  readonly on: readonly ErrorClass[]
  readonly when: ((error: unknown, context: RetryContext) => boolean) | undefined
  readonly delay: number | ((context: RetryContext) => Duration | undefined) | undefined
  readonly backoff: Backoff
  readonly max: number | ((context: RetryContext) => number)
  readonly description: string | undefined
}

/** A backoff, checked and filled in; milliseconds. */
export interface Backoff {
  readonly type: NonNullable<BackoffOptions['type']>
  readonly baseMs: number
  readonly factor: number
  readonly maxMs: number
  readonly jitter: Jitter
}

/** How far a call has come with its retries. */
export interface RetryState {
  /** Retries made so far, whoever made them: Celery's `retries`. */
  readonly retries: number
  readonly budgets: RetryBudgets
  /** How many runs there may be in all; undefined for no limit but the policies' own. */
  readonly maxRuns: number | undefined
}

/** A function of a policy did something it must not; it was replaced by a default. To be logged as ERR_BACKOFF_INVALID. */
export interface PolicyComplaint {
  readonly policy: string
  /** Such as `its delay function threw`. */
  readonly problem: string
  /** What was thrown, if anything. */
  readonly error?: unknown
}

/** What `throw new Retry({ … })` asks for; nothing of it has been checked. */
export interface ExplicitTerms {
  readonly delay?: unknown
  readonly max?: unknown
  readonly key?: unknown
}

/** Why there is no retry. `not-retryable`: what was thrown is no Error. */
export type GiveUpReason = 'no-policy' | 'used-up' | 'max-runs' | 'not-retryable'

/** Whether to try again. */
export type RetryDecision =
  | {
      readonly retry: true
      readonly delayMs: number
      /** The key of the policy that decided. */
      readonly policy: string
      /** Which retry under this policy this is: 1 is the first. */
      readonly number: number
      /** How many it allows. */
      readonly max: number
      /** What is used with this retry. */
      readonly budgets: RetryBudgets
      readonly complaints: readonly PolicyComplaint[]
    }
  | {
      readonly retry: false
      readonly reason: GiveUpReason
      /** The key of the policy that decided, where one matched. */
      readonly policy: string | undefined
      /** How many retries it allowed, where one matched. */
      readonly max: number | undefined
      readonly complaints: readonly PolicyComplaint[]
    }
