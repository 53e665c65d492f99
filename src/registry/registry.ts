/** Tasks by name: the registry of the process, and those of apps that keep their own. */
import { DeclarationError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import { taskMembers } from './class-members.js'
import { checkDeclaration, definitionOf } from './define-tasks.js'
import { processTasks, recordOf, type TaskRecord } from './metadata.js'
import { isSamePlace } from './place.js'
import type { TaskConstructor, TaskDefinition } from './task-definition.js'
import { describe, taskName } from './task-name.js'

/** What `Registry.add` takes: what `task()` returned for a function, a task class, or a class with task methods. */
export type Declared = TaskConstructor | ((...args: never[]) => unknown)

/** The tasks an app knows, by name. Without one of its own an app uses the one of the process, which decorators write to. */
export class Registry {
  readonly #tasks: Map<string, TaskRecord>

  /** A registry with no tasks in it. */
  constructor()
  /** @internal */
  constructor(tasks: Map<string, TaskRecord>)
  constructor(tasks = new Map<string, TaskRecord>()) {
    this.#tasks = tasks
  }

  /**
   * Adds tasks. Of a class: itself, if it is one, and its task methods, inherited ones included. Adding again what is there changes nothing.
   * @throws DeclarationError ERR_TASK_TARGET for what is no task, ERR_TASK_DUPLICATE when another task has the name; then none of the value's tasks is added
   */
  add(...declared: Declared[]): this {
    for (const value of declared) {
      const records = recordsOf(value)
      if (records.length === 0) throw notATask(value)
      this.claim(records)
    }
    return this
  }

  /** The task of this name; undefined when there is none. */
  get(name: string): TaskDefinition | undefined {
    const record = this.#tasks.get(name)
    return record && definitionOf(record)
  }

  /** Whether there is a task of this name. */
  has(name: string): boolean {
    return this.#tasks.has(name)
  }

  /** Every name, sorted. */
  names(): string[] {
    return [...this.#tasks.keys()].sort()
  }

  /** Up to three names that this one was probably meant to be, closest first. */
  nearest(name: string): string[] {
    return nearestNames(name, this.#tasks.keys())
  }

  /** Every task, in the order of the names. */
  all(): TaskDefinition[] {
    return this.names().flatMap((name) => this.get(name) ?? [])
  }

  /**
   * Takes declarations in, all or none.
   * @internal
   */
  claim(records: readonly TaskRecord[]): void {
    const claimed = new Map<string, TaskRecord>()
    for (const record of records) {
      checkDeclaration(record)
      const name = taskName(record)
      refuseDuplicate(record, claimed.get(name) ?? this.#tasks.get(name))
      claimed.set(name, record)
    }
    for (const [name, record] of claimed) this.#tasks.set(name, record)
  }
}

/** The registry of the process, shared by every copy of the package that is loaded in it. */
export function processRegistry(): Registry {
  return (processWide ??= new Registry(processTasks()))
}

let processWide: Registry | undefined

/** Every task a value stands for. */
function recordsOf(value: Declared): TaskRecord[] {
  if (typeof value !== 'function') return []
  const own = recordOf(value)
  const members = typeof value.prototype === 'object' ? taskMembers(value as TaskConstructor) : []
  return own ? [own, ...members] : members
}

function notATask(value: unknown): DeclarationError {
  const name =
    typeof value === 'function' && value.name !== '' ? `"${value.name}"` : `a value of type ${typeof value}`
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `Registry.add() was given ${name}, which is no task. Give it what task() returned for a function, or a class with @task() on it or on its methods.`,
  )
}

/** A declaration at the same spot is the same one, of a module that was loaded again: the newer one counts. */
function refuseDuplicate(record: TaskRecord, known: TaskRecord | undefined): void {
  if (!known || known === record) return
  if (isSamePlace(known.place, record.place) && describe(known) === describe(record)) return
  throw new DeclarationError(
    'ERR_TASK_DUPLICATE',
    `Task "${taskName(record)}" is declared twice, by ${describe(known, record.place)} and ${describe(record, known.place)}. Give one of them another name: @task({ name: … }).`,
  )
}
