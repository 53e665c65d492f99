/** The task methods of a class: those its body declares, and those it inherits. */
import { membersOf, metadataOf, ownerOf, pendingOf, type TaskRecord } from './metadata.js'
import type { TaskConstructor } from './task-definition.js'

/**
 * Every task method of a class, instance and static. Those of its base classes are tasks of this class too and run on its instances,
 * unless they were given a name: one name is one task, the base class's.
 */
export function taskMembers(cls: TaskConstructor): TaskRecord[] {
  bindPending(cls, metadataOf(cls))
  const base = baseClass(cls)
  for (const record of base ? taskMembers(base) : []) inherit(record, cls)
  return [...membersOf(ownerOf(cls, false)).values(), ...membersOf(ownerOf(cls, true)).values()]
}

/** Tells the methods that a TC39 class body declared which class that was; legacy decorators know from the start. */
export function bindPending(cls: TaskConstructor, metadata: object | undefined): void {
  if (!metadata) return
  for (const { isStatic, ...method } of pendingOf(metadata).splice(0)) {
    addMember({
      ...method,
      kind: 'method',
      target: { cls, key: method.label, isStatic },
      inherits: undefined,
    })
  }
}

/** Records a task method under its class and key. */
export function addMember(record: TaskRecord): void {
  const { cls, isStatic } = record.target
  membersOf(ownerOf(cls, isStatic)).set(record.label, record)
}

/** The class a class extends; undefined where it extends none. */
export function baseClass(cls: TaskConstructor): TaskConstructor | undefined {
  const base: unknown = Object.getPrototypeOf(cls)
  return typeof base === 'function' && base !== Function.prototype ? (base as TaskConstructor) : undefined
}

function inherit(record: TaskRecord, cls: TaskConstructor): void {
  const { options, target, label } = record
  if (options.name !== undefined || membersOf(ownerOf(cls, target.isStatic)).has(label)) return
  addMember({ ...record, target: { ...target, cls }, inherits: record })
}
