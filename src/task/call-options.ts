/** Options of one call and their checks: what `applyAsync` and `sendTask` accept besides the arguments. */
import type { Duration } from '../kernel/duration.js'
import type { HeaderValue } from '../message/wire-message.js'

/** Options of one call; each stands above what the task declares. */
export interface CallOptions {
  /** The id of the call; default a random UUID. Any text of 1-255 bytes without control characters. Sending twice under one id runs it twice. */
  readonly taskId?: string
  /** The queue to send to; default the task's, else the app's default queue. */
  readonly queue?: string
  /** 0 (default) to 9, higher first; only queues declared with `maxPriority` look at it. */
  readonly priority?: number
  /** After this long, or at this moment, the call is no longer wanted: a worker that gets it later stores REVOKED and does not run it. */
  readonly expires?: Duration | Date
  /** Headers that travel with the message and come out as `request.headers`. Plain values only; names of the protocol are refused. */
  readonly headers?: Readonly<Record<string, HeaderValue | undefined>>
  /** Nobody waits for the result: none is sent. Default the task's `ignoreResult`. */
  readonly ignoreResult?: boolean
  /** How long sending may take before the promise rejects; default the app's `publishTimeout` (10 s). */
  readonly publishTimeout?: Duration
}

/** Options of a call by name. */
export interface SendTaskOptions extends CallOptions {
  /** Python's keyword arguments. */
  readonly kwargs?: Readonly<Record<string, unknown>>
}
