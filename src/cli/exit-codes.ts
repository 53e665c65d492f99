/** The exit codes of the command line, and which error ends with which. */
import { isTaskalopeError, type ErrorCode } from '../kernel/errors.js'
import { UsageError } from './usage-error.js'

/** As in sysexits.h where that has a word for it; `docs/reference/errors.md` says the same. */
export const EXIT = Object.freeze({
  /** Done, or drained. */
  done: 0,
  /** The answer is no, or a stop was forced. */
  no: 1,
  usage: 64,
  unreachable: 69,
  uncaught: 70,
  configuration: 78,
})

/** A number of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What the process ends with after this error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage
  if (!isTaskalopeError(error)) return EXIT.uncaught
  return BY_CODE[error.code] ?? EXIT.no
}

/** What is not listed is an answer, and that answer is no: the task failed, its result did not come, the broker would not take the call. */
const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  ERR_NOT_SENT: EXIT.unreachable,
  ERR_UNKNOWN_OUTCOME: EXIT.unreachable,
  ERR_CONNECTION_LOST: EXIT.unreachable,

  ERR_TASK_NAME: EXIT.configuration,
  ERR_TASK_DUPLICATE: EXIT.configuration,
  ERR_TASK_TARGET: EXIT.configuration,
  ERR_OPTION_UNKNOWN: EXIT.configuration,
  ERR_OPTION_INVALID: EXIT.configuration,
  ERR_PAYLOAD_TYPE: EXIT.configuration,
  ERR_BROKER_URL: EXIT.configuration,
  ERR_NO_BROKER: EXIT.configuration,
  ERR_NO_BACKEND: EXIT.configuration,
  ERR_NO_APP: EXIT.configuration,
  ERR_MODULE_LOAD: EXIT.configuration,
  ERR_PEER_MISSING: EXIT.configuration,
  ERR_QUEUE_MISMATCH: EXIT.configuration,
  ERR_BROKER_REFUSED: EXIT.configuration,

  ERR_ARGUMENTS: EXIT.usage,
  ERR_VALUE_UNSENDABLE: EXIT.usage,
  ERR_FORBIDDEN_KEY: EXIT.usage,
  ERR_PRIORITY_RANGE: EXIT.usage,
  ERR_DELAY_INVALID: EXIT.usage,
  ERR_DELAY_RANGE: EXIT.usage,
  ERR_ETA_INVALID: EXIT.usage,
  ERR_EXPIRES_BEFORE_ETA: EXIT.usage,
  ERR_TASK_ID: EXIT.usage,
  ERR_QUEUE_NAME: EXIT.usage,
  ERR_BODY_TOO_LARGE: EXIT.usage,
  ERR_BODY_TOO_DEEP: EXIT.usage,
}
