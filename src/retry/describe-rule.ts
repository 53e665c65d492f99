/** Says in words what a retry policy does, for lists and logs. */
import { durationInWords } from '../kernel/duration-in-words.js'
import { cutText, escapeControls } from '../kernel/safe-text.js'
import { classNameOf } from './retry-rule.js'
import type { Backoff, RetryRule } from './retry-types.js'

/** Bytes. */
const LONGEST_DESCRIPTION = 200

/**
 * Such as `HttpError when …: 5 × after 20m`, or `any error: 3 ×, 1s…10m exponential, full jitter`; `…` stands for what only a function knows, and a
 * description of the policy says instead.
 */
export function describeRule(rule: RetryRule): string {
  return `${errorsInWords(rule)}: ${maxInWords(rule)} ×${delayInWords(rule)}`
}

function errorsInWords({ on, when, description }: RetryRule): string {
  if (description !== undefined) return cutText(escapeControls(description), LONGEST_DESCRIPTION)
  const errors = on.length === 0 ? 'any error' : on.map(classNameOf).join(' or ')
  return when === undefined ? errors : `${errors} when …`
}

function maxInWords({ max }: RetryRule): string {
  if (typeof max === 'function') return '…'
  return max === Infinity ? '∞' : String(max)
}

function delayInWords({ delay, backoff, description }: RetryRule): string {
  if (typeof delay === 'function') return description === undefined ? ' after …' : ''
  if (delay === undefined) return `, ${backoffInWords(backoff)}`
  return delay === 0 ? ' at once' : ` after ${durationInWords(delay)}`
}

function backoffInWords(backoff: Backoff): string {
  const { type, jitter } = backoff
  const hasJitter = jitter !== 'none' && type !== 'decorrelated'
  return `${rangeInWords(backoff)} ${growthInWords(backoff)}${hasJitter ? `, ${jitter} jitter` : ''}`
}

function rangeInWords({ type, baseMs, maxMs }: Backoff): string {
  const base = durationInWords(baseMs)
  return type === 'fixed' || baseMs === maxMs ? base : `${base}…${durationInWords(maxMs)}`
}

function growthInWords({ type, factor }: Backoff): string {
  return type === 'exponential' && factor !== 2 ? `exponential × ${factor}` : type
}
