/** Acts on an outcome: result, then what follows or the dead letter, then, last of all, the acknowledgement, and it is the only module that acknowledges. */
import type { Delivery } from '../broker/broker.js'
import { sleep } from '../kernel/clock.js'
import { isTaskalopeError, type ErrorCode, type RemoteError } from '../kernel/errors.js'
import { failpoint } from '../kernel/failpoint.js'
import { safeError } from '../kernel/safe-text.js'
import { deadLetterHeaders } from '../message/dead-letter.js'
import type { MessageIdentity } from '../message/task-message.js'
import type { TaskResult } from '../results/task-result.js'
import type { Failed, Outcome, Postponed, Rejected, Retried, Succeeded } from './outcome.js'
import { isRefusedForGood } from './refused-for-good.js'
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
      return failure ? act(failure, delivery, worker) : acknowledge(delivery)
    }
    case 'retried':
    case 'postponed': {
      const refused = await sendOn(outcome, delivery, worker)
      return refused ? act(refused, delivery, worker) : acknowledge(delivery)
    }
    case 'failed':
      await storeError('FAILURE', outcome, worker)
      if (outcome.deadLetter) await park(outcome, delivery, worker)
      return acknowledge(delivery)
    case 'rejected':
      await storeError('FAILURE', outcome, worker)
      await park(outcome, delivery, worker)
      if (outcome.attempt === 0) logParked(outcome, delivery, worker)
      return acknowledge(delivery)
    case 'revoked':
      await storeRevoked(outcome.identity, outcome.reason, worker)
      return acknowledge(delivery)
    case 'ignored':
      return acknowledge(delivery)
    case 'abandoned':
      return delivery.release()
  }
}

function acknowledge(delivery: Delivery): void {
  delivery.ack()
  failpoint('after-ack')
}

/** Has the broker keep what comes next, before this is acknowledged; or gives how it ends where the broker will never take it. */
async function sendOn(
  outcome: Retried | Postponed,
  delivery: Delivery,
  worker: WorkerParts,
): Promise<Failed | Rejected | undefined> {
  const step = outcome.kind === 'retried' ? 'retry' : 'postpone'
  if (outcome.kind === 'retried') await storeError('RETRY', outcome, worker)
  const { broker } = worker.host
  const delayMs = Math.min(outcome.delayMs, broker.capabilities.maxDelayMs)
  try {
    failpoint(`before-${step}-publish`)
    await broker.publishDelayed(delivery.queue, outcome.next, delayMs)
    failpoint(`after-${step}-publish`)
    return undefined
  } catch (error) {
    if (!isRefusedForGood(error)) throw error
    return notSentOn(outcome, error, worker)
  }
}

/** Sent again and again it would be refused again and again, and between two refusals the task would run. */
function notSentOn(outcome: Retried | Postponed, error: Error, { host }: WorkerParts): Failed | Rejected {
  const { identity } = outcome
  if (outcome.kind === 'postponed') return { kind: 'rejected', identity, error, attempt: 0 }
  const { attempt, deadLetter } = outcome
  host.logger.error(
    { task: identity.taskName, id: identity.id, attempt, err: error },
    'the next attempt of a task cannot be sent, so the task has failed',
  )
  return { kind: 'failed', identity, error: outcome.error, attempt, deadLetter }
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

async function storeError(
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
    firstFailedAt: outcome.identity.firstFailedAt,
  })
  failpoint('before-park')
  await worker.host.broker.park(delivery, headers)
  failpoint('after-park')
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
function errorAsPythonSeesIt({ kind, error }: Failed | Rejected | Retried): RemoteError {
  const remote = safeError(error)
  if (!isTaskalopeError(error)) return remote
  if (kind !== 'rejected' || error.code !== 'ERR_TASK_UNKNOWN') return { ...remote, module: 'taskalope' }
  return { ...remote, name: 'NotRegistered', module: 'celery.exceptions' }
}
