/** Starts a program for a test, collects what it prints, and ends it after the test. */
import { execa } from 'execa'
import { tracked } from './tracked.js'
import { until } from './until.js'

/** A program that runs, or ran. */
export interface Child {
  readonly pid: number
  /** All it printed so far, both streams in the order of arrival. */
  output(): string
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly signal: string | undefined }>
  /** Resolves when its output contains `text`; rejects with the output when it does not within `timeoutMs` (10 000). */
  printed(text: string, options?: { readonly timeoutMs?: number }): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, SIGKILL five seconds later; resolves when it has ended. */
  stop(): Promise<void>
}

/** Where and with what to run it; `env` is added to ours, and undefined removes a variable. */
export interface ChildOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Starts it; it is stopped after the test, or after the file when it was started outside a test. */
export function startChild(file: string, args: readonly string[], options: ChildOptions = {}): Child {
  let output = ''
  const child = execa(file, args, {
    ...options,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    forceKillAfterDelay: 5_000,
  })
  child.all.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const ended = child.then(({ exitCode, signal }) => ({ exitCode, signal }))

  return tracked({
    pid: child.pid ?? missing(file),
    output: () => output,
    ended,
    async printed(text: string, { timeoutMs = 10_000 } = {}) {
      await until(() => output.includes(text), { timeoutMs, what: `${file} prints "${text}"` }).catch(
        (error: Error) => {
          throw new Error(`${error.message} It printed:\n${output}`, { cause: error })
        },
      )
    },
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    async stop() {
      child.kill()
      await ended
    },
  })
}

function missing(file: string): never {
  throw new Error(`${file} could not be started.`)
}
