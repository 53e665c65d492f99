/** Every error class of the library and the closed union of their codes: each says what happened, to which named thing, and what to do. */

/** Codes of mistakes in a declaration or the set-up: the programmer has to change something. */
export type DeclarationCode =
  | 'ERR_TASK_NAME'
  | 'ERR_TASK_DUPLICATE'
  | 'ERR_TASK_TARGET'
  | 'ERR_OPTION_UNKNOWN'
  | 'ERR_OPTION_INVALID'
  | 'ERR_PAYLOAD_TYPE'
  | 'ERR_BROKER_URL'
  | 'ERR_NO_BROKER'
  | 'ERR_NO_BACKEND'
  | 'ERR_NO_APP'
  | 'ERR_MODULE_LOAD'
  | 'ERR_PEER_MISSING'
  | 'ERR_QUEUE_MISMATCH'
  | 'ERR_BROKER_REFUSED'

/** Codes of calls that can never work: nothing was sent. */
export type PayloadCode =
  | 'ERR_OPTION_UNKNOWN'
  | 'ERR_OPTION_INVALID'
  | 'ERR_ARGUMENTS'
  | 'ERR_VALUE_UNSENDABLE'
  | 'ERR_FORBIDDEN_KEY'
  | 'ERR_PRIORITY_RANGE'
  | 'ERR_DELAY_INVALID'
  | 'ERR_DELAY_RANGE'
  | 'ERR_ETA_INVALID'
  | 'ERR_EXPIRES_BEFORE_ETA'
  | 'ERR_TASK_ID'
  | 'ERR_QUEUE_NAME'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_BODY_TOO_DEEP'
  | 'ERR_HEADER_INVALID'

/** Codes of messages that can never be run: they are parked. */
export type MessageCode =
  | 'ERR_ARGUMENTS'
  | 'ERR_FORBIDDEN_KEY'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_BODY_TOO_DEEP'
  | 'ERR_HEADER_INVALID'
  | 'ERR_BODY_EMPTY'
  | 'ERR_BODY_NOT_UTF8'
  | 'ERR_BODY_NOT_JSON'
  | 'ERR_ENVELOPE_INVALID'
  | 'ERR_TAG_UNKNOWN'
  | 'ERR_CONTENT_TYPE'
  | 'ERR_COMPRESSION_REFUSED'
  | 'ERR_COMPRESSION_CORRUPT'
  | 'ERR_BODY_BOMB'
  | 'ERR_NOT_A_TASK'
  | 'ERR_TASK_UNKNOWN'
  | 'ERR_REJECTED'
  | 'ERR_WORKFLOW_INVALID'

/** Codes of trouble on the road to the broker; the first three say what became of the message. */
export type BrokerCode = 'ERR_NOT_SENT' | 'ERR_REFUSED' | 'ERR_UNKNOWN_OUTCOME' | 'ERR_CONNECTION_LOST'

/** Codes of answers that did not come. */
export type ResultCode = 'ERR_RESULT_TIMEOUT' | 'ERR_RESULT_EXPIRED' | 'ERR_RESULT_INVALID'

/** Codes of tasks that ended badly on a worker. */
export type TaskFailedCode =
  'ERR_TASK_FAILED' | 'ERR_TASK_REVOKED' | 'ERR_RESULT_TOO_LARGE' | 'ERR_RESULT_UNSENDABLE'

/** Codes that are only logged and counted, never thrown. */
export type LogCode =
  | 'ERR_BACKOFF_INVALID'
  | 'ERR_HOOK_FAILED'
  | 'ERR_REPLY_REFUSED'
  | 'ERR_CONNECTION_POISON'
  | 'ERR_UNHANDLED_REJECTION'

/** Every code there is; docs/reference/errors.md has an anchor for each. */
export type ErrorCode =
  DeclarationCode | PayloadCode | MessageCode | BrokerCode | ResultCode | TaskFailedCode | LogCode

const BRAND = Symbol.for('taskalope.error/1')

/** The root of every error this library throws. `code` is stable and documented; match on it, not on the text. */
export class TaskalopeError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }

  // Not a field: those are printed with the error.
  get [BRAND](): true {
    return true
  }
}

/**
 * Whether a value is an error of this library, with this code if one is given.
 * Works across duplicate installs of the package, where `instanceof` does not.
 */
export function isTaskalopeError(value: unknown, code?: ErrorCode): value is TaskalopeError {
  if (typeof value !== 'object' || value === null) return false
  const branded = value as { readonly [BRAND]?: unknown; readonly code?: unknown }
  try {
    if (branded[BRAND] !== true || typeof branded.code !== 'string') return false
    return code === undefined || branded.code === code
  } catch {
    // A proxy may throw at every look at it, and what a task throws can be one.
    return false
  }
}

/** Something is wrong where a task, an option or the set-up was declared: change the code or the configuration. */
export class DeclarationError extends TaskalopeError {
  declare readonly code: DeclarationCode
  constructor(code: DeclarationCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** One thing that is wrong with a value, and where: `path` is like `[0].items[3]`, empty for the whole value. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** This call can never work, and nothing was sent: the arguments or the options of the call are wrong. */
export class PayloadError extends TaskalopeError {
  declare readonly code: PayloadCode
  /** What is wrong, value by value; empty when the message says it all. */
  readonly issues: readonly Issue[]

  constructor(
    code: PayloadCode,
    message: string,
    options: ErrorOptions & { issues?: readonly Issue[] } = {},
  ) {
    super(code, message, options)
    this.issues = options.issues ?? []
  }
}

/** This message can never be run: a worker parks it among the dead letters with this reason. */
export class MessageError extends TaskalopeError {
  declare readonly code: MessageCode
  constructor(code: MessageCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** Why nothing was sent (`ERR_NOT_SENT`), or why the broker said no (`ERR_REFUSED`). */
export type BrokerReason =
  | 'blocked'
  | 'backlog'
  | 'disconnected'
  | 'timeout'
  | 'closed'
  | 'unroutable'
  | 'queue-full'
  | 'too-large'
  | 'rights'
  | 'other'

/**
 * The road to the broker is broken: wait and try again.
 * `ERR_NOT_SENT`: nothing reached it, sending again is safe. `ERR_REFUSED`: it said no, nothing is stored.
 * `ERR_UNKNOWN_OUTCOME`: written but not confirmed; it may run, and sending again with the same id is safe.
 */
export class BrokerError extends TaskalopeError {
  declare readonly code: BrokerCode
  readonly reason: BrokerReason | undefined

  constructor(code: BrokerCode, message: string, options: ErrorOptions & { reason?: BrokerReason } = {}) {
    super(code, message, options)
    this.reason = options.reason
  }
}

/** The answer is missing: none yet, none any more, or what came is no result. */
export class ResultError extends TaskalopeError {
  declare readonly code: ResultCode
  constructor(code: ResultCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** What the remote side said about an error; never turned back into a class, because names from the wire are only data. */
export interface RemoteError {
  readonly name: string
  readonly message: string
  readonly module: string | null
  readonly stack?: string
  readonly cause?: RemoteError
}

/** What `TaskFailedError` knows of the task that failed. */
export interface TaskFailedDetails {
  readonly taskId: string
  readonly taskName?: string | undefined
  readonly attempts?: number | undefined
  readonly worker?: string | undefined
  readonly remote: RemoteError
}

/** The remote task failed or was revoked; what it threw is in `remote`, as data. */
export class TaskFailedError extends TaskalopeError {
  declare readonly code: TaskFailedCode
  readonly taskId: string
  readonly taskName: string | undefined
  readonly attempts: number | undefined
  readonly worker: string | undefined
  readonly remote: RemoteError

  constructor(code: TaskFailedCode, message: string, details: TaskFailedDetails) {
    super(code, message)
    this.taskId = details.taskId
    this.taskName = details.taskName
    this.attempts = details.attempts
    this.worker = details.worker
    this.remote = details.remote
  }
}
