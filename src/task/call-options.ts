/** Options of one call and their checks: what `applyAsync` and `sendTask` accept besides the arguments. */
import type { Duration } from '../kernel/duration.js'
import { PayloadError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import { cutText, safeInspect, safeText } from '../kernel/safe-text.js'
import type { HeaderValue } from '../message/wire-message.js'

/** Options of one call; each stands above what the task declares. */
export interface CallOptions {
  /** The id of the call; default a random UUID. Any text of 1-255 bytes without control characters. Sending twice under one id runs it twice. */
  readonly taskId?: string
  /** The queue to send to; default the task's, else the app's default queue. */
  readonly queue?: string
  /** 0 (default) to 9, higher first; only queues declared with `maxPriority` look at it. */
  readonly priority?: number
  /**
   * Runs after this long, never before. It waits in the broker, as safe as in a queue, whatever becomes of this process; at least as long by any clock,
   * since nobody's wall clock is asked. Rounded up to whole seconds there; 0 is at once. 2^28 - 1 seconds, 8.5 years, is the most. Excludes `eta`.
   */
  readonly countdown?: Duration
  /**
   * Runs at this moment, by the clock of the worker's machine, never before. Text is ISO 8601 with its zone: `2031-01-02T03:04:05+01:00`, `…Z`. Waits as with
   * `countdown`. A moment that has passed is now; up to 8.5 years ahead. Excludes `countdown`.
   */
  readonly eta?: Date | string
  /**
   * After this long, or at this moment, the call is no longer wanted: a worker that gets it later stores REVOKED and does not run it. A duration counts
   * from now, as in Celery, also with `countdown` or `eta`, and has to be longer. 0 expires at once. Years 1 to 9999.
   */
  readonly expires?: Duration | Date
  /** Headers that travel with the message and come out as `request.headers`. Plain values only; undefined ones are left out, names of the protocol are refused. */
  readonly headers?: Readonly<Record<string, HeaderValue | undefined>>
  /** Nobody waits for the result: none is sent. Default the task's `ignoreResult`. */
  readonly ignoreResult?: boolean
  /** How long sending may take before the promise rejects, connecting included; default the app's `publishTimeout` (10 s). */
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
  'countdown',
  'eta',
  'expires',
  'headers',
  'ignoreResult',
  'publishTimeout',
]

/**
 * A copy of the options, each read once, without those that cannot be meant. The times in them, and what is in the headers, are checked where they are used (times: call-times.ts).
 * @throws PayloadError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID, ERR_TASK_ID, ERR_QUEUE_NAME, ERR_PRIORITY_RANGE, ERR_HEADER_INVALID
 */
export function readCallOptions(taskName: string, given: CallOptions): CallOptions {
  const options = copyOf(taskName, given)
  for (const key in options) refuseUnknown(taskName, key)
  checkAddress(taskName, options)
  if (options.ignoreResult !== undefined && typeof options.ignoreResult !== 'boolean') {
    throw wrongOption(taskName, 'ignoreResult', 'must be true or false')
  }
  if (options.headers !== undefined) checkHeaders(taskName, options.headers)
  return options
}

function checkAddress(taskName: string, options: CallOptions): void {
  if (options.taskId !== undefined) checkTaskId(taskName, options.taskId)
  if (options.queue !== undefined) checkQueueName(options.queue)
  if (options.priority !== undefined) checkPriority(taskName, options.priority)
}

function copyOf(taskName: string, options: unknown): CallOptions {
  if (typeof options !== 'object' || options === null) {
    throw new PayloadError(
      'ERR_OPTION_INVALID',
      `The options of a call of "${taskName}" must be an object. Nothing was sent.`,
    )
  }
  // Onto no prototype, so that no name can be anything but an option.
  const copy = Object.create(null) as Record<string, unknown>
  try {
    for (const key in options) copy[key] = (options as Readonly<Record<string, unknown>>)[key]
  } catch (cause) {
    throw new PayloadError(
      'ERR_OPTION_INVALID',
      `The options of a call of "${taskName}" cannot be read. Nothing was sent.`,
      { cause },
    )
  }
  return copy
}

function checkHeaders(taskName: string, headers: unknown): void {
  if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) return
  throw new PayloadError(
    'ERR_HEADER_INVALID',
    `Option "headers" of "${taskName}" must be an object of headers by name. Nothing was sent.`,
  )
}

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
    `Option "priority" of "${taskName}" is ${cutText(safeInspect(priority), 40)}; it must be a whole number from 0 to 9. Nothing was sent.`,
  )
}

function refuseUnknown(taskName: string, key: string): void {
  if ((KNOWN as readonly string[]).includes(key)) return
  const [nearest] = nearestNames(key, KNOWN)
  const hint = nearest ? `Did you mean "${nearest}"?` : `There are: ${KNOWN.join(', ')}.`
  throw new PayloadError(
    'ERR_OPTION_UNKNOWN',
    `A call of "${taskName}" has an unknown option "${safeText(key, 40)}". ${hint} Nothing was sent.`,
  )
}

function wrongOption(taskName: string, option: string, must: string): PayloadError {
  return new PayloadError(
    'ERR_OPTION_INVALID',
    `Option "${option}" of "${taskName}" ${must}. Nothing was sent.`,
  )
}
