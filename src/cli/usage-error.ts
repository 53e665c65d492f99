/** The error for a command line that cannot be meant. */
import { TaskalopeError, type PayloadCode } from '../kernel/errors.js'

/** Nothing was done: the command was typed wrongly. One line, and the process ends with 64. */
export class UsageError extends TaskalopeError {
  constructor(message: string, code: PayloadCode = 'ERR_OPTION_INVALID') {
    super(code, message)
  }
}
