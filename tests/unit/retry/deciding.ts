/** Policies, states and errors for the tests of decisions about retries. */
import { decideRetry } from '../../../src/retry/retry-policy.js'
import { distinctRules, retryRule } from '../../../src/retry/retry-rule.js'
import {
  NO_BUDGETS,
  type BudgetUse,
  type RetryDecision,
  type RetryPolicy,
  type RetryState,
} from '../../../src/retry/retry-types.js'

export class HttpError extends Error {
  constructor(readonly status = 500) {
    super(`status ${status}`)
  }
}
export class RateLimited extends HttpError {}

export const MOST_RETRIES = 1_000_000
export const LONGEST_DELAY_MS = 268_435_455_000

const args = ['a', 1]
const request = { id: 'id-1', taskName: 'mail.send', args, attempt: 1, queue: 'mail' }
export const context = { attempt: 1, taskName: 'mail.send', args, request }
export const halfway = () => 0.5

/** A policy that misbehaves is no RetryPolicy. */
export type AnyPolicy = { readonly [K in keyof RetryPolicy]?: unknown }

export const rulesOf = (policies: readonly AnyPolicy[]) =>
  distinctRules(policies.map((policy) => retryRule(policy as RetryPolicy, 'createRetry()')))

export const fresh = (state: Partial<RetryState> = {}): RetryState => ({
  retries: 0,
  budgets: NO_BUDGETS,
  maxRuns: undefined,
  ...state,
})

export const decide = (error: unknown, policies: readonly AnyPolicy[], state: Partial<RetryState> = {}) =>
  decideRetry({ error, rules: rulesOf(policies), state: fresh(state), context, random: halfway })

export const budgetsOf = (used: Record<string, number | BudgetUse>) =>
  new Map(Object.entries(used).map(([key, use]) => [key, typeof use === 'number' ? { used: use } : use]))

/** What is left to try after this decision: the state of the next run. */
export function after(decision: RetryDecision, state: RetryState): RetryState {
  if (!decision.retry) throw new Error(`no retry: ${decision.reason}`)
  return { ...state, retries: state.retries + 1, budgets: decision.budgets }
}

export function refuse(): never {
  throw new Error('trap')
}
export const hostile = () =>
  new Proxy(new Error('x'), { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse })
