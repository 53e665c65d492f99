/** Prints an error: its code, its message and where more is written about it; for programs as one JSON object. */
import { isTaskalopeError, TaskFailedError } from '../kernel/errors.js'
import { safeError } from '../kernel/safe-text.js'
import { exitCodeOf, type ExitCode } from './exit-codes.js'
import type { Output } from './output.js'
import { UsageError } from './usage-error.js'

/** Prints it on stderr, and says what the process should end with. */
export function reportError(error: unknown, output: Output): ExitCode {
  const exitCode = exitCodeOf(error)
  if (isTaskalopeError(error)) output.note({ error: { ...factsOf(error), exitCode } }, ...linesOf(error))
  else reportUncaught(error, exitCode, output)
  return exitCode
}

interface Coded {
  readonly code: string
  readonly message: string
}

function factsOf(error: Coded): object {
  const { code, message } = error
  const docs = docsOf(code)
  if (!(error instanceof TaskFailedError)) return { code, message, docs }
  const { taskId, taskName, worker, remote } = error
  return { code, message, docs, taskId, taskName, worker, remote }
}

function linesOf(error: Coded): string[] {
  const [first = '', ...more] = error.message.split('\n')
  const lines = [`${error.code}: ${first}`, ...more]
  // What was typed wrongly is said in one line; its own --help is the page to read.
  return error instanceof UsageError ? lines : [...lines, `More: ${docsOf(error.code)}`]
}

function docsOf(code: string): string {
  return `docs/reference/errors.md#${code.toLowerCase()}`
}

/** An error that is not ours is a bug, of a task module or of this library: whoever has to find it needs the stack. */
function reportUncaught(error: unknown, exitCode: ExitCode, output: Output): void {
  const { name, message, stack } = safeError(error)
  const trace = stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')) ?? []
  const fact = { error: { name, message, stack: trace.map((line) => line.trim()), exitCode } }
  output.note(fact, `Uncaught ${name}: ${message}`, ...trace)
}
