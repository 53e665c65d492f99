/** What a value is to a serializer: plain data, a built-in type that travels tagged, or something that only looks like data. */
import { types } from 'node:util'
import { escapeControls } from '../kernel/safe-text.js'

/** The built-in types that travel tagged. */
export type TaggedKind = 'date' | 'bytes' | 'map' | 'set'

/** Whether an object was made by `{}` or `Object.create(null)`, in this realm or another: it has no class whose instance it would stop being. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/** Whether an array is of no subclass, in this realm or another. */
export function isPlainArray(value: readonly unknown[]): boolean {
  return Object.getPrototypeOf(value) === Array.prototype || ancestors(value) === 2
}

/** Which tagged type a value is of, exactly: a subclass would come back as its base. */
export function taggedKindOf(value: object): TaggedKind | undefined {
  if (types.isDate(value)) return ancestors(value) === 2 ? 'date' : undefined
  if (types.isMap(value)) return ancestors(value) === 2 ? 'map' : undefined
  if (types.isSet(value)) return ancestors(value) === 2 ? 'set' : undefined
  if (types.isUint8Array(value))
    return ancestors(value) === (Buffer.isBuffer(value) ? 4 : 3) ? 'bytes' : undefined
  return undefined
}

/** What a value that cannot travel is, in words, without its contents. */
export function wordsFor(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null ? String(value) : `a ${typeof value}`
  return `an instance of ${classNameOf(value)}`
}

function classNameOf(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? escapeControls(name.slice(0, 100)) : 'a class'
}

function ancestors(value: object): number {
  let count = 0
  for (let next: unknown = Object.getPrototypeOf(value); next !== null; next = Object.getPrototypeOf(next))
    count += 1
  return count
}
