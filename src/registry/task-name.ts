/** What a task is called: its own name or the one of its code, checked, and how people are told of it. */
import { DeclarationError } from '../kernel/errors.js'
import type { TaskRecord } from './metadata.js'
import { showPlace, type Place } from './place.js'

const MAX_LENGTH = 255
const LEGAL = /^[A-Za-z0-9_$][\w$.:/-]*$/

/**
 * The name of a task: the option, else that of the function or the class, else `Class.method`.
 * @throws DeclarationError ERR_TASK_NAME when there is none, or not a legal one
 */
export function taskName(record: TaskRecord): string {
  const name = record.options.name ?? codeName(record)
  if (isLegal(name)) return name
  if (name === '' && record.options.name === undefined)
    throw new DeclarationError('ERR_TASK_NAME', noName(record))
  throw new DeclarationError(
    'ERR_TASK_NAME',
    `${JSON.stringify(name.slice(0, 80))} cannot be the name of the task ${describe(record)}. A name is 1 to ${MAX_LENGTH} letters (A to Z), digits and _ $ . : / - and starts with a letter, a digit, _ or $. Give it one: ${howToName(record)}.`,
  )
}

/** `EmailTasks.send (mail.ts:12)`, for people. */
export function describe(record: TaskRecord, apartFrom?: Place): string {
  const label = showCode(record)
  return record.place ? `${label} (${showPlace(record.place, apartFrom)})` : label
}

/** What the code itself is called: `add`, `ProcessImage`, `Emails.send`; empty where it has no name. */
function codeName({ kind, label, target }: TaskRecord): string {
  if (kind !== 'method') return label
  const className = target.cls.name
  return className === '' ? '' : `${className}.${label}`
}

function isLegal(name: string): boolean {
  return name.length <= MAX_LENGTH && LEGAL.test(name)
}

/** The code's own name, or that of the task where the code has none; both may be anything, until they are checked. */
function showCode(record: TaskRecord): string {
  const { name = '' } = record.options
  const label = codeName(record) || (isLegal(name) ? name : 'an anonymous function')
  return label.slice(0, 2 * MAX_LENGTH).replace(/\p{Cc}/gu, '?')
}

function noName(record: TaskRecord): string {
  const where = record.place ? ` (${showPlace(record.place)})` : ''
  if (record.kind === 'function') {
    return `A task has no name: a function passed straight to task() as an arrow has none${where}. Write task('name', fn), task({ name: 'name' }, fn), or task(async function name() { … }).`
  }
  return `A task has no name: its class has none${where}. Write ${howToName(record)}, or name the class.`
}

function howToName({ kind }: TaskRecord): string {
  return kind === 'function' ? `task({ name: 'name' }, fn)` : `@task({ name: 'name' })`
}
