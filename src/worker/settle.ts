/** Acts on an outcome: result, then dead letter, then, last of all, the acknowledgement, and it is the only module that acknowledges. */
import type { Delivery } from '../broker/broker.js'
import { sleep } from '../kernel/clock.js'
import { isTaskalopeError, type ErrorCode, type RemoteError } from '../kernel/errors.js'
import { safeError } from '../kernel/safe-text.js'
import { deadLetterHeaders } from '../message/dead-letter.js'
import type { MessageIdentity } from '../message/task-message.js'
import type { TaskResult } from '../results/task-result.js'
import type { Failed, Outcome, Rejected, Succeeded } from './outcome.js'
import { isUnsendable, unsendableResult } from './unsendable-result.js'
import type { WorkerParts } from './worker-parts.js'

/** How long a delivery that could not be settled rests before it goes back, so that trouble does not become a hot loop. */
const REST_MS = 1000

/**
 * Settles a delivery. Where a step cannot reach its server the delivery goes back to its queue and the task runs again: at least once.
 * Never rejects.
 */
export async function settle(outcome: Outcome, delivery: Delivery, worker: WorkerParts): Promise<void> {
  try {
    await act(outcome, delivery, worker)
  } catch (error) {
    worker.host.logger.error(
      { err: error, task: outcome.identity.taskName, id: outcome.identity.id, queue: delivery.queue },
      `a delivery that ended as "${outcome.kind}" could not be settled; it goes back to the queue`,
    )
    await sleep(worker.host.clock, REST_MS, worker.forced)
    delivery.release()
  }
}

async function act(outcome: Outcome, delivery: Delivery, worker: WorkerParts): Promise<void> {
  switch (outcome.kind) {
    case 'succeeded': {
      const failure = await storeSuccess(outcome, worker)
      return failure ? act(failure, delivery, worker) : delivery.ack()
    }
    case 'failed':
      await storeFailure(outcome.identity, remoteError(outcome.error), outcome.attempt, worker)
      if (outcome.deadLetter) await park(outcome, delivery, worker)
      return delivery.ack()
    case 'rejected':
      await storeFailure(outcome.identity, rejectionAsPythonSeesIt(outcome), outcome.attempt, worker)
      await park(outcome, delivery, worker)
      if (outcome.attempt === 0) logParked(outcome, delivery, worker)
      return delivery.ack()
    case 'revoked':
      await storeRevoked(outcome.identity, outcome.reason, worker)
      return delivery.ack()
    case 'ignored':
      return delivery.ack()
    case 'abandoned':
      return delivery.release()
  }
}

/** Stores what the task returned; or the failure it comes to where a hook made the value unsendable, or it is too large with the answer around it. */
async function storeSuccess(outcome: Succeeded, worker: WorkerParts): Promise<Failed | undefined> {
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

async function storeFailure(
  identity: MessageIdentity,
  error: RemoteError,
  attempts: number,
  worker: WorkerParts,
): Promise<void> {
  try {
    await store(identity, { state: 'FAILURE', error, attempts }, worker)
  } catch (cause) {
    if (!isUnsendable(cause)) throw cause
    // Whoever waits is told that it failed, at least; run again, it would fail in the same way.
    const bare = { name: error.name, message: 'What it said is too large to be sent.', module: error.module }
    await store(identity, { state: 'FAILURE', error: bare, attempts }, worker)
  }
}

async function storeRevoked(identity: MessageIdentity, reason: string, worker: WorkerParts): Promise<void> {
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

async function park(outcome: Failed | Rejected, delivery: Delivery, worker: WorkerParts): Promise<void> {
  const { name: errorName, message, stack } = safeError(outcome.error)
  const headers = deadLetterHeaders({
    code: codeOf(outcome),
    errorName,
    message,
    stack,
    at: worker.host.clock.now(),
    worker: worker.name,
    queue: delivery.queue,
    attempts: outcome.attempt,
  })
  await worker.host.broker.park(delivery, headers)
}

function logParked(outcome: Rejected, delivery: Delivery, worker: WorkerParts): void {
  const { id, taskName } = outcome.identity
  const { message } = safeError(outcome.error)
  worker.host.logger.warn(
    {
      code: codeOf(outcome),
      task: taskName,
      id,
      queue: delivery.queue,
      bytes: delivery.message.body.byteLength,
    },
    `a message was parked and not run: ${message}`,
  )
}

function codeOf({ kind, error }: Failed | Rejected): ErrorCode {
  if (isTaskalopeError(error)) return error.code
  return kind === 'failed' ? 'ERR_TASK_FAILED' : 'ERR_REJECTED'
}

/** A Python caller knows an unknown task by this name, and our own errors by our module. */
function rejectionAsPythonSeesIt({ error }: Rejected): RemoteError {
  const remote = remoteError(error)
  if (!isTaskalopeError(error, 'ERR_TASK_UNKNOWN')) return remote
  return { ...remote, name: 'NotRegistered', module: 'celery.exceptions' }
}

function remoteError(thrown: unknown): RemoteError {
  const remote = safeError(thrown)
  return isTaskalopeError(thrown) ? { ...remote, module: 'taskalope' } : remote
}
