/** What a ParamSpec means to the compiler: what delay() takes for it, and what the task receives. */
import type {
  AnyClass,
  ListSpec,
  LiteralSpec,
  MapSpec,
  OneOfSpec,
  OptionalSpec,
  ParamSpec,
  StandardSchema,
} from './param-spec.js'

/** Any function at all. `never[]` is what every parameter list is assignable to, so no `any` is needed. */
export type AnyFunction = (...args: never[]) => unknown

/** Values the serializer restores on the far side without being told. */
export type Restored = Date | bigint | Uint8Array | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>

/** The same data without its methods: how an instance of a class may be given to delay(). */
export type PlainOf<T, InTuple = false> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? unknown
      : T extends string | number | boolean | null | undefined | Restored | AnyFunction
        ? T
        : T extends readonly unknown[]
          ? PlainList<T, InTuple>
          : T extends object
            ? { [K in keyof T as T[K] extends AnyFunction ? never : K]: PlainOf<T[K]> }
            : T

/** Whether a list is no tuple. */
export type IsArray<T extends readonly unknown[]> = T[number][] extends T ? true : false

/** What a task receives for a parameter declared as `S`. */
export type SpecOutput<S> = S extends LiteralSpec
  ? S
  : S extends StandardSchema
    ? NonNullable<S['~standard']['types']>['output']
    : S extends ListSpec<infer E>
      ? SpecOutput<E>[]
      : S extends MapSpec<infer E>
        ? Record<string, SpecOutput<E>>
        : S extends OptionalSpec<infer E>
          ? SpecOutput<E> | undefined
          : S extends OneOfSpec<infer E>
            ? SpecOutput<E[number]>
            : ClassOutput<S>

/** What delay() takes for a parameter declared as `S`. */
export type SpecInput<S> = S extends StandardSchema
  ? NonNullable<S['~standard']['types']>['input']
  : S extends ListSpec<infer E>
    ? readonly SpecInput<E>[]
    : S extends MapSpec<infer E>
      ? Readonly<Record<string, SpecInput<E>>>
      : S extends OptionalSpec<infer E>
        ? SpecInput<E> | undefined
        : S extends OneOfSpec<infer E>
          ? SpecInput<E[number]>
          : S extends DateConstructor
            ? Date | string
            : SpecOutput<S> | PlainOf<SpecOutput<S>>

/** The parameter list a task with these `params` receives; what is `optional` may be left out. */
export type SpecOutputs<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Rest]
  ? Head extends OptionalSpec
    ? [arg?: SpecOutput<Head>, ...rest: SpecOutputs<Rest>]
    : [arg: SpecOutput<Head>, ...rest: SpecOutputs<Rest>]
  : []

/** The argument list delay() takes for these `params`. */
export type SpecInputs<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Rest]
  ? Head extends OptionalSpec
    ? [arg?: SpecInput<Head>, ...rest: SpecInputs<Rest>]
    : [arg: SpecInput<Head>, ...rest: SpecInputs<Rest>]
  : []

/** What a task returns as `returns: S`; without it, `Otherwise`. */
export type ReturnedAs<S, Otherwise> = S extends ParamSpec ? SpecOutput<S> : Otherwise

export type IsAny<T> = 0 extends 1 & T ? true : false

// TypeScript maps the elements of lists at once, and so would never end with a type such as JSON's that contains itself. Arrays are written out, which it does step by step; a tuple in a tuple stays as it is.
type PlainList<T extends readonly unknown[], InTuple> =
  IsArray<T> extends true
    ? T extends unknown[]
      ? PlainOf<T[number]>[]
      : readonly PlainOf<T[number]>[]
    : InTuple extends true
      ? T
      : { [K in keyof T]: PlainOf<T[K], true> }

type ClassOutput<S> = S extends StringConstructor
  ? string
  : S extends NumberConstructor
    ? number
    : S extends BooleanConstructor
      ? boolean
      : S extends BigIntConstructor
        ? bigint
        : S extends AnyClass
          ? InstanceType<S>
          : never
