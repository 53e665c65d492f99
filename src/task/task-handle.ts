/** Builds the handle of a task, and attaches it to a class. */
import { DeclarationError, PayloadError } from '../kernel/errors.js'
import { baseClass } from '../registry/class-members.js'
import { definitionOf } from '../registry/define-tasks.js'
import { recordOf, type TaskRecord } from '../registry/metadata.js'
import type { TaskConstructor } from '../registry/task-definition.js'
import { describe, taskName } from '../registry/task-name.js'
import type { CallOptions } from './call-options.js'
import { currentApp, type SendManyOptions } from './current-app.js'
import type { TaskHandle } from './handle-types.js'
import { signature } from './signature.js'

/** The handle of any task, before types say more. */
export type AnyHandle = TaskHandle<readonly unknown[], unknown>

/** The handle of a recorded task. It looks for the app when a call is made. */
export function handleOf(record: TaskRecord): AnyHandle {
  const known = handles.get(record)
  if (known) return known
  const handle = makeHandle(record)
  handles.set(record, handle)
  return handle
}

/**
 * The handle of a task class.
 * @throws DeclarationError ERR_TASK_TARGET when it is none, as a subclass of one is not
 */
export function handleOfClass(cls: object): AnyHandle {
  const record = recordOf(cls)
  if (record) return handleOf(record)
  throw new DeclarationError('ERR_TASK_TARGET', notATask(cls))
}

/** Attaches the handle of a task to its class, as static members; the class itself stays what it is. */
export function attachHandle(cls: TaskConstructor, record: TaskRecord): void {
  Object.defineProperties(cls, staticMembers(record))
}

/**
 * Refuses a class that has static members of its own where the handle's go.
 * @throws DeclarationError ERR_TASK_TARGET
 */
export function refuseOwnMembers(cls: TaskConstructor, record: TaskRecord): void {
  const taken = ['taskName', 'delay', 'applyAsync', 's', 'delayMany'].find((member) =>
    Object.hasOwn(cls, member),
  )
  if (taken === undefined) return
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `${describe(record)} cannot be a task: it has a static member "${taken}" of its own, where a task class has the handle's. Rename it.`,
  )
}

const handles = new WeakMap<TaskRecord, AnyHandle>()

function makeHandle(record: TaskRecord): AnyHandle {
  const name = taskName(record)
  const sign = (args: readonly unknown[], options?: CallOptions) => {
    const checked = list(args, `the arguments of "${name}"`)
    return signature({
      taskName: name,
      args: checked,
      options: options ?? {},
      definition: definitionOf(record),
    })
  }
  // Async functions, so that whatever is thrown on the way rejects; they run up to the app's own first wait before they return. Not frozen: tests replace delay().
  return {
    taskName: name,
    delay: async (...args) => currentApp().send(sign(args)),
    applyAsync: async (args, options) => currentApp().send(sign(args, options)),
    s: (...args) => sign(args),
    delayMany: async (calls, options) => {
      const lists = list(calls, `the calls of "${name}"`) as readonly (readonly unknown[])[]
      return currentApp().sendMany(
        lists.map((args) => sign(args)),
        options,
      )
    },
  }
}

function list(value: readonly unknown[], what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new PayloadError('ERR_ARGUMENTS', `What was given as ${what} is no array. Nothing was sent.`)
}

/** What to say about something that should be a class. */
export function notAClass(what: string, given: unknown): string {
  const why = given === undefined ? ' A circular import leaves a class undefined while modules load.' : ''
  return `${what} was expected, and what was given is ${given === null ? 'null' : `of type ${typeof given}`}.${why}`
}

/** Static members are inherited by subclasses, which are not the same task: each call looks at the class it is made on. */
function staticMembers(record: TaskRecord): PropertyDescriptorMap {
  const handle = (self: unknown) => (typeof self === 'function' ? handleOfClass(self) : handleOf(record))
  const method = (value: (this: unknown, ...args: never[]) => unknown) => ({
    value,
    configurable: true,
    writable: true,
  })
  return {
    taskName: {
      get(this: unknown) {
        return handle(this).taskName
      },
      configurable: true,
    },
    delay: method(async function (...args) {
      return handle(this).delay(...args)
    }),
    applyAsync: method(async function (args, options?: CallOptions) {
      return handle(this).applyAsync(args, options)
    }),
    s: method(function (...args) {
      return handle(this).s(...args)
    }),
    delayMany: method(async function (calls, options?: SendManyOptions) {
      return handle(this).delayMany(calls, options)
    }),
  }
}

function notATask(cls: unknown): string {
  if (typeof cls !== 'function') return notAClass('A task class', cls)
  const name = cls.name === '' ? 'This class' : `"${cls.name}"`
  const base = nearestTask(cls as TaskConstructor)
  return base === undefined
    ? `${name} is no task. Put @task() on the class, or use tasks() if its methods are the tasks.`
    : `${name} is no task: it extends the task "${base}", and a subclass is a task of its own. Put @task() on it too.`
}

function nearestTask(cls: TaskConstructor): string | undefined {
  const base = baseClass(cls)
  const record = base && recordOf(base)
  return record ? taskName(record) : base && nearestTask(base)
}
