/** Refuses the options of a retry policy that cannot be meant, by name. */
import { durationMs, MAX_DELAY_MS, type Duration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import { cutText, safeInspect, safeText } from '../kernel/safe-text.js'

/**
 * The options that were given; one that is undefined counts as not given. `subject` begins the sentence of an error, such as `createRetry()`.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function givenOptions(options: unknown, known: readonly string[], subject: string): Given {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(`${subject} must be an object with options, and it is ${shown(options)}.`)
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const unknown = given.find(([option]) => !known.includes(option))
  if (unknown) throw unknownOption(unknown[0], known, subject)
  return new Map(given)
}

/** Options by their names. */
export type Given = ReadonlyMap<string, unknown>

/** The error for an option that is not what it must be. */
export function wrongOption(subject: string, option: string, must: string, value: unknown): DeclarationError {
  return invalid(`${subject}: option "${option}" must be ${must}, and it is ${shown(value)}.`)
}

/**
 * A delay in milliseconds.
 * @throws DeclarationError ERR_OPTION_INVALID for what is no duration, or longer than the broker can keep a message
 */
export function delayOption(subject: string, option: string, value: unknown): number {
  const ms = durationMs(value as Duration, `${subject}: option "${option}"`)
  if (ms <= MAX_DELAY_MS) return ms
  throw wrongOption(
    subject,
    option,
    'at most 268435455 s (8.5 years), the longest a broker keeps a message',
    value,
  )
}

function unknownOption(option: string, known: readonly string[], subject: string): DeclarationError {
  const [nearest] = nearestNames(option, known, 1)
  const hint = nearest === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${nearest}"?`
  return new DeclarationError(
    'ERR_OPTION_UNKNOWN',
    `${subject} has an unknown option "${safeText(option, 40)}". ${hint}`,
  )
}

function invalid(message: string): DeclarationError {
  return new DeclarationError('ERR_OPTION_INVALID', message)
}

function shown(value: unknown): string {
  return cutText(safeInspect(value), 60)
}
