/** Tells whoever waits what came of a call: stores an outcome as a result, or what it comes to where it cannot be stored as it is. */
import { isTaskalopeError, type RemoteError } from '../kernel/errors.js'
import { safeError } from '../kernel/safe-text.js'
import type { MessageIdentity } from '../message/task-message.js'
import type { TaskResult } from '../results/task-result.js'
import type { Failed, Rejected, Retried, Revoked, Succeeded } from './outcome.js'
import { isUnsendable, unsendableResult } from './unsendable-result.js'
import type { WorkerParts } from './worker-parts.js'

/** Stores what the task returned; or gives the failure it comes to where a hook made the value unsendable, or it is too large with the answer around it. */
export async function storeSuccess(outcome: Succeeded, worker: WorkerParts): Promise<Failed | undefined> {
  const { identity, value, attempt, deadLetter } = outcome
  try {
    // A result is JSON: what returns nothing gives null, on every broker.
    await store(identity, { state: 'SUCCESS', value: value ?? null, attempts: attempt }, worker)
    return undefined
  } catch (error) {
    if (!isUnsendable(error)) throw error
    const failure = unsendableResult(error, identity, attempt)
    const { taskName, id } = identity
    worker.host.logger.error(
      { code: failure.code, task: taskName, id, err: failure },
      'a result cannot be sent; the task counts as failed',
    )
    return { kind: 'failed', identity, error: failure, attempt, deadLetter }
  }
}

/** Stores what went wrong, for good or until the next attempt. */
export async function storeError(
  state: 'FAILURE' | 'RETRY',
  outcome: Failed | Rejected | Retried,
  worker: WorkerParts,
): Promise<void> {
  const { identity, attempt: attempts } = outcome
  const error = errorAsPythonSeesIt(outcome)
  try {
    await store(identity, { state, error, attempts }, worker)
  } catch (cause) {
    if (!isUnsendable(cause)) throw cause
    // Whoever waits is told that it failed, at least; run again, it would fail in the same way.
    const bare = { name: error.name, message: 'What it said is too large to be sent.', module: error.module }
    await store(identity, { state, error: bare, attempts }, worker)
  }
}

/** Stores that it is not wanted any more, in Celery's words. */
export async function storeRevoked({ identity, reason }: Revoked, worker: WorkerParts): Promise<void> {
  const error = { name: 'TaskRevokedError', message: reason, module: 'celery.exceptions' }
  await store(identity, { state: 'REVOKED', error, attempts: 0 }, worker)
}

async function store(
  identity: MessageIdentity,
  result: Omit<TaskResult, 'taskId' | 'worker'>,
  { host, name }: WorkerParts,
): Promise<void> {
  if (identity.id === undefined || identity.ignoreResult) return
  await host.results?.store({ ...result, taskId: identity.id, worker: name }, identity)
}

/** A Python caller knows an unknown task by this name, and our own errors by our module. */
function errorAsPythonSeesIt({ kind, error }: Failed | Rejected | Retried): RemoteError {
  const remote = safeError(error)
  if (!isTaskalopeError(error)) return remote
  if (kind !== 'rejected' || error.code !== 'ERR_TASK_UNKNOWN') return { ...remote, module: 'taskalope' }
  return { ...remote, name: 'NotRegistered', module: 'celery.exceptions' }
}
