/** One run of the command line, from its arguments to its exit code. */
import { CommanderError } from 'commander'
import { createRequire } from 'node:module'
import type { Commands } from './command-inputs.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { FatalErrors } from './fatal-errors.js'
import { createOutput, type Output } from './output.js'
import { redact } from '../kernel/safe-text.js'
import { createProgram } from './program.js'
import { reportError } from './report-error.js'
import type { Surroundings } from './surroundings.js'
import { UsageError } from './usage-error.js'

/** Carries out what the arguments say. Never rejects: an error is reported, and is an exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  const { stdout, stderr } = process
  const output = createOutput(args.includes('--json'), { stdout, stderr })
  outliveClosedStreams(args, output)
  const fatal = new FatalErrors()
  const broken = new Promise<ExitCode>((resolve) => {
    fatal.tell((error) => {
      reportError(error, output)
      resolve(EXIT.uncaught)
    })
  })
  const surroundings = { version: packageVersion(), output, stderr, folder: process.cwd(), fatal }
  const exitCode = await Promise.race([runCommand(args, surroundings), broken])
  await Promise.all([flushed(stdout), flushed(stderr)])
  return exitCode
}

async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  const program = createProgram(surroundings.version, commandsIn(surroundings), (code: ExitCode) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return error instanceof CommanderError
      ? afterCommander(error, args, surroundings.output)
      : reportError(error, surroundings.output)
  }
}

/** Each command is loaded when it is called: help and typing errors come without waiting for the library. */
function commandsIn(surroundings: Surroundings): Commands<ExitCode> {
  return {
    worker: async (input) => (await import('./worker.js')).runWorker(input, surroundings),
    list: async (input) => (await import('./list.js')).list(input, surroundings),
    call: async (input) => (await import('./call.js')).call(input, surroundings),
    dlq: async (input) => (await import('./dlq.js')).dlq(input, surroundings),
    purge: async (input) => (await import('./purge.js')).purge(input, surroundings),
  }
}

/** commander ends help and version this way too; those it has printed itself. */
function afterCommander(error: CommanderError, args: readonly string[], output: Output): ExitCode {
  if (error.exitCode === 0) return EXIT.done
  if (error.code === 'commander.help') return EXIT.usage
  const what = redact(error.message)
    .replace(/^error: /, '')
    .replace(/\s*\n\((.*)\)$/, '. $1')
    .replaceAll("'", '"')
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)}${/[.?]$/.test(what) ? '' : '.'}`
  const isUnknown = error.code === 'commander.unknownOption' || error.code === 'commander.unknownCommand'
  const code = isUnknown ? 'ERR_OPTION_UNKNOWN' : 'ERR_OPTION_INVALID'
  return reportError(new UsageError(`${sentence} See taskalope${pageOf(error, args)} --help.`, code), output)
}

/** The command whose help lists what would have been right. */
function pageOf({ code }: CommanderError, args: readonly string[]): string {
  const typed = args.slice(0, args[0] === 'dlq' ? 2 : 1)
  const known = code === 'commander.unknownCommand' ? typed.slice(0, -1) : typed
  return known.flatMap((word) => (/^[a-z]+$/.test(word) ? [` ${word}`] : [])).join('')
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }
  return version
}

/**
 * Whoever read our output may have read enough, as `head` has; that is no failure, while a full disk is. A worker works on without being read, and
 * what moves dead letters comes to an end of its own: cut short, it would have sent some that are still there.
 */
function outliveClosedStreams([command, action = '']: readonly string[], output: Output): void {
  const endsItself = command === 'worker' || (command === 'dlq' && ['retry', 'drop'].includes(action))
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (endsItself) return
    process.exit(error.code === 'EPIPE' ? EXIT.done : reportError(error, output))
  })
  process.stderr.on('error', () => {})
}

/** What is written to a pipe may still be on its way when the process would exit. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve())
    else resolve()
  })
}
