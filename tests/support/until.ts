/** Waits for a condition instead of sleeping, and says what did not happen. */
import { inspect } from 'node:util'

/** How long to look, how often, and what to call it. */
export interface UntilOptions {
  /** Default 10 000, below the time limit of a test. */
  readonly timeoutMs?: number
  /** Default 20. */
  readonly intervalMs?: number
  /** What is waited for, in the words of the failure; default the condition's source. */
  readonly what?: string
}

/**
 * Asks `condition` again and again and resolves with its first truthy answer. A condition that throws is not true yet.
 * @throws an Error with the last answer, or with what was thrown last as its cause, after `timeoutMs`
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20, what = describe(condition) }: UntilOptions = {},
): Promise<Truthy<T>> {
  const failure = new Error()
  Error.captureStackTrace(failure, until)
  const deadline = performance.now() + timeoutMs

  for (;;) {
    const seen = await look(condition)
    if (seen.answer) return seen.answer as Truthy<T>
    if (performance.now() > deadline) {
      failure.message = `Not within ${timeoutMs} ms: ${what}. ${lastSeen(seen)}`
      if (seen.error !== undefined) failure.cause = seen.error
      throw failure
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>

interface Look<T> {
  readonly answer?: T
  readonly error?: unknown
}

async function look<T>(condition: () => T | Promise<T>): Promise<Look<T>> {
  try {
    return { answer: await condition() }
  } catch (error) {
    return { error: error ?? new Error('The condition threw nothing in particular.') }
  }
}

function lastSeen({ answer, error }: Look<unknown>): string {
  if (error === undefined) return `The last answer was ${inspect(answer)}.`
  return `The last look threw: ${error instanceof Error ? error.message : inspect(error)}`
}

function describe(condition: () => unknown): string {
  return condition
    .toString()
    .replace(/^(async )?\(\) => /, '')
    .replaceAll(/\s+/g, ' ')
}
