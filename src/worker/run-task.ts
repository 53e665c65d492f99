/** Runs one call and judges how that ended: returned, threw, threw a signal, or was cut short by a forced stop. */
import type { TaskHooks } from '../registry/task-definition.js'
import { signalOf } from '../task/signals.js'
import { AttemptContext, type Call } from './attempt-context.js'
import { callHook, type HookScope } from './hooks.js'
import type { Outcome, Revoked } from './outcome.js'
import { ABANDONED, unlessAbandoned } from './running-attempts.js'
import { unsendableResult } from './unsendable-result.js'
import type { WorkerParts } from './worker-parts.js'

/** How a call that was run can end. */
export type RunOutcome = Exclude<Outcome, Revoked>

/** How running this call ended; calls the task's hooks on the way. Never rejects. */
export async function runTask(call: Call, worker: WorkerParts): Promise<RunOutcome> {
  const scope: RunScope = { call, worker, context: new AttemptContext(call, worker), target: undefined }
  const startedAt = worker.host.clock.monotonic()
  const outcome = await runAndJudge(scope)
  if (outcome.kind === 'abandoned') worker.running.cutShort += 1
  await tellHook('afterRun', [outcome.kind], scope)
  scope.context.end()
  logOutcome(outcome, scope, worker.host.clock.monotonic() - startedAt)
  return outcome
}

/** The scope of an attempt whose instance may still have to be made. */
type RunScope = HookScope & { target: object | undefined }

async function runAndJudge(scope: RunScope): Promise<RunOutcome> {
  const { message } = scope.call
  try {
    const value = await unlessAbandoned(perform(scope), scope.worker.running)
    if (value === ABANDONED) return { kind: 'abandoned', identity: message }
    refuseUnsendable(value, scope)
    await tellHook('onSuccess', [value], scope)
    const { deadLetter } = scope.call.definition
    return { kind: 'succeeded', identity: message, value, attempt: scope.context.attempt, deadLetter }
  } catch (thrown) {
    return judgeThrown(thrown, scope)
  }
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
function refuseUnsendable(value: unknown, { call, worker }: RunScope): void {
  if (call.message.ignoreResult || value === undefined || isPlainScalar(value)) return
  try {
    worker.host.serializer.encode(value, { subject: `The result of "${call.definition.name}"` })
  } catch (error) {
    throw unsendableResult(error, call.message, call.message.retries + 1)
  }
}

function isPlainScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

async function judgeThrown(thrown: unknown, scope: RunScope): Promise<RunOutcome> {
  const { message, definition } = scope.call
  const { attempt } = scope.context
  // A forced stop aborts the signal, and what a task throws because of that is not its failure.
  if (scope.worker.forced.aborted) return { kind: 'abandoned', identity: message }
  const signal = signalOf(thrown)
  if (signal === 'ignore') return { kind: 'ignored', identity: message }
  await tellHook('onFailure', [thrown], scope)
  if (signal === 'reject') return { kind: 'rejected', identity: message, error: thrown as Error, attempt }
  return { kind: 'failed', identity: message, error: thrown, attempt, deadLetter: definition.deadLetter }
}

function logOutcome(outcome: RunOutcome, { context, call }: RunScope, tookMs: number): void {
  const fields = { queue: call.delivery.queue, ms: Math.round(tookMs) }
  switch (outcome.kind) {
    case 'succeeded':
      return context.log.info(fields, 'task succeeded')
    case 'ignored':
      return context.log.info(fields, 'task asked to be ignored')
    case 'abandoned':
      return context.log.warn(
        fields,
        'task was cut short by a forced stop; its message goes back to the queue',
      )
    case 'rejected':
      return context.log.warn({ ...fields, err: outcome.error }, 'task rejected its message; it is parked')
    case 'failed':
      return context.log.error(
        { ...fields, err: outcome.error },
        outcome.deadLetter ? 'task failed; its message is parked' : 'task failed',
      )
  }
}
