/** What each option of an app must be, and the refusal of what is not. */
import { DeclarationError } from './kernel/errors.js'
import { nearestNames } from './kernel/nearest.js'
import { cutText, safeInspect, safeText } from './kernel/safe-text.js'
import { isQueueName } from './task/call-options.js'

/** What a value must be, in words and as a check. */
type Rule = readonly [must: string, holds: (value: unknown) => boolean]

const QUEUE_NAME = '1-199 bytes of text, no control characters, not starting with "amq."'

const RULES: Readonly<Record<string, Rule>> = {
  broker: ['a URL or a Broker', (value) => typeof value === 'string' || has(value, BROKER_METHODS)],
  results: ['true or false', isBoolean],
  queues: [`an object with the options of each queue by its name (${QUEUE_NAME})`, areQueues],
  // Which numbers they may be is said where they are used.
  deadLetters: ['an object with maxAge and maxLength', areDeadLetterOptions],
  defaultQueue: [QUEUE_NAME, isQueueName],
  namespace: ['1-64 letters, digits, ".", "_" or "-", not starting with "."', isNamespace],
  resolve: ['a function', (value) => typeof value === 'function'],
  logger: ['an object with debug(), info(), warn() and error()', (value) => has(value, LOGGER_METHODS)],
  registry: ['a Registry', (value) => has(value, REGISTRY_METHODS)],
  // Its own words say more: durationMs refuses it.
  publishTimeout: ['a duration', () => true],
  limits: ['an object of whole numbers from 1: bodyBytes, inflatedBytes, depth, nodes', areLimits],
  embeddedWorker: ['true or false', isBoolean],
  clock: ['an object with now(), monotonic() and after()', (value) => has(value, CLOCK_METHODS)],
}

const BROKER_METHODS = [
  ...['connect', 'declare', 'publish', 'publishDelayed', 'park', 'consume', 'purge', 'inspect', 'close'],
]
const LOGGER_METHODS = ['debug', 'info', 'warn', 'error']
const REGISTRY_METHODS = ['get', 'names', 'nearest', 'all']
const CLOCK_METHODS = ['now', 'monotonic', 'after']
const QUEUE_OPTIONS = ['type', 'maxPriority', 'deliveryLimit']
const QUEUE_TYPES: readonly unknown[] = [undefined, 'quorum', 'classic', 'celery']
const DEAD_LETTER_OPTIONS = ['maxAge', 'maxLength']
const LIMITS = ['bodyBytes', 'inflatedBytes', 'depth', 'nodes']

/**
 * Refuses options that cannot be meant; one that is undefined counts as not given.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function checkAppOptions(options: unknown): void {
  if (!isTable(options))
    throw new DeclarationError('ERR_OPTION_INVALID', 'The options of an app must be an object.')
  for (const [name, value] of Object.entries(options)) {
    const rule = ruleOf(name)
    if (value !== undefined) hold(`App option "${name}"`, rule, value)
  }
  for (const [name, queue] of Object.entries(options['queues'] ?? {})) checkQueue(name, queue as object)
}

function ruleOf(name: string): Rule {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined
  if (rule) return rule
  const known = Object.keys(RULES)
  const [nearest] = nearestNames(name, known)
  const hint = nearest ? `Did you mean "${nearest}"?` : `There are: ${known.join(', ')}.`
  throw new DeclarationError('ERR_OPTION_UNKNOWN', `An app has no option "${safeText(name, 40)}". ${hint}`)
}

function hold(what: string, [must, holds]: Rule, value: unknown): void {
  if (holds(value)) return
  const shown = cutText(safeInspect(value), 60)
  throw new DeclarationError('ERR_OPTION_INVALID', `${what} is ${shown}; it must be ${must}.`)
}

/** What the broker has to say about numbers it says when the queue is declared. */
function checkQueue(name: string, options: object): void {
  const unknown = Object.keys(options).find((key) => !QUEUE_OPTIONS.includes(key))
  if (unknown !== undefined) {
    throw new DeclarationError(
      'ERR_OPTION_UNKNOWN',
      `Queue "${name}" has an unknown option "${safeText(unknown, 40)}". There are: ${QUEUE_OPTIONS.join(', ')}.`,
    )
  }
  const isType: Rule = ['quorum, classic or celery', (type) => QUEUE_TYPES.includes(type)]
  hold(`Option "type" of queue "${name}"`, isType, (options as { type?: unknown }).type)
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isNamespace(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$/.test(value)
}

function areQueues(value: unknown): boolean {
  return isTable(value) && Object.entries(value).every(([name, queue]) => isQueueName(name) && isTable(queue))
}

function areDeadLetterOptions(value: unknown): boolean {
  return isTable(value) && Object.keys(value).every((name) => DEAD_LETTER_OPTIONS.includes(name))
}

function areLimits(value: unknown): boolean {
  if (!isTable(value)) return false
  return Object.entries(value).every(
    ([name, limit]) =>
      LIMITS.includes(name) &&
      (limit === undefined || (Number.isSafeInteger(limit) && (limit as number) >= 1)),
  )
}

/** By what it can do, so that one of another copy of the package is one too. */
function has(value: unknown, methods: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return methods.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function')
}
