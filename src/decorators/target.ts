/** What was decorated, under which dialect: a class, a method or a function, or an error that says what to write. */
import { DeclarationError } from '../kernel/errors.js'
import type { AnyFunction } from '../payload/spec-types.js'
import type { TaskConstructor } from '../registry/task-definition.js'

/** A class; under TC39 decorators with the metadata its methods left. */
export interface ClassTarget {
  readonly kind: 'class'
  readonly cls: TaskConstructor
  readonly name: string
  readonly metadata: object | undefined
}

/** A method of a class that is known, as legacy decorators have it. */
export interface MethodTarget {
  readonly kind: 'method'
  readonly cls: TaskConstructor
  readonly key: string
  readonly isStatic: boolean
}

/** A method of a class that is not known yet, as TC39 decorators have it. */
export interface PendingTarget {
  readonly kind: 'pending'
  readonly key: string
  readonly isStatic: boolean
  readonly metadata: object
}

/** A function. */
export interface FunctionTarget {
  readonly kind: 'function'
  readonly fn: AnyFunction
}

/** Whatever can be decorated. */
export type Target = ClassTarget | MethodTarget | PendingTarget | FunctionTarget

/**
 * Reads what a decorator was called with. `decorator` is its name as written, for errors.
 * @throws DeclarationError ERR_TASK_TARGET for anything but a class, a method or a function
 */
export function targetOf(decorator: string, args: readonly unknown[]): Target {
  const [first, second, third] = args
  if (typeof third === 'number') throw misplaced(decorator, `parameter ${third}`)
  if (isStandardContext(second)) return standardTarget(decorator, first, second)
  if (typeof second === 'string' || typeof second === 'symbol') {
    return legacyMember(decorator, { owner: first, key: second, descriptor: third })
  }
  if (typeof first === 'function' && second !== undefined) throw unexpected(decorator, second)
  if (isClass(first)) return { kind: 'class', cls: first, name: first.name, metadata: undefined }
  if (typeof first === 'function') return { kind: 'function', fn: first as AnyFunction }
  throw misplaced(decorator, `a value of type ${first === null ? 'null' : typeof first}`)
}

/** Whether these are the arguments of a decorator that is being applied, and not those of one that is being made. */
export function isApplied([first, second, third]: readonly unknown[]): boolean {
  if (typeof first === 'function' || isStandardContext(second)) return true
  const isKey = typeof second === 'string' || typeof second === 'symbol'
  return typeof first === 'object' && first !== null && (isKey || typeof third === 'number')
}

/** What TC39 decorators are handed as their second argument. */
interface StandardContext {
  readonly kind: string
  readonly name: string | symbol | undefined
  readonly static?: boolean
  readonly private?: boolean
  readonly metadata?: object
}

interface LegacyMember {
  readonly owner: unknown
  readonly key: string | symbol
  readonly descriptor: unknown
}

function isStandardContext(value: unknown): value is StandardContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'addInitializer' in value
}

function standardTarget(decorator: string, value: unknown, context: StandardContext): Target {
  const { kind, name, metadata } = context
  if (kind === 'class') return standardClass(value as TaskConstructor, context)
  if (kind !== 'method') throw misplaced(decorator, `the ${kind} "${String(name)}"`)
  if (context.private === true)
    throw misplaced(decorator, `the private method "${String(name)}", which nothing outside can call`)
  if (typeof name !== 'string') throw misplaced(decorator, `the method [${String(name)}], which has no name`)
  if (metadata) return { kind: 'pending', key: name, isStatic: context.static === true, metadata }
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `@${decorator} on the method "${name}" cannot tell to which class it belongs: the compiler handed it no context.metadata. Use one that knows decorator metadata (TypeScript 5.2 or later, or swc with decoratorVersion "2023-11").`,
  )
}

/** Some compilers name the class only after its decorators ran. */
function standardClass(cls: TaskConstructor, { name, metadata }: StandardContext): ClassTarget {
  return { kind: 'class', cls, name: typeof name === 'string' ? name : cls.name, metadata }
}

function legacyMember(decorator: string, { owner, key, descriptor }: LegacyMember): MethodTarget {
  const isStatic = typeof owner === 'function'
  const cls = (isStatic ? owner : (owner as object).constructor) as TaskConstructor
  const shown = typeof key === 'string' ? `"${cls.name}.${key}"` : `[${String(key)}] of "${cls.name}"`
  const kind = memberKind(descriptor)
  if (kind !== 'method') throw misplaced(decorator, `the ${kind} ${shown}`)
  if (typeof key === 'string') return { kind, cls, key, isStatic }
  throw misplaced(decorator, `the method ${shown}, which has no name`)
}

function memberKind(descriptor: unknown): string {
  if (typeof descriptor !== 'object' || descriptor === null) return 'field'
  const { get, set, value } = descriptor as PropertyDescriptor
  if (get ?? set) return get ? 'getter' : 'setter'
  return typeof value === 'function' ? 'method' : 'field'
}

/** Whether a value is a class: its prototype cannot be written to, that of a function can; a class compiled to ES5 gives itself away by its run(). */
export function isClass(value: unknown): value is TaskConstructor {
  if (typeof value !== 'function') return false
  const prototype = Object.getOwnPropertyDescriptor(value, 'prototype')
  if (prototype?.writable === false) return true
  return typeof (prototype?.value as { readonly run?: unknown } | null | undefined)?.run === 'function'
}

function unexpected(decorator: string, second: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `${decorator}() was given a function or class and then a value of type ${typeof second}. Options come first: ${decorator === 'task' ? 'task({ … }, fn)' : `${decorator}({ … })(fn)`}.`,
  )
}

function misplaced(decorator: string, what: string): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `@${decorator} cannot decorate ${what}. Only classes, methods and functions can be tasks: write it above a class with run() or above a method such as async send() { … }, or call ${decorator === 'task' ? "task('name', fn)" : `${decorator}({ … })(fn)`}.`,
  )
}
