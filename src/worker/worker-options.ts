/** The options of a worker, their defaults and their checks. */
import { durationMs, type Duration } from '../kernel/duration.js'
import { DeclarationError } from '../kernel/errors.js'
import { cutText, safeInspect } from '../kernel/safe-text.js'
import { isQueueName } from '../task/call-options.js'

/** How a worker works. */
export interface WorkerOptions {
  /** The queues to work on. Default: the app's default queue and every queue that a known task names. */
  readonly queues?: readonly string[]
  /** How many attempts run at a time, 1 to 10 000. Default 10; raise it for tasks that mostly wait for others. */
  readonly concurrency?: number
  /** How many deliveries to hold for each queue, running ones included. Default `concurrency`: nothing waits here that another worker could run. */
  readonly prefetch?: number
  /** How long `stop()` lets running tasks go on. Default 25 s, below the 30 s Kubernetes gives. */
  readonly shutdownTimeout?: Duration
  /** Its name in logs, results and dead letters: 1-200 characters. Default `taskalope@HOST:PID`. */
  readonly name?: string
}

/** The same, checked and filled in. */
export interface WorkerSettings {
  readonly queues: readonly string[] | undefined
  readonly concurrency: number
  readonly prefetch: number
  readonly shutdownTimeoutMs: number
  readonly name: string | undefined
}

const KNOWN = ['queues', 'concurrency', 'prefetch', 'shutdownTimeout', 'name'] as const
const DEFAULT_CONCURRENCY = 10
const DEFAULT_SHUTDOWN_TIMEOUT = 25_000
const HIGHEST_COUNT = 10_000
const LONGEST_NAME = 200

/**
 * The settings of a worker.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function workerSettings(options: WorkerOptions): WorkerSettings {
  if (typeof options !== 'object' || options === null)
    throw invalid('The options of a worker', 'an object', options)
  for (const key of Object.keys(options)) refuseUnknown(key)
  const concurrency = count(options.concurrency ?? DEFAULT_CONCURRENCY, 'concurrency')
  return {
    queues: options.queues === undefined ? undefined : queueNames(options.queues),
    concurrency,
    prefetch: count(options.prefetch ?? concurrency, 'prefetch'),
    shutdownTimeoutMs: durationMs(
      options.shutdownTimeout ?? DEFAULT_SHUTDOWN_TIMEOUT,
      'Worker option "shutdownTimeout"',
    ),
    name: options.name === undefined ? undefined : workerName(options.name),
  }
}

function refuseUnknown(key: string): void {
  if ((KNOWN as readonly string[]).includes(key)) return
  throw new DeclarationError(
    'ERR_OPTION_UNKNOWN',
    `A worker has no option "${key}". It has: ${KNOWN.join(', ')}.`,
  )
}

function count(value: unknown, option: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= HIGHEST_COUNT)
    return value
  throw invalid(`Worker option "${option}"`, `a whole number from 1 to ${HIGHEST_COUNT}`, value)
}

function queueNames(names: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(names) ? names : []
  if (list.length > 0 && list.every(isUsable)) return [...new Set(list)]
  const must =
    'a list of at least one queue name: 1-199 bytes, no control characters, not starting with "amq."'
  throw invalid('Worker option "queues"', must, names)
}

const isUsable = (name: unknown): name is string => isQueueName(name) && name.trim() !== ''

/** It goes into logs, results and the headers of dead letters. */
function workerName(name: unknown): string {
  if (typeof name === 'string' && name.trim() !== '' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name))
    return name
  throw invalid('Worker option "name"', `a text of 1-${LONGEST_NAME} characters, no control characters`, name)
}

function invalid(what: string, must: string, value: unknown): DeclarationError {
  const shown = cutText(safeInspect(value), 100)
  return new DeclarationError('ERR_OPTION_INVALID', `${what}: ${shown} was given, and it must be ${must}.`)
}
