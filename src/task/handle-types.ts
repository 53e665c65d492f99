/** What a task's handle looks like to the compiler: arguments in, result out, all inferred from the task's own code. */
import type { AnyClass } from '../payload/param-spec.js'
import type { AnyFunction, IsAny, IsArray, PlainOf, Restored } from '../payload/spec-types.js'
import type { AsyncResult } from '../results/async-result.js'
import type { CallOptions } from './call-options.js'
import type { SendManyOptions } from './current-app.js'
import type { Signature } from './signature.js'

/** What delay() takes for a parameter list: each argument as it is, or as the plain data of it. */
export type DelayArgs<A extends readonly unknown[]> = { [K in keyof A]: A[K] | PlainOf<A[K]> }

/** What get() gives for what a task returns: the same, without what cannot travel (methods, symbols). */
export type ResultOf<R> = Travelled<Awaited<R>>

/**
 * What one can do with a task from afar. Functions, classes, `taskOf` and `tasks` all give one. Nothing in it throws synchronously: calls that cannot be made reject.
 * Rejections of every method: PayloadError when the call can never work (nothing was sent) · BrokerError when the road is broken · DeclarationError when the set-up is.
 */
export interface TaskHandle<In extends readonly unknown[], T> {
  /** The task's name on the wire. */
  readonly taskName: string
  /** Sends a call; resolves once the broker has it, within the app's `publishTimeout`. */
  delay(...args: In): Promise<AsyncResult<T>>
  /** Sends a call with options of its own. */
  applyAsync(args: In, options?: CallOptions): Promise<AsyncResult<T>>
  /** The call as a value, to be made later or elsewhere. */
  s(...args: In): Signature<In, T>
  /** Sends many calls, their confirms pipelined. Every call is checked before the first is sent. */
  delayMany(calls: readonly In[], options?: SendManyOptions): Promise<AsyncResult<T>[]>
}

/** The handle of a function or method. */
export type HandleOf<F> = F extends AnyFunction
  ? TaskHandle<DelayArgs<Parameters<F>>, ResultOf<ReturnType<F>>>
  : never

/** Something with a run() method. */
export interface Runnable {
  run(...args: never[]): unknown
}

/** A class with a run() method. */
export type RunnableClass = abstract new (...args: never[]) => Runnable

/** The handle of a class: that of its run(). */
export type ClassHandle<C extends RunnableClass> = HandleOf<InstanceType<C>['run']>

/** A task class, as `task(…)(class …)` gives it. */
export type TaskClass<C extends RunnableClass> = C & ClassHandle<C>

/** `tasks(Emails)`: every method as a handle, static ones too. Decorators cannot mark methods in the type: one that is no task throws when it is read. */
export type TaskMethods<C extends AnyClass> = MethodHandles<InstanceType<C>> &
  Omit<MethodHandles<C>, keyof MethodHandles<InstanceType<C>>>

type MethodHandles<T> = { readonly [K in keyof T as T[K] extends AnyFunction ? K : never]: HandleOf<T[K]> }

type Travelled<T, InTuple = false> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : T extends string | number | boolean | null | undefined | void | Restored
        ? T
        : T extends AnyFunction | symbol
          ? never
          : T extends { toJSON(): infer J }
            ? Travelled<J>
            : T extends readonly unknown[]
              ? TravelledList<T, InTuple>
              : T extends object
                ? {
                    [
                      K in keyof T as K extends symbol ? never : Droppable<T[K]> extends true ? never : K
                    ]: Travelled<T[K]>
                  }
                : never

// Written out for the same reason as PlainList in payload/spec-types.
type TravelledList<T extends readonly unknown[], InTuple> =
  IsArray<T> extends true
    ? T extends unknown[]
      ? Travelled<T[number]>[]
      : readonly Travelled<T[number]>[]
    : InTuple extends true
      ? T
      : { [K in keyof T]: Travelled<T[K], true> }

/** A member that is nothing but code. */
type Droppable<V> = [Exclude<V, undefined>] extends [never]
  ? false
  : [Exclude<V, undefined>] extends [AnyFunction | symbol]
    ? true
    : false
