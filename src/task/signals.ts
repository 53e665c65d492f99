/** What a task may throw to steer its own fate; these are no errors and are never logged as such. */
import type { Duration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { readProperty } from '../kernel/guarded.js'
import { nearestNames } from '../kernel/nearest.js'
import { safeText } from '../kernel/safe-text.js'

const BRAND = Symbol.for('taskalope.signal/1')

/** How a task asks to be tried again. */
export interface RetryOptions {
  /** How long to wait; 0 is at once. Default: exponential from 1 s to 10 min with full jitter. One that is no duration is logged (ERR_BACKOFF_INVALID), and the default taken. */
  readonly delay?: Duration
  /** How many retries there may be under this key, beyond the first run: 0 to 1 000 000, or `Infinity`. Default 3, also for a number out of range, which is logged. */
  readonly max?: number
  /** The error behind it: what hooks are told, and what the task fails with once no retry is left. */
  readonly cause?: unknown
  /** Names a budget of its own, text of 1 to 100 characters. Default `explicit`. */
  readonly key?: string
}

/**
 * Thrown by a task: try me again, whatever the policies say. Once its budget, or the task's `maxRuns`, is used up, the task fails with
 * the `cause`, or without one with ERR_TASK_FAILED. One that is caught inside the task and not thrown on asks for nothing: what the task
 * then returns counts as success.
 */
export class Retry extends Error {
  readonly [BRAND] = 'retry'
  readonly delay: Duration | undefined
  readonly max: number | undefined
  readonly key: string | undefined

  /** @throws DeclarationError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN when what is given are no options; what is wrong with one of them comes out only when the retry is judged. */
  constructor(options: RetryOptions = {}) {
    checkRetryOptions(options)
    const { delay, max, key, cause } = options
    super('The task asked to be tried again.', cause === undefined ? undefined : { cause })
    this.name = 'Retry'
    this.delay = delay
    this.max = max
    this.key = key
  }
}

const RETRY_OPTIONS: readonly (keyof RetryOptions)[] = ['delay', 'max', 'cause', 'key']

function checkRetryOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null || options instanceof Error) {
    const example = "new Retry({ delay: '5m', cause: error })"
    throw new DeclarationError('ERR_OPTION_INVALID', `A retry takes its options as an object: ${example}.`)
  }
  for (const key of Object.keys(options)) {
    if ((RETRY_OPTIONS as readonly string[]).includes(key)) continue
    const [nearest] = nearestNames(key, RETRY_OPTIONS)
    const hint = nearest === undefined ? `It has: ${RETRY_OPTIONS.join(', ')}.` : `Did you mean "${nearest}"?`
    throw new DeclarationError('ERR_OPTION_UNKNOWN', `A retry has no option "${safeText(key, 40)}". ${hint}`)
  }
}

/** Thrown by a task: this message shall go to the dead letters now, with this reason. */
export class Reject extends Error {
  readonly [BRAND] = 'reject'
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'Reject'
  }
}

/** Thrown by a task: forget it. The message is acknowledged, nothing is stored, and whoever waits goes on waiting. */
export class Ignore extends Error {
  readonly [BRAND] = 'ignore'
  constructor(reason = 'ignored', options?: ErrorOptions) {
    super(reason, options)
    this.name = 'Ignore'
  }
}

/** Which signal a thrown value is, across duplicate installs of the package; undefined for none. */
export function signalOf(thrown: unknown): 'retry' | 'reject' | 'ignore' | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const brand = readProperty(thrown, BRAND)
  return brand === 'retry' || brand === 'reject' || brand === 'ignore' ? brand : undefined
}
