/** `@retryOnHttp`: tries again when a server answers with one of some statuses, after as long as the server asks for. */
import { durationInWords } from '../kernel/duration-in-words.js'
import { durationMs, type Duration } from '../kernel/duration.js'
import { httpStatusOf } from '../retry/http-error.js'
import { retryAfterMs } from '../retry/retry-after.js'
import { createRetry } from './retry.js'
import type { RetryDecorator } from './retry-forms.js'

/** How `@retryOnHttp` tries again. */
export interface RetryOnHttpOptions {
  /** How long to wait where the answer has no Retry-After. Default 20 min; a bare number is milliseconds. */
  readonly delay?: Duration
  /** The longest Retry-After that is obeyed; one that asks for more counts as this, so that no server can put a task off for years. Default 1 day. */
  readonly maxDelay?: Duration
  /** How many retries: 0 to 1 000 000, or `Infinity`. Default 5. */
  readonly max?: number
  /** The name of the budget. Default `http`; two on one task need two. */
  readonly key?: string
}

/**
 * Tries again when what was thrown, or a cause of it, has one of these statuses: `@retryOnHttp([500, 502])`. Knows the errors of fetch (a Response thrown
 * along), axios, got, undici and superagent. Waits as long as the answer's Retry-After says, in seconds or as a date and up to `maxDelay`, else `delay`.
 * @throws DeclarationError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function retryOnHttp(statuses: readonly number[], options: RetryOnHttpOptions = {}): RetryDecorator {
  const { delay = '20m', max = 5, key = 'http', maxDelay = '1d', ...others } = options
  const delayMs = durationMs(delay, 'Option "delay" of retryOnHttp()')
  const longestMs = durationMs(maxDelay, 'Option "maxDelay" of retryOnHttp()')
  const wanted = new Set<number | undefined>(statuses)
  return createRetry({
    ...others,
    key,
    description: `HTTP ${statuses.join(', ')} after Retry-After or ${durationInWords(delayMs)}`,
    when: (error) => wanted.has(httpStatusOf(error)),
    delay: ({ error }) => Math.min(retryAfterMs(error) ?? delayMs, Math.max(longestMs, delayMs)),
    max,
  })
}
