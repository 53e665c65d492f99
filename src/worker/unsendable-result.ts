/** Tells results that can never be sent from those the road was closed to, and makes the failure of the former. */
import { BrokerError, isTaskalopeError, PayloadError, TaskFailedError } from '../kernel/errors.js'
import { safeError } from '../kernel/safe-text.js'
import type { MessageIdentity } from '../message/task-message.js'

/** The failure of a task that returned what cannot travel. Not tried again by anybody: what the task did is done. */
export function unsendableResult(
  cause: unknown,
  { id, taskName }: MessageIdentity,
  attempts: number,
): TaskFailedError {
  const isTooLarge = isTaskalopeError(cause, 'ERR_BODY_TOO_LARGE') || isRefusedAsTooLarge(cause)
  const remote = safeError(cause)
  return new TaskFailedError(isTooLarge ? 'ERR_RESULT_TOO_LARGE' : 'ERR_RESULT_UNSENDABLE', remote.message, {
    taskId: id ?? '',
    taskName,
    attempts,
    remote,
  })
}

/** Whether storing failed for good: another attempt would fail in the same way. */
export function isUnsendable(error: unknown): boolean {
  return error instanceof PayloadError || isRefusedAsTooLarge(error)
}

function isRefusedAsTooLarge(error: unknown): boolean {
  return error instanceof BrokerError && error.reason === 'too-large'
}
