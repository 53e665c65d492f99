/** What each command is given, once the command line has been read. */
import type { LogLevel } from '../kernel/pino-logger.js'

/** What commands that talk to a broker have in common. */
export interface BrokerInput {
  /** Undefined: the app's own, else TASKALOPE_BROKER_URL. */
  readonly broker: string | undefined
  readonly connectTimeoutMs: number
  readonly json: boolean
}

/** What commands that load modules have in common. */
export interface LoadInput {
  readonly modules: readonly string[]
  readonly loadTimeoutMs: number
}

export interface WorkerInput extends BrokerInput, LoadInput {
  readonly queues: readonly string[] | undefined
  readonly concurrency: number | undefined
  readonly prefetch: number | undefined
  readonly shutdownTimeoutMs: number | undefined
  readonly name: string | undefined
  /** Undefined: `info`. */
  readonly logLevel: LogLevel | undefined
}

export interface ListInput extends LoadInput {
  readonly types: boolean
  readonly json: boolean
}

export interface CallInput extends BrokerInput, LoadInput {
  readonly task: string
  /** JSON text, as typed. */
  readonly args: string | undefined
  /** JSON text, as typed. */
  readonly kwargs: string | undefined
  readonly queue: string | undefined
  readonly priority: number | undefined
  readonly countdownMs: number | undefined
  /** Epoch milliseconds. */
  readonly etaAt: number | undefined
  readonly expiresMs: number | undefined
  readonly id: string | undefined
  readonly ignoreResult: boolean
  /** How long to wait for the result once the call is due; undefined: not at all. */
  readonly waitMs: number | undefined
}

export interface PurgeInput extends BrokerInput {
  readonly queue: string
  /** Do not ask. */
  readonly yes: boolean
}

/** What carries the commands out; each says what the process should end with. */
export interface Commands<Result> {
  worker(input: WorkerInput): Promise<Result>
  list(input: ListInput): Promise<Result>
  call(input: CallInput): Promise<Result>
  purge(input: PurgeInput): Promise<Result>
}
