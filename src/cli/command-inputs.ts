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

/** Which dead letters are meant; undefined: all, as far as that goes. */
export interface DlqFilterInput {
  readonly id: string | undefined
  readonly task: string | undefined
  readonly error: string | undefined
  readonly queue: string | undefined
  readonly olderThanMs: number | undefined
  readonly newerThanMs: number | undefined
}

/** What all that is done with dead letters has in common. */
interface DlqCommonInput extends BrokerInput, LoadInput {
  /** Undefined: the loaded app's, else the default one. */
  readonly namespace: string | undefined
  readonly filter: DlqFilterInput
}

export interface DlqListInput extends DlqCommonInput {
  readonly action: 'list'
  readonly limit: number
}

export interface DlqShowInput extends DlqCommonInput {
  readonly action: 'show'
  readonly id: string
}

export interface DlqExportInput extends DlqCommonInput {
  readonly action: 'export'
  /** Undefined: all. */
  readonly limit: number | undefined
  /** The path of a file; undefined: stdout. */
  readonly output: string | undefined
}

export interface DlqMoveInput extends DlqCommonInput {
  readonly action: 'retry' | 'drop'
  /** Undefined: all. */
  readonly limit: number | undefined
  /** Letters a second; undefined: as fast as it goes. */
  readonly rate: number | undefined
  readonly dryRun: boolean
  /** Do not ask. */
  readonly yes: boolean
  /** The queue to send them to; undefined: where each came from. */
  readonly to: string | undefined
}

/** One of the things to do with dead letters. */
export type DlqInput = DlqListInput | DlqShowInput | DlqExportInput | DlqMoveInput

/** What carries the commands out; each says what the process should end with. */
export interface Commands<Result> {
  worker(input: WorkerInput): Promise<Result>
  list(input: ListInput): Promise<Result>
  call(input: CallInput): Promise<Result>
  purge(input: PurgeInput): Promise<Result>
  dlq(input: DlqInput): Promise<Result>
}
