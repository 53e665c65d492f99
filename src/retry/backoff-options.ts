/** Checks the backoff a policy asks for, and fills in what it leaves out. */
import { durationInWords } from '../kernel/duration-in-words.js'
import { delayOption, givenOptions, wrongOption, type Given } from './policy-options.js'
import { DEFAULT_BACKOFF } from './retry-limits.js'
import type { Backoff, BackoffOptions } from './retry-types.js'

const OPTIONS: readonly (keyof BackoffOptions)[] = ['type', 'base', 'factor', 'max', 'jitter']
const TYPES: readonly Backoff['type'][] = ['fixed', 'linear', 'exponential', 'decorrelated']
const JITTERS: readonly Backoff['jitter'][] = ['none', 'equal', 'full']

/**
 * A backoff with everything said; frozen. `subject` begins the sentence of an error, such as `The backoff of createRetry()`.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function checkBackoff(options: unknown, subject: string): Backoff {
  const given = givenOptions(options, OPTIONS, subject)
  const { baseMs, maxMs } = checkedRange(given, subject)
  return Object.freeze({
    type: checkedWord(given, subject, 'type', TYPES) ?? DEFAULT_BACKOFF.type,
    baseMs,
    factor: checkedFactor(given, subject),
    maxMs,
    jitter: checkedWord(given, subject, 'jitter', JITTERS) ?? DEFAULT_BACKOFF.jitter,
  })
}

function checkedRange(given: Given, subject: string): Pick<Backoff, 'baseMs' | 'maxMs'> {
  const baseMs = checkedDelay(given, subject, 'base') ?? DEFAULT_BACKOFF.baseMs
  const maxMs = checkedDelay(given, subject, 'max') ?? DEFAULT_BACKOFF.maxMs
  if (baseMs <= 0) throw wrongOption(subject, 'base', 'longer than 0', given.get('base'))
  if (baseMs <= maxMs) return { baseMs, maxMs }
  const isMaxGiven = given.has('max')
  const must = isMaxGiven
    ? `at least the base, ${durationInWords(baseMs)}`
    : `given, at least as long as the base, ${durationInWords(baseMs)}: the default is ${durationInWords(maxMs)}`
  throw wrongOption(subject, 'max', must, given.get('max'))
}

function checkedDelay(given: Given, subject: string, option: string): number | undefined {
  return given.has(option) ? delayOption(subject, option, given.get(option)) : undefined
}

function checkedFactor(given: Given, subject: string): number {
  const factor = given.has('factor') ? given.get('factor') : DEFAULT_BACKOFF.factor
  if (typeof factor === 'number' && factor >= 1 && factor <= 100) return factor
  throw wrongOption(subject, 'factor', 'a number from 1 to 100', factor)
}

function checkedWord<W extends string>(
  given: Given,
  subject: string,
  option: string,
  words: readonly W[],
): W | undefined {
  const word = given.get(option)
  if (word === undefined || words.includes(word as W)) return word as W | undefined
  throw wrongOption(subject, option, `one of ${words.map((known) => `'${known}'`).join(', ')}`, word)
}
