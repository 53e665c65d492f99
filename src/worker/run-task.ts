/** Runs one call, has judged what it threw, and calls the task's hooks on the way. */
import type { TaskFailedError } from '../kernel/errors.js'
import { failpoint } from '../kernel/failpoint.js'
import type { TaskHooks } from '../registry/task-definition.js'
import { AttemptContext, type Call } from './attempt-context.js'
import { callHook, type HookScope } from './hooks.js'
import { failed, judge, type RunOutcome, type Verdict } from './judge.js'
import { logOutcome } from './log-outcome.js'
import { ABANDONED, unlessAbandoned } from './running-attempts.js'
import { unsendableResult } from './unsendable-result.js'
import type { WorkerParts } from './worker-parts.js'

/** How running this call ended; calls the task's hooks on the way. Never rejects. */
export async function runTask(call: Call, worker: WorkerParts): Promise<RunOutcome> {
  const scope: RunScope = { call, worker, context: new AttemptContext(call, worker), target: undefined }
  const startedAt = worker.host.clock.monotonic()
  failpoint('before-start')
  const verdict = await runAndJudge(scope)
  const { outcome } = verdict
  if (outcome.kind === 'abandoned') worker.running.cutShort += 1
  await tellHook('afterRun', [outcome.kind], scope)
  scope.context.end()
  logOutcome(verdict, scope, worker.host.clock.monotonic() - startedAt)
  return outcome
}

/** The scope of an attempt whose instance may still have to be made. */
type RunScope = HookScope & { target: object | undefined }

async function runAndJudge(scope: RunScope): Promise<Verdict> {
  const { message, definition } = scope.call
  try {
    const value = await unlessAbandoned(perform(scope), scope.worker.running)
    failpoint('after-start')
    if (value === ABANDONED) return { outcome: { kind: 'abandoned', identity: message } }
    const unsendable = whyUnsendable(value, scope)
    // Never tried again: what the task did is done.
    if (unsendable) return await told(failed(unsendable, scope), scope)
    await tellHook('onSuccess', [value], scope)
    const { attempt } = scope.context
    const { deadLetter } = definition
    return { outcome: { kind: 'succeeded', identity: message, value, attempt, deadLetter } }
  } catch (thrown) {
    failpoint('after-start')
    return told(judge(thrown, scope), scope)
  }
}

/** Tells the hooks of what went wrong. */
async function told(verdict: Verdict, scope: RunScope): Promise<Verdict> {
  const { outcome, notice } = verdict
  if (outcome.kind === 'retried') await tellHook('onRetry', [outcome.error, notice], scope)
  if (outcome.kind === 'failed' || outcome.kind === 'rejected') {
    await tellHook('onFailure', [outcome.error], scope)
  }
  return verdict
}

async function perform(scope: RunScope): Promise<unknown> {
  const made = scope.worker.runner.prepare(scope.call.definition, scope.context)
  const runnable = made instanceof Promise ? await made : made
  scope.target = runnable.target
  const before = callHook('beforeStart', [], scope)
  if (before) await before
  // A forced stop that came while it was being prepared: what has not begun is not begun any more.
  return scope.worker.forced.aborted ? ABANDONED : runnable.run()
}

/** Tells a hook what has happened already: one that does not end holds the slot until a forced stop leaves it behind, and the outcome stays what it is. */
function tellHook(
  name: keyof TaskHooks,
  args: readonly unknown[],
  scope: RunScope,
): Promise<unknown> | undefined {
  const told = callHook(name, args, scope)
  return told && unlessAbandoned(told, scope.worker.running)
}

/** Found out here and not when the result is stored, so that the task's own hooks and the dead letter tell the same story. */
function whyUnsendable(value: unknown, { call, worker }: RunScope): TaskFailedError | undefined {
  if (call.message.ignoreResult || value === undefined || isPlainScalar(value)) return undefined
  try {
    worker.host.serializer.encode(value, { subject: `The result of "${call.definition.name}"` })
    return undefined
  } catch (error) {
    return unsendableResult(error, call.message, call.message.retries + 1)
  }
}

function isPlainScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}
