/** The forms retry decorators can be written in, as types: what they accept, and what a policy's functions are handed. */
import type { AnyFunction } from '../payload/spec-types.js'
import type {
  ErrorClass,
  RetryContext as ContextOf,
  RetryPolicy as PolicyOf,
  RetryTerms,
} from '../retry/retry-types.js'
import type { RunnableClass } from '../task/handle-types.js'
import type { TaskRequest } from '../task/task-context.js'

/** What the functions of a policy are given: `error`, `retry`, `attempt`, `taskName`, `args`, and the whole `request`. */
export interface RetryContext<E = unknown> extends ContextOf<E, TaskRequest> {}

/** When to try again, after what delay, and how often: what `@retry({ … })` and `createRetry` accept. */
export interface RetryPolicy<E = unknown> extends PolicyOf<E, TaskRequest> {}

/**
 * A retry policy as a decorator: for a class with run(), a task method or run() itself, and a function or what `task()` made of one. Above or below `@task`.
 * The order counts; see TaskDecorator.
 */
export interface RetryDecorator {
  /** TC39 method */
  <This, M extends AnyFunction>(target: M, context: ClassMethodDecoratorContext<This>): void
  /** Function or function task: comes back with its type. The second parameter keeps TC39 getters out. */
  <F extends AnyFunction>(fn: F, notADecorator?: undefined): F
  /** Class */
  <C extends RunnableClass>(target: C, context?: ClassDecoratorContext<C>): C
  /** Legacy method */
  <M extends AnyFunction>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void
}

/** `retry`: a decorator as it stands, and what makes one. */
export type RetryFactory = DefaultForm & RetryDecorator & CreateRetry

interface DefaultForm {
  /** `@retry()`: any error, 3 retries, exponential from 1 s to 10 min with full jitter. */
  (): RetryDecorator
}

/** `createRetry`. Its functions are handed the errors that `on` names, or that a type guard in `when` lets through. */
export interface CreateRetry {
  /** For the errors that `when` knows. */
  <E>(policy: GuardedPolicy<E>): RetryDecorator
  /** For errors of some classes, or for any. */
  <const C extends ErrorClasses = never>(policy: PolicyFor<C>): RetryDecorator
}

/**
 * `makeRetryDecorator`. A second signature, for a type guard in `when`, would make TypeScript forget in this one what `on` says: whoever needs both
 * writes a function that calls createRetry.
 */
export type MakeRetryDecorator = <A extends readonly unknown[], const C extends ErrorClasses = never>(
  build: (...args: A) => PolicyFor<C>,
) => (...args: A) => RetryDecorator

type ErrorClasses = ErrorClass | readonly ErrorClass[]

/** What classes are classes of; unknown where no class is named. */
type InstanceOf<C extends ErrorClasses> = [C] extends [never]
  ? unknown
  : C extends ErrorClass<infer E>
    ? E
    : C extends readonly ErrorClass<infer E>[]
      ? E
      : never

// No mapped type over RetryPolicy, such as Omit: TypeScript infers nothing through one.
interface PolicyFor<C extends ErrorClasses> extends RetryTerms<InstanceOf<C>, TaskRequest> {
  readonly on?: C | undefined
  readonly when?: (error: InstanceOf<C>, context: RetryContext<InstanceOf<C>>) => boolean
}

// Not leaving `on` out: a policy with both would be tried as this one, and its errors be unknown for good.
interface GuardedPolicy<E> extends RetryTerms<E, TaskRequest> {
  readonly on?: undefined
  readonly when: (error: unknown, context: RetryContext) => error is E
}
