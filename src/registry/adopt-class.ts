/** Registers the task methods of a class once something names the class: TC39 decorators never see it, and base classes never know of their subclasses. */
import { baseClass, bindPending, taskMembers } from './class-members.js'
import { metadataOf, type TaskRecord } from './metadata.js'
import { processRegistry } from './registry.js'
import type { TaskConstructor } from './task-definition.js'

/**
 * Registers every task method of a class and of its base classes, theirs first; gives those of the class. Doing it again changes nothing.
 * @throws DeclarationError as a declaration does
 */
export function adoptClass(cls: TaskConstructor, metadata = metadataOf(cls)): TaskRecord[] {
  const base = baseClass(cls)
  if (base) adoptClass(base)
  bindPending(cls, metadata)
  const members = taskMembers(cls)
  processRegistry().claim(members)
  return members
}
