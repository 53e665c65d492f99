/** Decides whether a task that failed is tried again, and when: a pure function of the error, the policies and what they have used. */
import { MAX_DELAY_MS } from '../kernel/duration.js'
import { isError } from '../kernel/guarded.js'
import { askDelay, askKey, askMax, askWhen, isOneOf } from './ask-policy.js'
import { backoffDelayMs } from './backoff.js'
import { MOST_BUDGETS, MOST_RETRIES } from './retry-limits.js'
import { explicitRule } from './retry-rule.js'
import type {
  BudgetUse,
  ExplicitTerms,
  GiveUpReason,
  PolicyComplaint,
  RetryBudgets,
  RetryContext,
  RetryDecision,
  RetryRule,
  RetryState,
} from './retry-types.js'

/** An attempt that threw. */
export interface FailedAttempt {
  /** What it threw; with `throw new Retry()` the cause of that. */
  readonly error: unknown
  readonly state: RetryState
  /** What the functions of the policies are told, beside the error and which retry it would be. */
  readonly context: Omit<RetryContext, 'error' | 'retry'>
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number
}

/**
 * Whether to try again. The first of `rules` whose `on` and `when` match decides, also when its budget is used up. What is no Error is never tried
 * again, and no policy is asked about it. Retries that no budget accounts for, such as a Python worker's, count against every policy.
 * Never throws: what the functions of a policy do wrong is among the complaints.
 */
export function decideRetry(failed: FailedAttempt & { readonly rules: readonly RetryRule[] }): RetryDecision {
  const complaints: PolicyComplaint[] = []
  if (!isError(failed.error)) return noPolicy('not-retryable', complaints)
  for (const rule of failed.rules) {
    const candidate = candidateOf(rule, failed, complaints)
    if (candidate) return decideBy(candidate, failed)
  }
  return noPolicy('no-policy', complaints)
}

/** The same for `throw new Retry({ … })`, which needs no policy, and for which it does not matter what the cause is. Never throws. */
export function decideExplicitRetry(
  failed: FailedAttempt & { readonly terms: ExplicitTerms },
): RetryDecision {
  const { rule, complaints } = explicitRule(failed.terms)
  return decideBy(standing(rule, failed, [...complaints]), failed)
}

function noPolicy(reason: GiveUpReason, complaints: readonly PolicyComplaint[]): RetryDecision {
  return { retry: false, reason, policy: undefined, max: undefined, complaints }
}

/** The policy that decides, and where it stands. */
interface Candidate {
  readonly rule: RetryRule
  readonly policy: string
  readonly context: RetryContext
  readonly complaints: PolicyComplaint[]
}

function candidateOf(
  rule: RetryRule,
  failed: FailedAttempt,
  complaints: PolicyComplaint[],
): Candidate | undefined {
  if (!isOneOf(rule, failed.error, complaints)) return undefined
  const keyComplaints: PolicyComplaint[] = []
  const candidate = standing(rule, failed, keyComplaints)
  const isWanted = askWhen(rule, candidate.context, { policy: candidate.policy, complaints })
  // What a policy's `key` makes of errors that are not for it is nobody's business.
  return isWanted ? { ...candidate, complaints: [...complaints, ...keyComplaints] } : undefined
}

function standing(rule: RetryRule, failed: FailedAttempt, complaints: PolicyComplaint[]): Candidate {
  const { error, state, context } = failed
  const policy = askKey(rule, { ...context, error, retry: state.retries + 1 }, complaints)
  const retry = usedBy(policy, state) + 1
  return { rule, policy, context: { ...context, error, retry }, complaints }
}

/** What counts against a policy: its own retries, and those that nobody we know made. */
function usedBy(policy: string, { retries, budgets }: RetryState): number {
  let accounted = 0
  for (const { used } of budgets.values()) accounted += used
  return (budgets.get(policy)?.used ?? 0) + Math.max(0, retries - accounted)
}

function decideBy(candidate: Candidate, failed: FailedAttempt): RetryDecision {
  const { rule, policy, context, complaints } = candidate
  const max = askMax(rule, context, candidate)
  const reason = reasonToGiveUp(candidate, max, failed.state)
  if (reason) return { retry: false, reason, policy, max, complaints }
  const delayMs = delayOf(candidate, failed)
  const budgets = spent(candidate, failed.state.budgets, delayMs)
  return { retry: true, delayMs, policy, number: context.retry, max, budgets, complaints }
}

function reasonToGiveUp(candidate: Candidate, max: number, state: RetryState): GiveUpReason | undefined {
  const { policy, context, complaints } = candidate
  const { retries, budgets, maxRuns } = state
  if (context.retry > Math.min(max, MOST_RETRIES) || retries >= MOST_RETRIES) return 'used-up'
  if (maxRuns !== undefined && retries + 1 >= maxRuns) return 'max-runs'
  if (budgets.has(policy) || budgets.size < MOST_BUDGETS) return undefined
  complaints.push({
    policy,
    problem: `its budget would be the message's ${MOST_BUDGETS + 1}th, and a message has room for ${MOST_BUDGETS}; it counts as used up`,
  })
  return 'used-up'
}

function delayOf(candidate: Candidate, { state, random }: FailedAttempt): number {
  const { rule, policy, context } = candidate
  const saidMs = askDelay(rule, context, candidate)
  const lastDelayMs = state.budgets.get(policy)?.lastDelayMs
  const delayMs = saidMs ?? backoffDelayMs(rule.backoff, context.retry, random, lastDelayMs)
  // Rounded up, because no retry may be early.
  return Math.min(MAX_DELAY_MS, Math.ceil(delayMs))
}

function spent({ rule, policy }: Candidate, budgets: RetryBudgets, delayMs: number): RetryBudgets {
  const used = (budgets.get(policy)?.used ?? 0) + 1
  const use: BudgetUse = rule.backoff.type === 'decorrelated' ? { used, lastDelayMs: delayMs } : { used }
  return new Map(budgets).set(policy, use)
}
