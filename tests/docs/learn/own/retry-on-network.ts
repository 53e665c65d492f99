/** `retryOnNetwork` as a user would write it. */
import { makeRetryDecorator, type RetryPolicy } from 'taskalope'
import { networkCodeOf } from 'taskalope/retry'

export type RetryOnNetworkOptions = Pick<RetryPolicy, 'key' | 'max' | 'delay' | 'backoff'>

export const retryOnNetwork = makeRetryDecorator(
  ({ key = 'network', max = 5, ...others }: RetryOnNetworkOptions = {}) => ({
    ...{ key, max, description: 'connection trouble', ...others },
    when: (error) => networkCodeOf(error) !== undefined,
  }),
)
