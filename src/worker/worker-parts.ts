/** What one running worker hands to the code that carries a delivery through. */
import type { RunningAttempts } from './running-attempts.js'
import type { Runner } from './runner.js'
import type { WorkerHost } from './worker-host.js'

/** The parts of one running worker. */
export interface WorkerParts {
  readonly host: WorkerHost
  /** Its name in logs, results and dead letters. */
  readonly name: string
  readonly runner: Runner
  readonly running: RunningAttempts
  /** Gives the chance in delays: from 0 up to, and not including, 1. */
  readonly random: () => number
  /** Aborted when the worker is forced to stop. */
  readonly forced: AbortSignal
}
