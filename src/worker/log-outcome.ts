/** One log line for each attempt that ran: how it ended, and for a failure what happens next. */
import type { LogFields } from '../kernel/logger.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import { safeError } from '../kernel/safe-text.js'
import type { RetryNotice } from '../registry/task-definition.js'
import type { RetryDecision } from '../retry/retry-types.js'
import type { HookScope } from './hooks.js'
import type { Verdict } from './judge.js'
import type { Failed, Retried } from './outcome.js'

/** Says how the attempt ended, after `tookMs`; and before that what was wrong with its policies. */
export function logOutcome(verdict: Verdict, scope: HookScope, tookMs: number): void {
  const { log } = scope.context
  const { outcome } = verdict
  const fields = { queue: scope.call.delivery.queue, ms: Math.round(tookMs) }
  if (verdict.decision) logComplaints(verdict.decision, scope)
  switch (outcome.kind) {
    case 'succeeded':
      return log.info(fields, 'task succeeded')
    case 'ignored':
      return log.info(fields, 'task asked to be ignored')
    case 'abandoned':
      return log.warn(fields, 'task was cut short by a forced stop; its message goes back to the queue')
    case 'rejected':
      return log.warn({ ...fields, err: outcome.error }, 'task rejected its message; it is parked')
    case 'retried':
      return logRetry(outcome, verdict.notice as RetryNotice, { fields, scope })
    case 'failed':
      return logFailure(outcome, verdict, { fields, scope })
  }
}

interface Line {
  readonly fields: LogFields
  readonly scope: HookScope
}

function logComplaints({ complaints }: RetryDecision, { context }: HookScope): void {
  for (const { policy, problem, error } of complaints) {
    context.log.error(
      { code: 'ERR_BACKOFF_INVALID', policy, ...(error !== undefined && { err: error }) },
      `retry policy "${policy}": ${problem}`,
    )
  }
}

function logRetry({ attempt, error }: Retried, notice: RetryNotice, { fields, scope }: Line): void {
  const { policy, retry, max, delayMs } = notice
  const nextAt = notice.nextAt.toISOString()
  const count = max === Infinity ? `${retry}` : `${retry}/${max}`
  const when = delayMs === 0 ? 'at once' : `in ${durationInWords(delayMs)}, at ${nextAt}`
  scope.context.log.warn(
    { ...fields, policy, retry, max, delayMs, nextAt, err: error },
    `task failed (attempt ${attempt}); retry ${count} under "${policy}" ${when}`,
  )
}

function logFailure({ error, attempt, deadLetter }: Failed, verdict: Verdict, { fields, scope }: Line): void {
  const { decision, unwritable } = verdict
  const parked = deadLetter ? '; its message is parked' : ''
  if (decision === undefined)
    return scope.context.log.error({ ...fields, err: error }, `task failed${parked}`)
  const { policy, max } = decision
  const why = decision.retry ? notWritable(unwritable) : reasonInWords(decision, scope)
  scope.context.log.error(
    { ...fields, ...(policy !== undefined && { policy, max }), err: error },
    `task failed for good (attempt ${attempt}): ${why}${parked}`,
  )
}

function reasonInWords(
  { reason, policy, max }: RetryDecision & { retry: false },
  { call }: HookScope,
): string {
  switch (reason) {
    case 'no-policy':
      return 'no retry policy is for this error'
    case 'not-retryable':
      return 'what it threw is no Error, and only those are tried again'
    case 'used-up':
      return usedUp(policy, max)
    case 'max-runs':
      return `it may run ${call.definition.maxRuns} times in all (maxRuns)`
  }
}

function usedUp(policy = '', max = 0): string {
  if (max === 0) return `"${policy}" allows no retry`
  return max === 1
    ? `its 1 retry under "${policy}" is used up`
    : `its ${max} retries under "${policy}" are used up`
}

function notWritable(error: unknown): string {
  return `its next attempt cannot be written: ${safeError(error).message}`
}
