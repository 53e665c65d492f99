/** Judges what a task threw: cut short, ignored, rejected, to be tried again, or failed; decides, and does nothing about it. */
import { TaskFailedError } from '../kernel/errors.js'
import { readProperty } from '../kernel/guarded.js'
import { safeError } from '../kernel/safe-text.js'
import { nextAttempt } from '../message/next-message.js'
import type { RetryNotice } from '../registry/task-definition.js'
import { decideExplicitRetry, decideRetry, type FailedAttempt } from '../retry/retry-policy.js'
import { NO_BUDGETS, type RetryDecision } from '../retry/retry-types.js'
import { signalOf } from '../task/signals.js'
import { runInTask } from '../task/task-context.js'
import type { HookScope } from './hooks.js'
import type { Outcome, Postponed, Revoked } from './outcome.js'

/** How a call that was run can end. */
export type RunOutcome = Exclude<Outcome, Revoked | Postponed>

/** An outcome, and what there is to say about it. */
export interface Verdict {
  readonly outcome: RunOutcome
  /** What was decided about a retry, where anybody was asked. */
  readonly decision?: RetryDecision
  /** What hooks are told of the retry that is made. */
  readonly notice?: RetryNotice
  /** Why a retry that was decided on cannot be made. */
  readonly unwritable?: unknown
}

/** How an attempt ends whose task threw this. */
export function judge(thrown: unknown, scope: HookScope): Verdict {
  const { message: identity } = scope.call
  // A forced stop aborts the signal, and what a task throws because of that is not its failure.
  if (scope.worker.forced.aborted) return { outcome: { kind: 'abandoned', identity } }
  const { attempt } = scope.context
  switch (signalOf(thrown)) {
    case 'ignore':
      return { outcome: { kind: 'ignored', identity } }
    case 'retry':
      return judgeSignal(thrown as object, scope)
    case 'reject':
      return { outcome: { kind: 'rejected', identity, error: thrown as Error, attempt } }
    case undefined:
      return judgeError(thrown, scope)
  }
}

/** The task has failed for good, with this. */
export function failed(error: unknown, { call, context }: HookScope): Verdict {
  const { deadLetter } = call.definition
  return {
    outcome: { kind: 'failed', identity: call.message, error, attempt: context.attempt, deadLetter },
  }
}

function judgeError(error: unknown, scope: HookScope): Verdict {
  const { retryRules: rules } = scope.call.definition
  if (rules.length === 0) return failed(error, scope)
  const decision = asPartOfIt(scope, () => decideRetry({ ...failedAttempt(error, scope), rules }))
  return decision.retry ? retried(error, decision, scope) : { ...failed(error, scope), decision }
}

/** It asked for the retry itself; its policies are not asked. */
function judgeSignal(signal: object, scope: HookScope): Verdict {
  const cause = readProperty(signal, 'cause')
  const terms = {
    delay: readProperty(signal, 'delay'),
    max: readProperty(signal, 'max'),
    key: readProperty(signal, 'key'),
  }
  const decision = decideExplicitRetry({ ...failedAttempt(cause, scope), terms })
  if (decision.retry) return retried(cause ?? signal, decision, scope)
  return { ...failed(cause ?? noMoreRetries(signal, decision, scope), scope), decision }
}

function failedAttempt(error: unknown, { call, context, worker }: HookScope): FailedAttempt {
  const { retries, budgets = NO_BUDGETS } = call.message
  const { attempt, taskName, args } = context
  return {
    error,
    state: { retries, budgets, maxRuns: call.definition.maxRuns },
    context: { attempt, taskName, args, request: context },
    random: worker.random,
  }
}

/** What a policy calls knows which attempt it works for, and its calls go through the worker's app. */
function asPartOfIt<T>({ context, worker }: HookScope, body: () => T): T {
  return worker.host.run(() => runInTask(context, body))
}

function retried(error: unknown, decision: RetryDecision & { retry: true }, scope: HookScope): Verdict {
  const { message, delivery, definition } = scope.call
  const { clock, serializer } = scope.worker.host
  const { policy, number: retry, max, budgets } = decision
  const nowMs = clock.now()
  const delayMs = inWholeSeconds(decision.delayMs)
  const firstFailedAt = message.firstFailedAt ?? nowMs
  try {
    const next = nextAttempt(
      delivery.message,
      message,
      { delayMs, nowMs, budgets, firstFailedAt },
      serializer,
    )
    const { attempt } = scope.context
    const { deadLetter } = definition
    return {
      outcome: { kind: 'retried', identity: message, error, attempt, delayMs, next, deadLetter },
      decision,
      notice: { delayMs, policy, retry, max, nextAt: new Date(nowMs + delayMs) },
    }
  } catch (unwritable) {
    return { ...failed(error, scope), decision, unwritable }
  }
}

/** As long as the broker will keep it. */
function inWholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000) * 1000
}

function noMoreRetries(
  signal: object,
  { policy, max = 0 }: RetryDecision & { retry: false },
  { call, context }: HookScope,
): TaskFailedError {
  const { id: taskId, taskName } = call.message
  const { attempt: attempts } = context
  const allowed = `${max} ${max === 1 ? 'retry' : 'retries'} under "${policy ?? 'explicit'}"`
  return new TaskFailedError(
    'ERR_TASK_FAILED',
    `Task "${taskName}" asked to be tried again, giving no cause, and after ${attempts} ${attempts === 1 ? 'run' : 'runs'} it may not be (${allowed}).`,
    { taskId, taskName, attempts, remote: safeError(signal) },
  )
}
