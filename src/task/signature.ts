/** A call not yet made: which task, with what, and how; immutable. */
import type { TaskDefinition } from '../registry/task-definition.js'
import type { CallOptions } from './call-options.js'

/** A call not yet made. `TResult` is what `get()` will give. */
export interface Signature<TArgs extends readonly unknown[] = readonly unknown[], TResult = unknown> {
  readonly taskName: string
  readonly args: TArgs
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly options: CallOptions
  /** The task as this process knows it; undefined for a call by name. */
  readonly definition: TaskDefinition | undefined
  /** Carries the result's type; never set. */
  readonly resultType?: TResult
}

/** The signature of a call. */
export function signature<TArgs extends readonly unknown[], TResult>(
  call: Pick<Signature<TArgs, TResult>, 'taskName' | 'args'> & Partial<Signature<TArgs, TResult>>,
): Signature<TArgs, TResult> {
  return Object.freeze({ kwargs: {}, options: {}, definition: undefined, ...call })
}
