/** Options of one call and their checks: what `applyAsync` and `sendTask` accept besides the arguments. */
import { callDurationMs, type Duration } from '../kernel/duration.js'
import { PayloadError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
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

const KNOWN: readonly (keyof CallOptions)[] = [
  'taskId',
  'queue',
  'priority',
  'expires',
  'headers',
  'ignoreResult',
  'publishTimeout',
]

/**
 * Refuses options that cannot be meant.
 * @throws PayloadError ERR_OPTION_UNKNOWN, ERR_TASK_ID, ERR_QUEUE_NAME, ERR_PRIORITY_RANGE
 */
export function checkCallOptions(taskName: string, options: CallOptions): void {
  for (const key in options) refuseUnknown(taskName, key)
  if (options.taskId !== undefined) checkTaskId(taskName, options.taskId)
  if (options.queue !== undefined) checkQueueName(options.queue)
  if (options.priority !== undefined) checkPriority(taskName, options.priority)
  if (options.ignoreResult !== undefined && typeof options.ignoreResult !== 'boolean') {
    throw wrongOption(taskName, 'ignoreResult', 'must be true or false')
  }
}

/**
 * When a call stops being wanted, epoch milliseconds.
 * @throws PayloadError ERR_DELAY_INVALID
 */
export function expiryOf(
  taskName: string,
  expires: Duration | Date | undefined,
  nowMs: number,
): number | undefined {
  if (expires === undefined) return undefined
  if (!(expires instanceof Date)) return nowMs + callDurationMs(expires, `Option "expires" of "${taskName}"`)
  const at = expires.getTime()
  if (Number.isFinite(at) && Math.abs(at) < LAST_SENDABLE_MS) return at
  throw new PayloadError(
    'ERR_DELAY_INVALID',
    `Option "expires" of "${taskName}" is no usable date. Nothing was sent.`,
  )
}

/** The end of the year 9999: beyond it ISO 8601 needs a longer year, which Python cannot read. */
const LAST_SENDABLE_MS = Date.UTC(9999, 11, 31)

/** Whether both brokers take a queue of this name: 1-199 bytes, no control characters, not one of the broker's own. */
export function isQueueName(name: unknown): name is string {
  return isText(name, LONGEST_QUEUE_NAME) && !name.startsWith('amq.')
}

/**
 * A queue name both brokers take.
 * @throws PayloadError ERR_QUEUE_NAME
 */
export function checkQueueName(name: unknown): asserts name is string {
  if (isQueueName(name)) return
  const why = isText(name, LONGEST_QUEUE_NAME) ? 'starts with "amq.", which belongs to the broker' : BAD_TEXT
  const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 60)) : typeof name
  throw new PayloadError(
    'ERR_QUEUE_NAME',
    `Queue name ${shown} ${why} (1-${LONGEST_QUEUE_NAME} bytes). Give the queue another name.`,
  )
}

const LONGEST_QUEUE_NAME = 199
const BAD_TEXT = 'is empty, too long, no text, or has control characters in it'
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

function isText(value: unknown, maxBytes: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    Buffer.byteLength(value) <= maxBytes &&
    !CONTROL.test(value) &&
    isWellFormed(value)
  )
}

/** `String.prototype.isWellFormed`, which TypeScript's library for this target does not list. */
function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)
}

function checkTaskId(taskName: string, taskId: unknown): void {
  if (isText(taskId, 255)) return
  throw new PayloadError(
    'ERR_TASK_ID',
    `Option "taskId" of "${taskName}" ${BAD_TEXT} (1-255 bytes). Nothing was sent.`,
  )
}

function checkPriority(taskName: string, priority: unknown): void {
  if (typeof priority === 'number' && Number.isInteger(priority) && priority >= 0 && priority <= 9) return
  throw new PayloadError(
    'ERR_PRIORITY_RANGE',
    `Option "priority" of "${taskName}" is ${String(priority)}; it must be a whole number from 0 to 9. Nothing was sent.`,
  )
}

function refuseUnknown(taskName: string, key: string): void {
  if ((KNOWN as readonly string[]).includes(key)) return
  const [nearest] = nearestNames(key, KNOWN)
  const hint = nearest ? `Did you mean "${nearest}"?` : `There are: ${KNOWN.join(', ')}.`
  throw new PayloadError(
    'ERR_OPTION_UNKNOWN',
    `A call of "${taskName}" has an unknown option "${key}". ${hint} Nothing was sent.`,
  )
}

function wrongOption(taskName: string, option: string, must: string): PayloadError {
  return new PayloadError(
    'ERR_OPTION_INVALID',
    `Option "${option}" of "${taskName}" ${must}. Nothing was sent.`,
  )
}
