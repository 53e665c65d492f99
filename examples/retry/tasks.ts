/** A task that asks a third party, and the three policies that say when it asks again. */
import { createRetry, Task, task, type Duration, type RetryNotice, type TaskRequest } from 'taskalope'
import { retryAfterMs, retryOnHttp, retryOnNetwork } from 'taskalope/retry'
import { timelineOf } from './timeline.js'

// Who answers 500 or 502 is not well again in a second: a real program says '20m', and so does retryOnHttp() by itself.
// The example asks again after one second, so that you need not wait.
const pause = (process.env['EXAMPLE_RETRY_DELAY'] ?? '1s') as Duration

/** The third party answered, but not with a price. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  constructor(readonly response: Response) {
    super(`${response.status} ${response.statusText}`)
    this.status = response.status
  }
}

/** A retry decorator of our own: whoever is asked too often says how long to wait, in seconds or as a date, and is obeyed. */
export const retryOnRateLimit = (max = 4) =>
  createRetry({
    key: 'rate-limit',
    on: HttpError,
    when: (error) => error.status === 429,
    delay: ({ error }) => retryAfterMs(error) ?? pause,
    max,
  })

// Each policy has its own budget, and the topmost that is for an error decides. maxRuns is the limit over all of them.
@task({ name: 'examples.FetchPrice', queue: 'examples.retry', maxRuns: 6 })
@retryOnRateLimit()
@retryOnHttp([500, 502], { delay: pause, max: 3 })
@retryOnNetwork({ delay: pause, max: 2 })
export class FetchPrice extends Task {
  async run(url: string): Promise<number> {
    timelineOf(this.request.id).began()
    const response = await fetch(url)
    if (!response.ok) throw new HttpError(response)
    return Number(await response.text())
  }

  override onSuccess(price: unknown, { id, attempt }: TaskRequest): void {
    timelineOf(id).succeeded(attempt, price)
  }

  /** Before each retry. */
  override onRetry(error: unknown, notice: RetryNotice, { id, attempt }: TaskRequest): void {
    timelineOf(id).willRetry(attempt, error, notice)
  }

  /** Once, when it is given up: no policy is for the error, or the retries are used up. A real program tells its user. */
  override onFailure(error: unknown, { id, attempt, retries }: TaskRequest): void {
    timelineOf(id).gaveUp(attempt, error, retries)
  }
}
