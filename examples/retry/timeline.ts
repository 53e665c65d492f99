/** Writes down what happens to each call, in words that are the same in every run. */
import type { RetryNotice } from 'taskalope'
import { httpStatusOf, networkCodeOf } from 'taskalope/retry'

const MUCH_TOO_LATE_MS = 5_000
// Node's timers and its wall clock may differ by a millisecond or two.
const CLOCKS_DIFFER_MS = 20

/** What happened to one call. */
export class Timeline {
  readonly lines: string[] = []
  /** How many retries began. */
  retries = 0
  /** Those that began early, or much too late. */
  readonly untimely: string[] = []
  #nextAt: Date | undefined

  /** A run begins. */
  began(): void {
    if (!this.#nextAt) return
    this.retries += 1
    const lateMs = Date.now() - this.#nextAt.getTime()
    if (lateMs < -CLOCKS_DIFFER_MS || lateMs > MUCH_TOO_LATE_MS) this.untimely.push(`${lateMs} ms late`)
  }

  succeeded(run: number, value: unknown): void {
    this.#write(run, '200 OK', `got ${String(value)}`)
  }

  willRetry(run: number, error: unknown, { policy, retry, max, delayMs, nextAt }: RetryNotice): void {
    this.#nextAt = nextAt
    // A date has no fractions of a second, so what is left until then is not the same in every run.
    const when = isDate(retryAfterOf(error)) ? 'at that date' : `in ${delayMs / 1000} s`
    this.#write(run, inWords(error), `${policy}: retry ${retry}/${max} ${when}`)
  }

  gaveUp(run: number, error: unknown, used: Readonly<Record<string, number>>): void {
    const budgets = Object.entries(used).map(([policy, count]) => `${count} × ${policy}`)
    const after = budgets.length > 0 ? `, retries used: ${budgets.sort().join(', ')}` : ' at once'
    this.#write(run, inWords(error), `given up${after}`)
  }

  #write(run: number, said: string, next: string): void {
    this.lines.push(`  run ${run}  ${said.padEnd(28)}→ ${next}`)
  }
}

const timelines = new Map<string, Timeline>()

/** The timeline of the call with this id. */
export function timelineOf(id: string): Timeline {
  const timeline = timelines.get(id) ?? new Timeline()
  timelines.set(id, timeline)
  return timeline
}

function inWords(error: unknown): string {
  const retryAfter = retryAfterOf(error)
  if (retryAfter !== undefined) return `429, Retry-After: ${isDate(retryAfter) ? 'a date' : retryAfter}`
  if (httpStatusOf(error) === undefined && networkCodeOf(error) !== undefined) return 'hung up'
  return error instanceof Error ? error.message : String(error)
}

function retryAfterOf(error: unknown): string | undefined {
  const { response } = error as { readonly response?: Response }
  return response?.headers.get('retry-after') ?? undefined
}

const isDate = (retryAfter: string | undefined) => retryAfter !== undefined && !/^\d+$/.test(retryAfter)
