/** Acts on an outcome: result, then what follows or the dead letter, then, last of all, the acknowledgement, and it is the only module that acknowledges. */
import type { Delivery } from '../broker/broker.js'
import { sleep } from '../kernel/clock.js'
import { isTaskalopeError, type ErrorCode } from '../kernel/errors.js'
import { failpoint } from '../kernel/failpoint.js'
import { safeError } from '../kernel/safe-text.js'
import { deadLetterHeaders } from '../message/dead-letter.js'
import type { Abandoned, Failed, Outcome, Postponed, Rejected, Retried } from './outcome.js'
import { isRefusedForGood, mayBeOverSoon } from './refused-for-good.js'
import { storeError, storeRevoked, storeSuccess } from './store-outcome.js'
import type { WorkerParts } from './worker-parts.js'

/** How long a delivery that could not be settled rests before it is tried again or goes back, so that trouble does not become a hot loop. */
const REST_MS = 1000

/** How often a delivery is tried to be settled while the broker takes nothing: five minutes and more of an alarm. */
const MOST_TRIES = 30

/**
 * Settles a delivery. While the broker is away, or takes nothing, it is tried again with the same outcome: what the task did is done. Where a step fails
 * for another reason, or for too long, the delivery goes back to its queue and the task runs again: at least once.
 * Never rejects.
 */
export async function settle(outcome: Outcome, delivery: Delivery, worker: WorkerParts): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act(outcome, delivery, worker)
    } catch (error) {
      const isLast = tries >= MOST_TRIES || !mayBeOverSoon(error)
      logUnsettled(outcome, delivery, worker, { error, isLast })
      await sleep(worker.host.clock, REST_MS, worker.forced)
      if (isLast || worker.forced.aborted || delivery.lost) return delivery.release()
    }
  }
}

function logUnsettled(
  { kind, identity }: Outcome,
  { queue }: Delivery,
  { host }: WorkerParts,
  { error, isLast }: { readonly error: unknown; readonly isLast: boolean },
): void {
  host.logger.error(
    { err: error, task: identity.taskName, id: identity.id, queue },
    `a delivery that ended as "${kind}" could not be settled; ${isLast ? 'it goes back to the queue' : 'it is tried again'}`,
  )
}

async function act(outcome: Outcome, delivery: Delivery, worker: WorkerParts): Promise<void> {
  if (outcome.kind === 'abandoned') return delivery.release()
  const instead = await carryOut(outcome, delivery, worker)
  if (instead) return act(instead, delivery, worker)
  delivery.ack()
  failpoint('after-ack')
}

/** All that comes before the acknowledgement; gives what it comes to instead, where that turns out to be impossible. */
async function carryOut(
  outcome: Exclude<Outcome, Abandoned>,
  delivery: Delivery,
  worker: WorkerParts,
): Promise<Failed | Rejected | undefined> {
  switch (outcome.kind) {
    case 'succeeded':
      return storeSuccess(outcome, worker)
    case 'retried':
      await storeError('RETRY', outcome, worker)
      return sendOn(outcome, delivery, worker)
    case 'postponed':
      return sendOn(outcome, delivery, worker)
    case 'failed':
    case 'rejected':
      await storeError('FAILURE', outcome, worker)
      return park(outcome, delivery, worker)
    case 'revoked':
      await storeRevoked(outcome, worker)
      return undefined
    case 'ignored':
      return undefined
  }
}

/** Has the broker keep what comes next, before this is acknowledged; or gives how it ends where the broker will never take it. */
async function sendOn(
  outcome: Retried | Postponed,
  delivery: Delivery,
  worker: WorkerParts,
): Promise<Failed | Rejected | undefined> {
  const step = outcome.kind === 'retried' ? 'retry' : 'postpone'
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

/** What was rejected is always parked; a failure unless its task says otherwise. */
async function park(outcome: Failed | Rejected, delivery: Delivery, worker: WorkerParts): Promise<undefined> {
  if (outcome.kind === 'failed' && !outcome.deadLetter) return
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
  if (outcome.kind === 'rejected' && outcome.attempt === 0) logParked(outcome, delivery, worker)
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
