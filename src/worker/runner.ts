/** The contract for where a task's code runs, and the one that runs it in this process. */
import type { TaskDefinition } from '../registry/task-definition.js'
import { runInTask, type TaskContext } from '../task/task-context.js'
import type { WorkerHost } from './worker-host.js'

/** What stands ready to be run: the object that has the method, made for this attempt. */
export interface Runnable {
  /** The instance (for static methods: the class), where a class task's hooks are. */
  readonly target: object
  run(): unknown
}

/** Where a task's code runs. */
export interface Runner {
  /** Makes what is to be run; may call a container. Throws, or rejects with, what the constructor or the container throws. */
  prepare(definition: TaskDefinition, context: TaskContext): Promise<Runnable> | Runnable
}

/** Runs tasks on this process's event loop. */
export function inProcessRunner(host: WorkerHost): Runner {
  return {
    prepare(definition, context) {
      const { cls, isStatic } = definition.target
      const made = isStatic ? cls : host.run(() => runInTask(context, () => host.resolve(cls)))
      if (made instanceof Promise)
        return made.then((target: object) => runnable(target, definition, context, host))
      return runnable(made, definition, context, host)
    },
  }
}

function runnable(
  target: object,
  definition: TaskDefinition,
  context: TaskContext,
  host: WorkerHost,
): Runnable {
  const { key } = definition.target
  const method: unknown = (target as Record<string | symbol, unknown> | null | undefined)?.[key]
  if (typeof method !== 'function') {
    throw new TypeError(
      `What was resolved for "${definition.name}" (${definition.place}) has no method ${String(key)}().`,
    )
  }
  return {
    target,
    run: () => host.run(() => runInTask(context, (): unknown => method.apply(target, context.args))),
  }
}
