/** Checks a retry policy where it is declared, fills in what it leaves out, and tells the policies of one task apart. */
import { readDuration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { isList, readProperty } from '../kernel/guarded.js'
import { cutText, escapeControls } from '../kernel/safe-text.js'
import { checkBackoff } from './backoff-options.js'
import { delayOption, givenOptions, wrongOption, type Given } from './policy-options.js'
import { DEFAULT_BACKOFF, DEFAULT_MAX, EXPLICIT_KEY, isMax, isRetryKey, LONGEST_KEY } from './retry-limits.js'
import type { ErrorClass, ExplicitTerms, PolicyComplaint, RetryPolicy, RetryRule } from './retry-types.js'

const OPTIONS: readonly (keyof RetryPolicy)[] = [
  'on',
  'when',
  'max',
  'delay',
  'backoff',
  'key',
  'description',
]

const KEY_MUST = `a text of 1 to ${LONGEST_KEY} characters without control characters`
const MAX_MUST = 'a whole number from 0 to 1000000, or Infinity'

/**
 * A policy with everything said; frozen. `subject` begins the sentence of an error, such as `A retry policy of task "mail.send"` or `createRetry()`.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function retryRule<E, R>(policy: RetryPolicy<E, R>, subject: string): RetryRule {
  const given = givenOptions(policy, OPTIONS, subject)
  refuseTwoDelays(given, subject)
  const on = checkedClasses(given, subject)
  const defaultKey = defaultKeyOf(on)
  return Object.freeze({
    key: checkedKey(given, subject) ?? defaultKey,
    defaultKey,
    isKeyMade: !given.has('key'),
    on,
    when: checkedWhen(given, subject),
    delay: checkedDelay(given, subject),
    backoff: given.has('backoff')
      ? checkBackoff(given.get('backoff'), `The backoff of ${midSentence(subject)}`)
      : DEFAULT_BACKOFF,
    max: checkedMax(given, subject),
    description: checkedDescription(given, subject),
  })
}

/** The rule a task gives itself by `throw new Retry({ … })`; what cannot be meant counts as not said, and is complained about. */
export function explicitRule(terms: ExplicitTerms): {
  readonly rule: RetryRule
  readonly complaints: readonly PolicyComplaint[]
} {
  const complaints: PolicyComplaint[] = []
  const { key = EXPLICIT_KEY, max = DEFAULT_MAX, delay } = terms
  const complain = (problem: string) => {
    complaints.push({ policy: isRetryKey(key) ? key : EXPLICIT_KEY, problem })
  }
  const delayMs = delay === undefined ? undefined : readDuration(delay)
  if (!isRetryKey(key)) complain(`its key is not ${KEY_MUST}; "${EXPLICIT_KEY}" was taken`)
  if (!isMax(max)) complain(`its max is not ${MAX_MUST}; ${DEFAULT_MAX} was taken`)
  if (delay !== undefined && delayMs === undefined) {
    complain('its delay is no duration; the default backoff was taken')
  }
  const rule = {
    key: isRetryKey(key) ? key : EXPLICIT_KEY,
    defaultKey: EXPLICIT_KEY,
    isKeyMade: false,
    on: [],
    when: undefined,
    delay: delayMs,
    backoff: DEFAULT_BACKOFF,
    max: isMax(max) ? max : DEFAULT_MAX,
    description: undefined,
  }
  return { rule, complaints }
}

/**
 * The policies of one task, each with a budget of its own: of those that name none, the second with the same default key counts under
 * `default#2`, and so on, in the order they are asked. `subject` begins the sentence of an error, such as `Task "mail.send"`.
 * @throws DeclarationError ERR_OPTION_INVALID when two policies name the same key
 */
export function distinctRules(rules: readonly RetryRule[], subject = 'A task'): readonly RetryRule[] {
  const taken = new Set<string>()
  for (const { key, isKeyMade } of rules) {
    if (isKeyMade || typeof key !== 'string') continue
    if (taken.has(key)) throw namedTwice(key, subject)
    taken.add(key)
  }
  return rules.map((rule) => (needsMadeKey(rule) ? withFreeKey(rule, taken) : rule))
}

function refuseTwoDelays(given: Given, subject: string): void {
  if (!given.has('delay') || !given.has('backoff')) return
  throw new DeclarationError(
    'ERR_OPTION_INVALID',
    `${subject} has both "delay" and "backoff". Keep one: "delay" says how long to wait, "backoff" how the wait grows.`,
  )
}

function checkedClasses(given: Given, subject: string): readonly ErrorClass[] {
  const on = given.get('on')
  if (on === undefined) return Object.freeze([])
  const classes = isList(on) ? [...on] : [on]
  if (classes.length > 0 && classes.every(isClass)) return Object.freeze(classes as ErrorClass[])
  throw wrongOption(subject, 'on', 'a class of errors or a list of them', on)
}

function isClass(value: unknown): boolean {
  if (typeof value !== 'function') return false
  return typeof value.prototype === 'object' && value.prototype !== null
}

function defaultKeyOf(on: readonly ErrorClass[]): string {
  if (on.length === 0) return 'default'
  return cutText(escapeControls(on.map(classNameOf).join('|')), LONGEST_KEY)
}

/** The name of a class of errors, for people and for keys. */
export function classNameOf(cls: ErrorClass): string {
  const name = readProperty(cls, 'name')
  return typeof name === 'string' && name !== '' ? name : 'anonymous'
}

function checkedKey(given: Given, subject: string): RetryRule['key'] | undefined {
  const key = given.get('key')
  if (key === undefined || typeof key === 'function' || isRetryKey(key)) return key as RetryRule['key']
  throw wrongOption(subject, 'key', `${KEY_MUST}, or a function that gives one`, key)
}

function checkedWhen(given: Given, subject: string): RetryRule['when'] {
  const when = given.get('when')
  if (when === undefined || typeof when === 'function') return when as RetryRule['when']
  throw wrongOption(subject, 'when', 'a function', when)
}

function checkedDelay(given: Given, subject: string): RetryRule['delay'] {
  const delay = given.get('delay')
  if (delay === undefined || typeof delay === 'function') return delay as RetryRule['delay']
  return delayOption(subject, 'delay', delay)
}

function checkedMax(given: Given, subject: string): RetryRule['max'] {
  const max = given.has('max') ? given.get('max') : DEFAULT_MAX
  if (typeof max === 'function' || isMax(max)) return max as RetryRule['max']
  throw wrongOption(subject, 'max', `${MAX_MUST}, or a function that gives one`, max)
}

function checkedDescription(given: Given, subject: string): string | undefined {
  const description = given.get('description')
  if (description === undefined || (typeof description === 'string' && description.trim() !== '')) {
    return description
  }
  throw wrongOption(subject, 'description', 'a text that is not empty', description)
}

function needsMadeKey({ key, isKeyMade }: RetryRule): boolean {
  return isKeyMade || typeof key === 'function'
}

function withFreeKey(rule: RetryRule, taken: Set<string>): RetryRule {
  const defaultKey = freeKey(rule.defaultKey, taken)
  taken.add(defaultKey)
  if (defaultKey === rule.defaultKey) return rule
  return Object.freeze({ ...rule, defaultKey, key: rule.isKeyMade ? defaultKey : rule.key })
}

function freeKey(key: string, taken: ReadonlySet<string>): string {
  let free = key
  for (let number = 2; taken.has(free); number += 1) {
    const suffix = `#${number}`
    free = cutText(key, LONGEST_KEY - suffix.length) + suffix
  }
  return free
}

function namedTwice(key: string, subject: string): DeclarationError {
  return new DeclarationError(
    'ERR_OPTION_INVALID',
    `${subject} has two retry policies with the key "${key}". Each needs a budget of its own: give one of them another "key".`,
  )
}

/** `A retry policy of …` as it stands inside a sentence; `createRetry()` is left as it is. */
function midSentence(subject: string): string {
  return subject.startsWith('A ') ? `a${subject.slice(1)}` : subject
}
