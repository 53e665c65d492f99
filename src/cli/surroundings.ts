/** What a command finds around it: streams, the folder it was started in, and errors that nobody caught. */
import type { FatalErrors } from './fatal-errors.js'
import type { Output, OutputStream } from './output.js'

export interface Surroundings {
  readonly version: string
  readonly output: Output
  readonly stderr: OutputStream
  /** Relative paths start here. */
  readonly folder: string
  readonly fatal: FatalErrors
}
