/** The Task class behind a function task: its run() is the function. */
import type { AnyFunction } from '../payload/spec-types.js'
import { recordOf, setRecord, type TaskRecord } from '../registry/metadata.js'
import type { Place } from '../registry/place.js'
import { copyRetryRules } from '../registry/retry-rules.js'
import type { DeclaredOptions } from '../registry/task-options.js'
import { taskName } from '../registry/task-name.js'
import { localContext } from './local-context.js'
import { Task } from './task.js'
import { currentTask } from './task-context.js'
import { handleOf } from './task-handle.js'

/** What a function task is declared with. */
export interface FunctionDeclaration {
  readonly fn: AnyFunction
  readonly options: DeclaredOptions
  readonly place: Place | undefined
}

/** A record for a function, with a class generated for it. The function's retry policies are the class's, so that whoever extends it inherits them. */
export function functionRecord({ fn, options, place }: FunctionDeclaration): TaskRecord {
  const cls = taskClassOf(fn, options.name ?? fn.name)
  copyRetryRules(recordOf(fn)?.target.cls ?? fn, cls)
  const target = { cls, key: 'run', isStatic: false }
  return { kind: 'function', target, label: fn.name, options, place, inherits: undefined }
}

/** The function a task module exports: called, it is the user's function; its members are the task's handle. */
export function taskFunction(fn: AnyFunction, record: TaskRecord): object {
  const name = taskName(record)
  const callable = (...args: readonly unknown[]): unknown => callHere(fn, name, args)
  Object.defineProperty(callable, 'name', { value: fn.name === '' ? name : fn.name, configurable: true })
  Object.defineProperty(callable, 'length', { value: fn.length, configurable: true })
  setRecord(callable, record)
  return Object.assign(callable, handleOf(record), { Task: record.target.cls })
}

function taskClassOf(fn: AnyFunction, name: string): typeof Task {
  const generated = class extends Task {
    override run(...args: readonly unknown[]): unknown {
      return callHere(fn, name, args)
    }
  }
  Object.defineProperty(generated, 'name', { value: name, configurable: true })
  return generated
}

/** A function written with `this: TaskContext` gets the attempt it is part of, or a stand-in. */
function callHere(fn: AnyFunction, name: string, args: readonly unknown[]): unknown {
  const call = fn as (this: unknown, ...args: readonly unknown[]) => unknown
  return call.apply(currentTask() ?? localContext(name, args), [...args])
}
