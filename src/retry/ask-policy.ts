/** Calls the functions of a policy, and replaces by a default whatever they do wrong: throwing, promising, answering what is no answer. */
import { types } from 'node:util'
import { readDuration } from '../kernel/duration.js'
import { DEFAULT_MAX, isMax, isRetryKey } from './retry-limits.js'
import type { PolicyComplaint, RetryContext, RetryRule } from './retry-types.js'

/** Whether an error is for this policy by its class. */
export function isOneOf(rule: RetryRule, error: unknown, complaints: PolicyComplaint[]): boolean {
  if (rule.on.length === 0) return true
  try {
    return rule.on.some((cls) => error instanceof cls)
  } catch (thrown) {
    complaints.push({
      policy: rule.defaultKey,
      problem: 'to ask whether the error is one of its "on" threw; it counts as no',
      error: thrown,
    })
    return false
  }
}

/** The key of the policy's budget. */
export function askKey(rule: RetryRule, context: RetryContext, complaints: PolicyComplaint[]): string {
  const { key, defaultKey } = rule
  if (typeof key === 'string') return key
  const question: Question<string> = {
    option: 'key',
    call: () => key(context),
    read: (given) => (isRetryKey(given) ? given : undefined),
    must: 'a text that can be a key',
    instead: `"${defaultKey}" was taken`,
  }
  return ask(question, { policy: defaultKey, complaints }) ?? defaultKey
}

/** Whether the policy wants this error. */
export function askWhen(rule: RetryRule, context: RetryContext, asked: Asked): boolean {
  const { when } = rule
  if (when === undefined) return true
  const question: Question<boolean> = {
    option: 'when',
    call: () => when(context.error, context),
    read: (given) => (typeof given === 'boolean' ? given : undefined),
    must: 'true or false',
    instead: 'it counts as no',
  }
  return ask(question, asked) ?? false
}

/** How many retries the policy allows. */
export function askMax(rule: RetryRule, context: RetryContext, asked: Asked): number {
  const { max } = rule
  if (typeof max === 'number') return max
  const question: Question<number> = {
    option: 'max',
    call: () => max(context),
    read: (given) => (isMax(given) ? given : undefined),
    must: 'a number of retries',
    instead: `${DEFAULT_MAX} was taken`,
  }
  return ask(question, asked) ?? DEFAULT_MAX
}

/** How long the policy says to wait; undefined where its backoff has to say it. */
export function askDelay(rule: RetryRule, context: RetryContext, asked: Asked): number | undefined {
  const { delay } = rule
  if (typeof delay !== 'function') return delay
  const question: Question<number> = {
    option: 'delay',
    call: () => delay(context),
    read: readDuration,
    must: 'a duration',
    instead: 'the default backoff was taken',
    isOptional: true,
  }
  return ask(question, asked)
}

/** Who is asked, and where complaints go. */
export interface Asked {
  readonly policy: string
  readonly complaints: PolicyComplaint[]
}

interface Question<T> {
  readonly option: string
  readonly call: () => unknown
  /** The answer; undefined when what was given is none. */
  readonly read: (given: unknown) => T | undefined
  /** What an answer is, in words. */
  readonly must: string
  /** What is done without one, in words. */
  readonly instead: string
  /** Whether to give undefined is to leave it to the default. */
  readonly isOptional?: boolean
}

function ask<T>(question: Question<T>, { policy, complaints }: Asked): T | undefined {
  const { option, must, instead } = question
  try {
    const given = question.call()
    const answer = question.read(given)
    if (answer !== undefined || (question.isOptional && given === undefined)) return answer
    const problem = `its "${option}" function gave ${kindOf(given)}, and must give ${must}; ${instead}`
    complaints.push({ policy, problem })
  } catch (error) {
    complaints.push({ policy, problem: `its "${option}" function threw; ${instead}`, error })
  }
  return undefined
}

/** What was given, without what may be in it. */
function kindOf(given: unknown): string {
  if (given === null || typeof given === 'number') return String(given)
  if (typeof given === 'undefined' || typeof given === 'boolean') return String(given)
  if (!types.isPromise(given)) return `a value of type ${typeof given}`
  // Nobody waits for it, and its rejection would end the process.
  given.catch(() => {})
  return 'a promise'
}
