/** The options a task is declared with, as users see them: their hooks are handed the attempt's TaskRequest. */
import type { ParamSpec } from '../payload/param-spec.js'
import type { DeclaredOptions } from '../registry/task-options.js'
import type { TaskRequest } from './task-context.js'

/** What `task({ … })` and `@task({ … })` accept. */
export interface TaskOptions extends DeclaredOptions<TaskRequest> {}

/** Options that leave the types of the parameters to the code. */
export type UntypedOptions<R extends ParamSpec | undefined> = Omit<TaskOptions, 'params' | 'returns'> & {
  readonly params?: undefined
  readonly returns?: R
}

/** Options that say what the parameters are. `params` may be left out only so that compile errors speak of the option that is wrong: such options are `UntypedOptions`, which are tried first. */
export type TypedOptions<P extends readonly ParamSpec[], R extends ParamSpec | undefined> = Omit<
  TaskOptions,
  'params' | 'returns'
> & { readonly params?: P; readonly returns?: R }
