/** Puts a retry policy on what its decorator was applied to: recorded for classes and methods, and a wrapped copy for a plain function. */
import { DeclarationError } from '../kernel/errors.js'
import type { AnyFunction } from '../payload/spec-types.js'
import { membersOf, ownerOf, pendingOf, recordOf } from '../registry/metadata.js'
import { addRetryRule, copyRetryRules } from '../registry/retry-rules.js'
import type { RetryRule } from '../retry/retry-types.js'
import { Task } from '../task/task.js'
import type { ClassTarget, Target } from './target.js'

/**
 * Adds the policy above those that are there. Gives the class of a class, a function for a function, and nothing for a method.
 * @throws DeclarationError ERR_TASK_TARGET
 */
export function applyRetry(rule: RetryRule, target: Target): unknown {
  switch (target.kind) {
    case 'function':
      return applyToFunction(rule, target.fn)
    case 'class':
      refuseOnlyMethods(target)
      addRetryRule({ holder: target.cls, label: target.name, metadata: target.metadata }, rule)
      return target.cls
    case 'method':
      return addRetryRule(
        { holder: target.cls, member: target, label: `${target.cls.name}.${target.key}` },
        rule,
      )
    case 'pending':
      return addRetryRule({ holder: target.metadata, member: target, label: target.key }, rule)
  }
}

/** A function that is a task stays the one it is; another's policies are those of a wrapper, because the function itself may be used elsewhere. */
function applyToFunction(rule: RetryRule, fn: AnyFunction): AnyFunction {
  const record = recordOf(fn)
  const code = record ? fn : wrapped(fn)
  addRetryRule({ holder: record?.target.cls ?? code, label: fn.name }, rule)
  return code
}

function wrapped(fn: AnyFunction): AnyFunction {
  const call = fn as (this: unknown, ...args: readonly unknown[]) => unknown
  const wrapper = function (this: unknown, ...args: readonly unknown[]): unknown {
    return call.apply(this, [...args])
  }
  Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true })
  Object.defineProperty(wrapper, 'length', { value: fn.length, configurable: true })
  copyRetryRules(fn, wrapper)
  return wrapper
}

/** An abstract class may leave its run() to those that extend it; one of which only the methods are tasks would wait for one in vain. */
function refuseOnlyMethods({ cls, name, metadata }: ClassTarget): void {
  const prototype = cls.prototype as { readonly run?: unknown }
  if (typeof prototype.run === 'function' || prototype instanceof Task) return
  const methods = [membersOf(ownerOf(cls, false)).size, membersOf(ownerOf(cls, true)).size]
  const pending = metadata ? pendingOf(metadata).length : 0
  if (pending + Math.max(...methods) === 0) return
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `@retry on the class "${name}" would do nothing: it has no run(), and its task methods do not take over what stands on the class. Put @retry on the methods.`,
  )
}
