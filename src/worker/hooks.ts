/** Calls the hooks of a task: one that throws is logged and changes nothing. */
import type { TaskHooks } from '../registry/task-definition.js'
import { runInTask } from '../task/task-context.js'
import type { AttemptContext, Call } from './attempt-context.js'
import type { WorkerParts } from './worker-parts.js'

type Hook = (this: unknown, ...args: readonly unknown[]) => unknown

/** One attempt, as far as its hooks are concerned. */
export interface HookScope {
  readonly call: Call
  readonly context: AttemptContext
  readonly worker: WorkerParts
  /** The instance whose own hooks are called too, once there is one. */
  readonly target: object | undefined
}

/**
 * Calls the hook of this name: the instance's own, then the one given as an option. Undefined when there is none, so that nothing need be awaited.
 * Never throws and never rejects. A hook that does not end is waited for.
 */
export function callHook(
  name: keyof TaskHooks,
  args: readonly unknown[],
  scope: HookScope,
): Promise<void> | undefined {
  const { call, target } = scope
  // A class that only holds task methods may have methods of these names for reasons of its own.
  const own = target && call.definition.kind !== 'method' ? hookOf(target, name) : undefined
  const option = hookOf(call.definition.hooks, name)
  if (!own && !option) return undefined
  const bound = [own && { self: target, hook: own }, option && { self: undefined, hook: option }]
  return callAll(name, bound, args, scope)
}

interface BoundHook {
  readonly self: object | undefined
  readonly hook: Hook
}

async function callAll(
  name: string,
  bound: readonly (BoundHook | undefined)[],
  args: readonly unknown[],
  { context, worker }: HookScope,
): Promise<void> {
  for (const each of bound) {
    if (!each) continue
    try {
      await worker.host.run(() => runInTask(context, () => each.hook.call(each.self, ...args, context)))
    } catch (error) {
      context.log.error(
        { code: 'ERR_HOOK_FAILED', hook: name, err: error },
        `hook ${name} failed; the task goes on`,
      )
    }
  }
}

function hookOf(holder: object, name: string): Hook | undefined {
  try {
    const hook: unknown = (holder as Readonly<Record<string, unknown>>)[name]
    return typeof hook === 'function' ? (hook as Hook) : undefined
  } catch (error) {
    // One that cannot be read, of a proxy a container made say, counts as one that throws.
    return () => {
      throw error
    }
  }
}
