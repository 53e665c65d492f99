/** `retryOnHttp` as a user would write it. */
import { createRetry, type Duration } from 'taskalope'
import { httpStatusOf, retryAfterMs } from 'taskalope/retry'

export interface RetryOnHttpOptions {
  readonly delay?: Duration
  readonly max?: number
  readonly key?: string
}

export function retryOnHttp(statuses: readonly number[], options: RetryOnHttpOptions = {}) {
  const { delay = '20m', max = 5, key = 'http' } = options
  const wanted = new Set<number | undefined>(statuses)
  return createRetry({
    key,
    when: (error) => wanted.has(httpStatusOf(error)),
    delay: ({ error }) => retryAfterMs(error) ?? delay,
    max,
  })
}
