/** `@retryOnNetwork`: tries again when the network was at fault. */
import { networkCodeOf } from '../retry/network-error.js'
import type { RetryPolicy } from './retry-forms.js'
import { makeRetryDecorator } from './retry.js'

/** How `@retryOnNetwork` tries again: with `key` (default `network`), `max` (default 5), and `delay` or `backoff` (default exponential from 1 s to 10 min). */
export type RetryOnNetworkOptions = Pick<RetryPolicy, 'key' | 'max' | 'delay' | 'backoff'>

/**
 * Tries again when a connection did not come about, broke or took too long: ECONNRESET, ETIMEDOUT, EAI_AGAIN and their like, undici's, and
 * `AbortSignal.timeout()`, anywhere among what was thrown, its causes and their members: `@retryOnNetwork()`.
 * @throws DeclarationError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export const retryOnNetwork = makeRetryDecorator(
  ({ key = 'network', max = 5, ...others }: RetryOnNetworkOptions = {}) => ({
    ...{ key, max, description: 'connection trouble', ...others },
    when: (error) => networkCodeOf(error) !== undefined,
  }),
)
