/** Looks at values that anybody made, such as what a task throws: a look never throws, whatever getters and proxies do. */
import { types } from 'node:util'

/** Whether a value is an Error, of this realm or another. */
export function isError(value: unknown): value is object {
  try {
    return types.isNativeError(value) || value instanceof Error
  } catch {
    return false
  }
}

/** What a property holds; undefined when reading it throws. */
export function readProperty(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key]
  } catch {
    return undefined
  }
}

/** Whether a value is a list; a revoked proxy is none. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}
