/** The options a task is declared with, and their checks. */
import { durationMs, type Duration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import { isParamSpec, notASpec, type ParamSpec } from '../payload/param-spec.js'
import { celeryEquivalent } from './celery-options.js'
import type { HookRequest, TaskHooks } from './task-definition.js'

/** What a task decides for all its calls; `R` is what its hooks are handed. */
export interface DeclaredOptions<R = HookRequest> extends TaskHooks<R> {
  /** The name on the wire; default the name of the function or class, or `Class.method`. Give one in production: minifiers rename functions. */
  readonly name?: string
  /** The queue its calls go to; default the app's default queue. */
  readonly queue?: string
  /** 0 (default) to 9, higher first; only queues declared with `maxPriority` look at it. */
  readonly priority?: number
  /** How long a call stays wanted; default for ever. A bare number is milliseconds. */
  readonly expires?: Duration
  /** Nobody waits for results: none are sent. Default false. */
  readonly ignoreResult?: boolean
  /** Whether a call that failed for good goes to the dead letters; default true. */
  readonly deadLetter?: boolean
  /** How many runs a call may have over all its retry policies, the first one included: 1 to 1 000 001; default as many as they allow. */
  readonly maxRuns?: number
  /** The types of the parameters: classes, Standard Schemas, `listOf`, `optional`, `mapOf`, `oneOf`. They decide how many arguments a call must have. */
  readonly params?: readonly ParamSpec[]
  /** The type of the result. */
  readonly returns?: ParamSpec
}

/**
 * A frozen copy of the options of the task that `subject` calls by name, without those that are undefined.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function checkOptions(options: object, subject: string): DeclaredOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [option, value] of given) checkOption(option, value, subject)
  const checked = Object.fromEntries(given) as DeclaredOptions
  return Object.freeze(checked.params ? { ...checked, params: Object.freeze([...checked.params]) } : checked)
}

/** What is wrong with a value, in words that follow "it"; undefined when nothing is. */
type Check = (value: unknown) => string | undefined

const CHECKS: Readonly<Record<keyof DeclaredOptions, Check>> = {
  name: must('be a text', (value) => typeof value === 'string'),
  queue: must(
    'be a text of 1 to 255 bytes without control characters, not starting with "amq."',
    (value) => typeof value === 'string' && isQueueName(value),
  ),
  priority: must(
    'be a whole number from 0 to 9',
    (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9,
  ),
  expires: must('be longer than 0', (value) => durationMs(value as Duration, 'expires') > 0),
  ignoreResult: must('be true or false', isBoolean),
  deadLetter: must('be true or false', isBoolean),
  maxRuns: must(
    'be a whole number from 1 to 1000001',
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1_000_001,
  ),
  params: checkParams,
  returns: (value) => (isParamSpec(value) ? undefined : `must be a type, and it is ${notASpec(value)}`),
  beforeStart: must('be a function', isFunction),
  onSuccess: must('be a function', isFunction),
  onRetry: must('be a function', isFunction),
  onFailure: must('be a function', isFunction),
  afterRun: must('be a function', isFunction),
}

const NAMES = Object.keys(CHECKS)

function checkOption(option: string, value: unknown, subject: string): void {
  if (!Object.hasOwn(CHECKS, option)) throw unknownOption(option, subject)
  const what = `Option "${option}" of ${subject}`
  // Refuses what is no duration in words of its own, which name the option.
  if (option === 'expires') durationMs(value as Duration, what)
  const complaint = CHECKS[option as keyof DeclaredOptions](value)
  if (complaint !== undefined) throw new DeclarationError('ERR_OPTION_INVALID', `${what} ${complaint}.`)
}

function unknownOption(option: string, subject: string): DeclarationError {
  const [nearest] = nearestNames(option, NAMES, 1)
  const listed = nearest ? `Did you mean "${nearest}"?` : `There are: ${NAMES.join(', ')}.`
  const hint = celeryEquivalent(option) ?? listed
  const shown = JSON.stringify(option.slice(0, 100))
  return new DeclarationError(
    'ERR_OPTION_UNKNOWN',
    `${capitalised(subject)} has an unknown option ${shown}. ${hint}`,
  )
}

function must(rule: string, isGood: (value: unknown) => boolean): Check {
  return (value) => (isGood(value) ? undefined : `must ${rule}, and it is ${shown(value)}`)
}

function checkParams(value: unknown): string | undefined {
  if (!Array.isArray(value))
    return `must be a list of types, one for each parameter, and it is ${shown(value)}`
  const wrong = Array.from(value, isParamSpec).indexOf(false)
  return wrong < 0 ? undefined : `must be a list of types, and [${wrong}] is ${notASpec(value[wrong])}`
}

function isQueueName(name: string): boolean {
  const bytes = Buffer.byteLength(name)
  return bytes > 0 && bytes <= 255 && !/\p{Cc}/u.test(name) && !name.startsWith('amq.')
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function shown(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60))
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
