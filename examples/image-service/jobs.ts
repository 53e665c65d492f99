/** What the service remembers of the images it was given: how each stands, and what came of it. */
import { TaskFailedError, type AsyncResult } from 'taskalope'
import type { ProcessedImage, Retry, Step } from './tasks.js'

/** How one image stands. */
export interface Job {
  readonly id: string
  readonly url: string
  state: string
  /** 0 to 1. */
  progress: number
  step?: Step['step']
  /** How often it was begun. */
  attempts: number
  /** Why it was tried again, each time, and when. */
  readonly retries: Retry[]
  /** From taking the URL to knowing what came of it. */
  ms?: number
  result?: ProcessedImage
  failure?: string
}

/** The latest `max` jobs of this process; a service of several processes would keep them in its database. */
export class Jobs {
  readonly #byId = new Map<string, Job>()
  readonly #notifications = new Map<string, string>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** Remembers a call and follows it until it has ended. */
  follow(url: string, call: AsyncResult<ProcessedImage>): void {
    const job: Job = { id: call.id, url, state: 'PENDING', progress: 0, attempts: 0, retries: [] }
    this.#remember(this.#byId, job.id, job)
    void followToEnd(job, call, Date.now())
  }

  /** Kept apart from the jobs: a fast worker may send it before the service has the call's handle. */
  notify(id: string, message: string): void {
    this.#remember(this.#notifications, id, message)
  }

  find(id: string): (Job & { readonly notification?: string }) | undefined {
    const job = this.#byId.get(id)
    const notification = this.#notifications.get(id)
    return job && { ...job, ...(notification !== undefined && { notification }) }
  }

  #remember<T>(map: Map<string, T>, id: string, value: T): void {
    map.set(id, value)
    const [oldest] = map.keys()
    if (map.size > this.#max && oldest !== undefined) map.delete(oldest)
  }
}

async function followToEnd(job: Job, call: AsyncResult<ProcessedImage>, since: number): Promise<void> {
  await followProgress(job, call)
  await awaitEnd(job, call, since)
}

/** Ends when the call does. */
async function followProgress(job: Job, call: AsyncResult<ProcessedImage>): Promise<void> {
  try {
    for await (const { fraction, meta } of call.progress) {
      const { step, attempt, retry } = meta as Step
      job.state = retry ? 'RETRY' : 'PROGRESS'
      job.progress = fraction
      job.step = step
      job.attempts = attempt
      if (retry) job.retries.push(retry)
    }
  } catch {
    // Whatever ends the progress early ends the call as well, and is told there.
  }
}

async function awaitEnd(job: Job, call: AsyncResult<ProcessedImage>, since: number): Promise<void> {
  try {
    job.result = await call.get()
    job.progress = 1
    job.state = 'SUCCESS'
  } catch (error) {
    job.failure = error instanceof TaskFailedError ? error.remote.message : String(error)
    job.state = 'FAILURE'
  }
  job.ms = Date.now() - since
}
