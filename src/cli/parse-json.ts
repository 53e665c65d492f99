/** Reads JSON that was typed, with the precision of a message: integers beyond 2^53 and tagged values are what they say. */
import { valueFromJson } from '../app.js'
import { isTaskalopeError } from '../kernel/errors.js'
import { UsageError } from './usage-error.js'

/**
 * The JSON array of a call's arguments.
 * @throws UsageError ERR_ARGUMENTS, saying at which character it goes wrong
 */
export function jsonArray(option: string, text: string): readonly unknown[] {
  const value = fromJson(option, text)
  if (Array.isArray(value)) return value
  throw new UsageError(
    `${option} must be a JSON array with one element for each argument, such as '[2, 3]', and it is ${kindOf(value)}.`,
    'ERR_ARGUMENTS',
  )
}

/**
 * A JSON object.
 * @throws UsageError ERR_ARGUMENTS
 */
export function jsonObject(option: string, text: string): Readonly<Record<string, unknown>> {
  const value = fromJson(option, text)
  if (kindOf(value) === 'an object') return value as Readonly<Record<string, unknown>>
  throw new UsageError(
    `${option} must be a JSON object, such as '{"c": 4}', and it is ${kindOf(value)}.`,
    'ERR_ARGUMENTS',
  )
}

function fromJson(option: string, text: string): unknown {
  try {
    return valueFromJson(text)
  } catch (error) {
    if (!isTaskalopeError(error)) throw error
    throw new UsageError(`${option} cannot be read: ${reasonOf(error.message)}`, 'ERR_ARGUMENTS')
  }
}

/** The serializer speaks of a body and its sender; what happened and where is the same. */
function reasonOf(message: string): string {
  const [what = message] = message.split(/(?<=\.) /)
  return what.replace(/^The body/, 'it')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return `a ${typeof value}`
  return Object.getPrototypeOf(value) === Object.prototype ? 'an object' : `a ${value.constructor.name}`
}
