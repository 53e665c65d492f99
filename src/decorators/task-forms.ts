/** The forms `task` can be written in, as types: what each accepts, and what each gives back. */
import type { ParamSpec } from '../payload/param-spec.js'
import type { AnyFunction, ReturnedAs, SpecInputs, SpecOutputs } from '../payload/spec-types.js'
import type { TaskFn } from '../task/function-types.js'
import type { DelayArgs, ResultOf, RunnableClass, TaskClass, TaskHandle } from '../task/handle-types.js'
import type { TaskContext } from '../task/task-context.js'
import type { TypedOptions, UntypedOptions } from '../task/task-options.js'

/**
 * `task`, in all its forms. The order counts: TypeScript takes the first that fits. Where none does, it shows what is wrong
 * with the call as the last one, and goes on as if it were the first.
 */
export type TaskFactory = NamedForms & TaskDecorator & OptionForms

/** `task`, with a name or nothing. */
interface NamedForms {
  /** `@task()`: named after what it decorates. */
  (): TaskDecorator
  /** `@task('name')` */
  (name: string): TaskDecorator
  /** `task('name', fn)` */
  <F extends AnyFunction>(name: string, fn: F): TaskFn<F>
}

/** `task`, with options. */
interface OptionForms {
  /** `@task({ … })` */
  <R extends ParamSpec | undefined = undefined>(options: UntypedOptions<R>): TaskDecorator<R>
  /** `task({ … }, fn)` */
  <F extends AnyFunction, R extends ParamSpec | undefined = undefined>(
    options: UntypedOptions<R>,
    fn: F,
  ): TaskFn<F, DelayArgs<Parameters<F>>, ReturnedAs<R, ResultOf<ReturnType<F>>>>
  /** `@task({ params, … })` */
  <const P extends readonly ParamSpec[], R extends ParamSpec | undefined = undefined>(
    options: TypedOptions<P, R>,
  ): TypedTaskDecorator<P, R>
  /** `task({ params, … }, fn)`: the parameters of `fn` are what `params` make of the arguments. */
  <const P extends readonly ParamSpec[], Ret, R extends ParamSpec | undefined = undefined>(
    options: TypedOptions<P, R>,
    fn: (this: TaskContext, ...args: SpecOutputs<P>) => Ret,
  ): TaskFn<(...args: SpecOutputs<P>) => Ret, SpecInputs<P>, ReturnedAs<R, ResultOf<Ret>>>
}

/**
 * What `task(…)` is where the code says the parameters' types. The order counts here, too; no class is a function to TypeScript.
 */
export interface TaskDecorator<R extends ParamSpec | undefined = undefined> {
  /** TC39 method */
  <This, M extends AnyFunction>(target: M, context: ClassMethodDecoratorContext<This>): void
  /** Function. The second parameter keeps TC39 getters out: TypeScript passes a decorator only as many arguments as it declares. */
  <F extends AnyFunction>(
    fn: F,
    notADecorator?: undefined,
  ): TaskFn<F, DelayArgs<Parameters<F>>, ReturnedAs<R, ResultOf<ReturnType<F>>>>
  /** Class: decorated in either dialect, or handed over as in `task({ … })(class { … })`. */
  <C extends RunnableClass>(
    target: C,
    context?: ClassDecoratorContext<C>,
  ): R extends ParamSpec ? C & TaskHandle<RunArgs<C>, ReturnedAs<R, unknown>> : TaskClass<C>
  /** Legacy method */
  <M extends AnyFunction>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void
}

/** What `task({ params, … })` is: the code has to fit `params`. */
export interface TypedTaskDecorator<P extends readonly ParamSpec[], R extends ParamSpec | undefined> {
  /** TC39 method */
  <This, M extends AnyFunction>(target: M & Decorated<M, P>, context: ClassMethodDecoratorContext<This>): void
  /** Function */
  <F extends (this: TaskContext, ...args: SpecOutputs<P>) => unknown>(
    fn: F,
    notADecorator?: undefined,
  ): TaskFn<F, SpecInputs<P>, ReturnedAs<R, ResultOf<ReturnType<F>>>>
  /** Class: decorated in either dialect, or handed over as in `task({ … })(class { … })`. */
  <C extends RunnableClass>(
    target: C & Fitting<InstanceType<C>['run'], P>,
    context?: ClassDecoratorContext<C>,
  ): TypedClass<C, P, ReturnedAs<R, ResultOf<ReturnType<InstanceType<C>['run']>>>>
  /** Legacy method */
  <M extends AnyFunction>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & Decorated<M, P>,
  ): void
}

type HandleKey = 'taskName' | 'delay' | 'applyAsync' | 's' | 'delayMany'

type RunArgs<C extends RunnableClass> = DelayArgs<Parameters<InstanceType<C>['run']>>

/** Code that takes what `params` make of the arguments. */
type Fitting<F extends AnyFunction, P extends readonly ParamSpec[], Then = unknown> = F extends (
  ...args: SpecOutputs<P>
) => unknown
  ? Then
  : { readonly 'its parameters do not fit `params`': P }

/** Decorated code keeps its type, so delay() takes what the code takes, and `params` has to accept that. */
type Decorated<F extends AnyFunction, P extends readonly ParamSpec[]> = Fitting<
  F,
  P,
  DelayArgs<Parameters<F>> extends SpecInputs<P> ? unknown : SchemaChangesTheType
>

type SchemaChangesTheType = {
  readonly 'a schema in `params` takes another type than the method: write task({ … }, fn) or task({ … })(class { … }), whose delay() takes the schema’s input': never
}

/** Handed over, a class becomes one whose delay() takes input types. Decorated, it stays what it is, which this must not be assignable to where that differs. */
type TypedClass<C extends RunnableClass, P extends readonly ParamSpec[], T> =
  RunArgs<C> extends SpecInputs<P>
    ? C & TaskHandle<SpecInputs<P>, T>
    : Omit<C, 'prototype' | HandleKey> &
        (new (...args: ConstructorParameters<C>) => InstanceType<C>) &
        TaskHandle<SpecInputs<P>, T> & { readonly prototype: InstanceType<C> | SchemaChangesTheType }
