/** `task`: makes a class, a method or a function a task, under both decorator dialects. */
import { DeclarationError } from '../kernel/errors.js'
import type { AnyFunction } from '../payload/spec-types.js'
import { placeOfCaller, type Place } from '../registry/place.js'
import { declareTask } from './declare-task.js'
import { isApplied, targetOf } from './target.js'
import type { TaskFactory } from './task-forms.js'

/**
 * Makes a task of a function, a class with run(), or a method:
 * `task('add', fn)`, `@task() class …`, `@task({ queue: 'mail' }) async send() { … }`. Parentheses, a name and options may all be left out.
 * A function comes back as one that can be called as before and has `delay()`; a class stays what it is and gets `delay()` as a static member; methods are reached through `tasks(Class)`.
 * @throws DeclarationError ERR_TASK_NAME, ERR_TASK_DUPLICATE, ERR_TASK_TARGET, ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID, ERR_PAYLOAD_TYPE
 */
export const task = ((...args: readonly unknown[]): unknown => {
  if (isApplied(args)) return declareTask(targetOf('task', args), { options: {}, place: placeOfCaller(task) })
  const { options, fn } = readArguments(args)
  if (fn) return declareTask(targetOf('task', [fn]), { options, place: placeOfCaller(task) })
  const made = placeOfCaller(task)
  const decorator = (...target: readonly unknown[]): unknown =>
    declareTask(targetOf('task', target), { options, place: nearer(made, placeOfCaller(decorator)) })
  return decorator
}) as TaskFactory

interface TaskArguments {
  readonly options: object
  readonly fn: AnyFunction | undefined
}

function readArguments(args: readonly unknown[]): TaskArguments {
  const [first, fn] = args
  const options =
    typeof first === 'string' ? { name: first } : (first ?? (args.length === 0 ? {} : undefined))
  const isFunctionOrLeftOut = typeof fn === 'function' || args.length < 2
  if (typeof options === 'object' && !Array.isArray(options) && isFunctionOrLeftOut) {
    return { options, fn: fn as AnyFunction | undefined }
  }
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `task() was given ${args.map((arg) => (arg === null ? 'null' : typeof arg)).join(', ')}. Write task('name', fn), task({ … }, fn), or one of @task, @task('name') and @task({ … }) above a class or a method.`,
  )
}

/** Compilers give the line of `task()` itself more exactly than that of its application; but one made elsewhere says nothing about this task. */
function nearer(made: Place | undefined, applied: Place | undefined): Place | undefined {
  return made && (!applied || made.file === applied.file) ? made : applied
}
