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
  /** For errors of these classes. */
  <const C extends ErrorClasses>(policy: PolicyOn<C>): RetryDecorator
  /** For the errors that `when` knows. */
  <E>(policy: GuardedPolicy<E>): RetryDecorator
  /** For any error. */
  (policy: PolicyForAny): RetryDecorator
  /** A policy that is a value of its own. */
  <E>(policy: RetryPolicy<E>): RetryDecorator
}

/** `makeRetryDecorator`. */
export interface MakeRetryDecorator {
  /** For errors of these classes. */
  <A extends readonly unknown[], const C extends ErrorClasses>(
    build: (...args: A) => PolicyOn<C>,
  ): (...args: A) => RetryDecorator
  /** For the errors that `when` knows. */
  <A extends readonly unknown[], E>(build: (...args: A) => GuardedPolicy<E>): (...args: A) => RetryDecorator
  /** For any error. */
  <A extends readonly unknown[]>(build: (...args: A) => PolicyForAny): (...args: A) => RetryDecorator
  /** A policy that is a value of its own. */
  <A extends readonly unknown[], E>(build: (...args: A) => RetryPolicy<E>): (...args: A) => RetryDecorator
}

type ErrorClasses = ErrorClass | readonly ErrorClass[]

// A union of the classes' instances, for one class and for a list of them.
type InstanceOf<C extends ErrorClasses> =
  C extends ErrorClass<infer E> ? E : C extends readonly ErrorClass<infer E>[] ? E : never

interface PolicyOn<C extends ErrorClasses> extends RetryTerms<InstanceOf<C>, TaskRequest> {
  readonly on: C
  readonly when?: (error: InstanceOf<C>, context: RetryContext<InstanceOf<C>>) => boolean
}

// `on?: undefined` below is needed: without it TypeScript tries these for policies with `on` as well, and `error` becomes unknown for good.
interface GuardedPolicy<E> extends RetryTerms<E, TaskRequest> {
  readonly on?: undefined
  readonly when: (error: unknown, context: RetryContext) => error is E
}

interface PolicyForAny extends RetryTerms<unknown, TaskRequest> {
  readonly on?: undefined
  readonly when?: (error: unknown, context: RetryContext) => boolean
}
