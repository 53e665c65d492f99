/** A policy in words says what it does, and stays silent about what only its functions know. */
import { expect, it } from 'vitest'
import { describeRule } from '../../../src/retry/describe-rule.js'
import { retryRule } from '../../../src/retry/retry-rule.js'
import type { RetryPolicy } from '../../../src/retry/retry-types.js'

class HttpError extends Error {}

it.each<[RetryPolicy, string]>([
  [{}, 'any error: 3 ×, 1s…10m exponential, full jitter'],
  [{ on: HttpError, when: () => true, max: 5, delay: '20m' }, 'HttpError when …: 5 × after 20m'],
  [{ on: [HttpError, TypeError], delay: 90_000 }, 'HttpError or TypeError: 3 × after 1m30s'],
  [{ when: () => true, delay: 0 }, 'any error when …: 3 × at once'],
  [{ max: Infinity, delay: () => 5 }, 'any error: ∞ × after …'],
  [{ max: () => 5, delay: '1s' }, 'any error: … × after 1s'],
  [{ max: 0 }, 'any error: 0 ×, 1s…10m exponential, full jitter'],
  [{ backoff: { factor: 3, jitter: 'none' } }, 'any error: 3 ×, 1s…10m exponential × 3'],
  [
    { backoff: { type: 'linear', base: '5s', jitter: 'equal' } },
    'any error: 3 ×, 5s…10m linear, equal jitter',
  ],
  [{ backoff: { type: 'fixed', base: '5s' } }, 'any error: 3 ×, 5s fixed, full jitter'],
  [{ backoff: { type: 'decorrelated', max: '1h' } }, 'any error: 3 ×, 1s…1h decorrelated'],
  [{ on: HttpError, when: () => true, delay: '20m', description: 'HTTP 500' }, 'HTTP 500: 3 × after 20m'],
  [{ delay: () => 5, description: 'when the server says' }, 'when the server says: 3 ×'],
  [{ delay: 0, description: 'red\u001b[31m\nfake' }, 'red\\u001b[31m\\nfake: 3 × at once'],
  [{ delay: 0, description: 'x'.repeat(1000) }, `${'x'.repeat(197)}…: 3 × at once`],
  [{ backoff: { base: '5s', max: '5s' } }, 'any error: 3 ×, 5s exponential, full jitter'],
])('%o is "%s"', (policy, words) => {
  expect(describeRule(retryRule(policy, 'createRetry()'))).toBe(words)
})
