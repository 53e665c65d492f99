/** What a function task looks like to the compiler: the function, its handle, and the class behind it. */
import type { AnyFunction } from '../payload/spec-types.js'
import type { DelayArgs, ResultOf, TaskHandle } from './handle-types.js'
import type { Task } from './task.js'

/** A function that is a task: called, it still is the function, without its `this` parameter. */
export type TaskFn<
  F extends AnyFunction,
  In extends readonly unknown[] = DelayArgs<Parameters<F>>,
  T = ResultOf<ReturnType<F>>,
> = OmitThisParameter<F> &
  TaskHandle<In, T> & {
    /** A Task class whose run() is the function; a subclass with `@task('name')` on it is another task. */
    readonly Task: FunctionTaskClass<F>
  }

/** The class behind a function task. */
export interface FunctionTaskClass<F extends AnyFunction> extends TaskStatics {
  new (): FunctionTask<F>
}

/** An instance of the class behind a function task. */
export interface FunctionTask<F extends AnyFunction> extends Task {
  // A subclass of a synchronous one may be asynchronous: whoever runs it waits either way.
  run(...args: Parameters<F>): ReturnType<F> | Promise<Awaited<ReturnType<F>>>
}

/** The static side that every Task class has. */
export type TaskStatics = Pick<typeof Task, 'taskName' | 'delay' | 'applyAsync' | 's' | 'delayMany'>
