/** `taskOf(Class)` and `tasks(Class)`: typed handles where TypeScript cannot see what a decorator did. */
import { DeclarationError } from '../kernel/errors.js'
import type { AnyClass } from '../payload/param-spec.js'
import { adoptClass } from '../registry/adopt-class.js'
import { baseClass, taskMembers } from '../registry/class-members.js'
import type { TaskRecord } from '../registry/metadata.js'
import type { TaskConstructor } from '../registry/task-definition.js'
import type { ClassHandle, RunnableClass, TaskMethods } from './handle-types.js'
import { handleOf, handleOfClass, notAClass } from './task-handle.js'

/**
 * The handle of a task class that does not extend `Task`.
 * @throws DeclarationError ERR_TASK_TARGET when the class is no task
 */
export function taskOf<C extends RunnableClass>(cls: C): ClassHandle<C> {
  return handleOfClass(cls) as ClassHandle<C>
}

/**
 * The handles of the task methods of a class, instance and static ones, by the methods' names; where both exist, the instance's.
 * Under TC39 decorators this is also what registers them, so call it where the class is declared: `export const emails = tasks(Emails)`.
 * Reading a method that is no task throws.
 * @throws DeclarationError ERR_TASK_TARGET when the class has no task method, and what a declaration can throw
 */
export function tasks<C extends AnyClass>(cls: C): TaskMethods<C> {
  if (typeof cls !== 'function')
    throw new DeclarationError('ERR_TASK_TARGET', notAClass('A class with task methods', cls))
  const known = handlesOfClass.get(cls)
  if (known) return known as TaskMethods<C>
  const members = adoptClass(cls as AnyClass as TaskConstructor)
  if (members.length === 0) throw noTaskMethods(cls)
  const handles = handlesOf(members, cls as AnyClass as TaskConstructor)
  handlesOfClass.set(cls, handles)
  return handles as TaskMethods<C>
}

const handlesOfClass = new WeakMap<object, object>()

function handlesOf(members: readonly TaskRecord[], cls: TaskConstructor): object {
  const handles = Object.create(null) as object
  for (const key of methodNames(cls))
    Object.defineProperty(handles, key, { get: refusal(cls, key), configurable: true })
  // Instance methods last: they win over static ones of the same name.
  for (const isStatic of [true, false]) {
    for (const record of members.filter(({ target }) => target.isStatic === isStatic)) {
      Object.defineProperty(handles, record.label, {
        value: handleOf(record),
        enumerable: true,
        configurable: true,
      })
    }
  }
  return Object.freeze(handles)
}

/** The methods a class shows TypeScript, so that one that is no task can say so. */
function methodNames(cls: TaskConstructor): string[] {
  const names = [cls as object, cls.prototype as object].flatMap((owner) =>
    Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(([name, { value }]) =>
      typeof value === 'function' && name !== 'constructor' ? [name] : [],
    ),
  )
  const base = baseClass(cls)
  return base ? [...methodNames(base), ...names] : names
}

function refusal(cls: TaskConstructor, key: string): () => never {
  return () => {
    const method = `"${cls.name}.${key}"`
    const named = inheritedName(cls, key)
    const why =
      named === undefined
        ? `${method} is no task. Put @task() on the method.`
        : `${method} is inherited, and its name "${named}" is that of the base class's task. Declare the method in ${cls.name} too, with a name of its own: @task({ name: … }).`
    throw new DeclarationError('ERR_TASK_TARGET', why)
  }
}

/** The name under which a base class has a task method; undefined where it has none. */
function inheritedName(cls: TaskConstructor, key: string): string | undefined {
  const base = baseClass(cls)
  if (!base) return undefined
  const record = taskMembers(base).find(({ label }) => label === key)
  return record?.options.name ?? inheritedName(base, key)
}

function noTaskMethods(cls: AnyClass): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `"${cls.name}" has no task methods. Put @task() on them, or use taskOf() if the class itself is the task.`,
  )
}
