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
  const least = ageMs(filter, 'olderThan') ?? -1
  const most = ageMs(filter, 'newerThan') ?? Infinity
  const isAged = filter.olderThan !== undefined || filter.newerThan !== undefined
  return (letter) =>
    (id === undefined || letter.id === id) &&
    (task === undefined || letter.taskName === task) &&
    (queue === undefined || letter.queue === queue) &&
    (error === undefined || isOf(letter, error)) &&
    (!isAged || (letter.age !== undefined && letter.age > least && letter.age < most))
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
  for (const [name, value] of Object.entries(filter)) {
    if (!NAMES.includes(name)) throw unknownPart(name)
    const isText = typeof value === 'string' && value !== ''
    if (isText || (value !== undefined && (DURATIONS as readonly string[]).includes(name))) continue
    throw new PayloadError(
      'ERR_OPTION_INVALID',
      `"${name}" of a filter of dead letters is ${value === '' ? 'empty' : safeInspect(value)}. Leave it out to mean all; nothing was done.`,
    )
  }
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
