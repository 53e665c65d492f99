/** `@retryOnCode`: tries again after errors with a certain code. */
import { errorCodesOf } from '../retry/network-error.js'
import type { RetryPolicy } from './retry-forms.js'
import { makeRetryDecorator } from './retry.js'

/** How `@retryOnCode` tries again: with `key` (default the code), `max` (default 3), and `delay` or `backoff` (default exponential from 1 s to 10 min). */
export type RetryOnCodeOptions = Pick<RetryPolicy, 'key' | 'max' | 'delay' | 'backoff'>

/**
 * Tries again when `code` is the `code` of what was thrown, of a cause of it, or of a member of these: `@retryOnCode('40001', { max: 10 })`.
 * @throws DeclarationError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export const retryOnCode = makeRetryDecorator(
  (code: string, { key = code, ...others }: RetryOnCodeOptions = {}) => ({
    ...{ key, description: `code ${code}`, ...others },
    when: (error) => errorCodesOf(error).includes(code),
  }),
)
