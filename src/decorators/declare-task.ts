/** Takes a declaration into the registry while its module loads, and attaches the handle. */
import { DeclarationError } from '../kernel/errors.js'
import type { AnyFunction } from '../payload/spec-types.js'
import { adoptClass } from '../registry/adopt-class.js'
import { addMember } from '../registry/class-members.js'
import { membersOf, ownerOf, pendingOf, recordOf, setRecord, type TaskRecord } from '../registry/metadata.js'
import type { Place } from '../registry/place.js'
import { processRegistry } from '../registry/registry.js'
import { checkOptions, type DeclaredOptions } from '../registry/task-options.js'
import { functionRecord, taskFunction } from '../task/task-class.js'
import { attachHandle, refuseOwnMembers } from '../task/task-handle.js'
import type { ClassTarget, MethodTarget, PendingTarget, Target } from './target.js'

/** What was said about a task where it was declared. */
export interface Saying {
  readonly options: object
  readonly place: Place | undefined
}

/**
 * Declares what a decorator was applied to. Gives the task of a function, the class of a class, and nothing for a method.
 * @throws DeclarationError
 */
export function declareTask(target: Target, saying: Saying): unknown {
  const said: Said = {
    options: checkOptions(saying.options, subjectOf(target, saying.options)),
    place: saying.place,
  }
  switch (target.kind) {
    case 'function':
      return declareFunction(target.fn, said)
    case 'class':
      return declareClass(target, said)
    case 'method':
      return declareMethod(target, said)
    case 'pending':
      return declarePending(target, said)
  }
}

/** The same, with its options checked. */
interface Said extends Saying {
  readonly options: DeclaredOptions
}

function declareFunction(fn: AnyFunction, said: Said): object {
  const record = functionRecord({ fn, ...said })
  const { cls } = record.target
  processRegistry().claim([record])
  attachHandle(cls, record)
  setRecord(cls, record)
  return taskFunction(fn, record)
}

function declareClass({ cls, name, metadata }: ClassTarget, said: Said): object {
  if (recordOf(cls)) throw declaredTwice(name)
  const target = { cls, key: 'run', isStatic: false }
  const record: TaskRecord = { kind: 'class', target, label: name, ...said, inherits: undefined }
  refuseOwnMembers(cls, record)
  processRegistry().claim([record])
  attachHandle(cls, record)
  setRecord(cls, record)
  adoptClass(cls, metadata)
  return cls
}

function declareMethod({ cls, key, isStatic }: MethodTarget, said: Said): void {
  if (membersOf(ownerOf(cls, isStatic)).has(key)) throw declaredTwice(`${cls.name}.${key}`)
  const target = { cls, key, isStatic }
  const record: TaskRecord = { kind: 'method', target, label: key, ...said, inherits: undefined }
  processRegistry().claim([record])
  addMember(record)
}

function declarePending({ key, isStatic, metadata }: PendingTarget, said: Said): void {
  const pending = pendingOf(metadata)
  if (pending.some((method) => method.label === key && method.isStatic === isStatic)) throw declaredTwice(key)
  pending.push({ label: key, isStatic, ...said })
}

function subjectOf(target: Target, options: object): string {
  const { name } = options as { readonly name?: unknown }
  const subject = typeof name === 'string' && name !== '' ? name : codeNameOf(target)
  return subject === '' ? 'a task without a name' : `task "${subject}"`
}

function codeNameOf(target: Target): string {
  switch (target.kind) {
    case 'function':
      return target.fn.name
    case 'class':
      return target.name
    case 'method':
      return `${target.cls.name}.${target.key}`
    case 'pending':
      return target.key
  }
}

function declaredTwice(what: string): DeclarationError {
  return new DeclarationError('ERR_TASK_TARGET', `"${what}" has two @task decorators. Keep one of them.`)
}
