/** `retryOnCode` as a user would write it. */
import { makeRetryDecorator, type RetryPolicy } from 'taskalope'
import { errorCodesOf } from 'taskalope/retry'

export type RetryOnCodeOptions = Pick<RetryPolicy, 'key' | 'max' | 'delay' | 'backoff'>

export const retryOnCode = makeRetryDecorator(
  (code: string, { key = code, ...others }: RetryOnCodeOptions = {}) => ({
    ...{ key, description: `code ${code}`, ...others },
    when: (error) => errorCodesOf(error).includes(code),
  }),
)
