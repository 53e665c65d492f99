/** Which dead letters are meant: a filter, checked before it is used, because one that is misread would throw the wrong ones away. */
import { PayloadError } from '../kernel/errors.js'
import { callDurationMs, type Duration } from '../kernel/duration.js'
import { nearestNames } from '../kernel/nearest.js'
import { safeInspect, safeText } from '../kernel/safe-text.js'
import type { DeadLetter } from './dead-letter.js'

/** Which dead letters are meant: those that everything given here is true of; `{}` means all of them. */
export interface DeadLetterFilter {
  readonly id?: string
  /** The name of the task, in full. */
  readonly task?: string
  /** The error's code, the name of its class, or the reason: `ERR_TASK_FAILED`, `TypeError`, `expired`. */
  readonly error?: string
  /** The queue it came from. */
  readonly queue?: string
  /** Dead for longer than this; one that does not say since when is not meant. */
  readonly olderThan?: Duration
  /** Dead for less long than this; likewise. */
  readonly newerThan?: Duration
}

const TEXTS = ['id', 'task', 'error', 'queue'] as const
const DURATIONS = ['olderThan', 'newerThan'] as const
const NAMES: readonly string[] = [...TEXTS, ...DURATIONS]

/**
 * Tells whether a letter is meant.
 * @throws PayloadError ERR_OPTION_UNKNOWN for a name that is no part of a filter, ERR_OPTION_INVALID for a part that is there without a value (leave it out to mean all)
 */
export function letterMatcher(filter: DeadLetterFilter): (letter: DeadLetter) => boolean {
  checkFilter(filter)
  const { id, task, error, queue } = filter
  const least = ageMs(filter, 'olderThan')
  const most = ageMs(filter, 'newerThan')
  const rules: ((letter: DeadLetter) => boolean)[] = []
  if (id !== undefined) rules.push((letter) => letter.id === id)
  if (task !== undefined) rules.push((letter) => letter.taskName === task)
  if (queue !== undefined) rules.push((letter) => letter.queue === queue)
  if (error !== undefined) rules.push((letter) => isOf(letter, error))
  if (least !== undefined) rules.push(({ age }) => age !== undefined && age > least)
  if (most !== undefined) rules.push(({ age }) => age !== undefined && age < most)
  return (letter) => rules.every((rule) => rule(letter))
}

function isOf({ code, errorName, reason }: DeadLetter, error: string): boolean {
  return code === error || errorName === error || reason === error
}

function checkFilter(filter: DeadLetterFilter): void {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
    throw new PayloadError(
      'ERR_OPTION_INVALID',
      `A filter of dead letters is ${safeInspect(filter)}. It is an object such as { task: 'mail.send' }, or {} for all of them.`,
    )
  }
  for (const [name, value] of Object.entries(filter)) checkPart(name, value)
}

function checkPart(name: string, value: unknown): void {
  if (!NAMES.includes(name)) throw unknownPart(name)
  const isDuration = (DURATIONS as readonly string[]).includes(name) && value !== undefined
  if (isDuration || (typeof value === 'string' && value !== '')) return
  throw new PayloadError(
    'ERR_OPTION_INVALID',
    `"${name}" of a filter of dead letters is ${value === '' ? 'empty' : safeInspect(value)}. Leave it out to mean all; nothing was done.`,
  )
}

function ageMs(filter: DeadLetterFilter, name: (typeof DURATIONS)[number]): number | undefined {
  const value = filter[name]
  return value === undefined
    ? undefined
    : callDurationMs(value, `"${name}" of a filter of dead letters`, 'Nothing was done.')
}

function unknownPart(name: string): PayloadError {
  const [nearest] = nearestNames(name, NAMES)
  const hint = nearest === undefined ? ` There are: ${NAMES.join(', ')}.` : ` Did you mean "${nearest}"?`
  return new PayloadError(
    'ERR_OPTION_UNKNOWN',
    `A filter of dead letters has an unknown part "${safeText(name, 60)}".${hint} Nothing was done.`,
  )
}
