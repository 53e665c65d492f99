/** How long to wait before a retry: pure functions of which retry it is, of the last delay, and of chance. */
import type { Backoff } from './retry-types.js'

/**
 * The delay before the `retry`-th retry (1 is the first), in whole milliseconds, never above `backoff.maxMs`. `random` gives a number from 0 up to,
 * but not including, 1. `lastDelayMs` is the delay before this one, which `decorrelated` grows from; without it, it grows from the base.
 *
 * The jitters, and `decorrelated`, are those of "Exponential Backoff And Jitter" on the AWS Architecture Blog (2015): full is
 * `random_between(0, delay)`, equal is `delay / 2 + random_between(0, delay / 2)`, decorrelated is `min(cap, random_between(base, last * 3))`.
 */
export function backoffDelayMs(
  backoff: Backoff,
  retry: number,
  random: () => number,
  lastDelayMs = backoff.baseMs,
): number {
  if (backoff.type === 'decorrelated') return decorrelatedMs(backoff, random, lastDelayMs)
  const delayMs = Math.min(backoff.maxMs, steadyMs(backoff, retry))
  return Math.round(withJitter(delayMs, backoff, random))
}

/** Without chance. Beyond what a number can hold it is Infinity, which the longest delay then replaces. */
function steadyMs({ type, baseMs, factor }: Backoff, retry: number): number {
  switch (type) {
    case 'linear':
      return baseMs * retry
    case 'exponential':
      return baseMs * factor ** (retry - 1)
    default:
      return baseMs
  }
}

function withJitter(delayMs: number, { jitter }: Backoff, random: () => number): number {
  switch (jitter) {
    case 'none':
      return delayMs
    case 'equal':
      return between(delayMs / 2, delayMs, random)
    case 'full':
      return between(0, delayMs, random)
  }
}

function decorrelatedMs({ baseMs, maxMs }: Backoff, random: () => number, lastDelayMs: number): number {
  // The last delay came with the message, and the policy's base may have been raised since.
  const highest = Math.max(baseMs, lastDelayMs * 3)
  return Math.round(Math.min(maxMs, between(baseMs, highest, random)))
}

function between(lowest: number, highest: number, random: () => number): number {
  return lowest + random() * (highest - lowest)
}
