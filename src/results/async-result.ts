/** The caller's handle on one call: its id, how it stands, and what came of it. */
import { callDurationMs, type Duration } from '../kernel/duration.js'
import { DeclarationError, PayloadError, ResultError, TaskFailedError } from '../kernel/errors.js'
import { systemClock } from '../kernel/clock.js'
import type { ResultBackend, ResultSlot } from './result-backend.js'
import { isFinal, type Progress, type TaskResult, type TaskState } from './task-result.js'

/** How long a wait for a result may last. */
export interface GetOptions {
  /** Default: as long as it takes; 0 looks only at what is there. Ends only the wait: the task goes on. */
  readonly timeout?: Duration
  /** Ends the wait by rejecting with the signal's reason. */
  readonly signal?: AbortSignal
}

/** The caller's handle on one call. Deliberately not thenable: `await task.delay()` gives the handle, `await handle.get()` the result. */
export interface AsyncResult<T> {
  readonly id: string
  readonly taskName: string
  /**
   * What the task returned.
   * @throws TaskFailedError ERR_TASK_FAILED, ERR_TASK_REVOKED · ResultError ERR_RESULT_TIMEOUT · DeclarationError ERR_NO_BACKEND · BrokerError ERR_CONNECTION_LOST when the app closes meanwhile, or is closed · PayloadError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID, ERR_DELAY_INVALID · the reason of `signal`.
   */
  get(options?: GetOptions): Promise<T>
  /**
   * How it stands as far as this process has heard: PENDING means nothing came yet.
   * @throws DeclarationError ERR_NO_BACKEND, as `ready`, `successful` and `failed` do
   */
  state(): Promise<TaskState>
  /** Whether it has ended: succeeded, failed or revoked. */
  ready(): Promise<boolean>
  successful(): Promise<boolean>
  failed(): Promise<boolean>
  /**
   * What the task tells of its progress, from the last word on that came before the loop begins until the task ends or the app closes.
   * Reading it throws DeclarationError ERR_NO_BACKEND.
   */
  readonly progress: AsyncIterable<Progress>
  /** Drops what is kept of the result. */
  forget(): Promise<void>
}

/** The handle on a call whose answer comes into `slot`; without one, because the call or the app keeps no result, every question about it is refused. */
export function asyncResult<T>(
  call: { readonly id: string; readonly taskName: string },
  slot: ResultSlot | undefined,
  backend: ResultBackend | undefined,
): AsyncResult<T> {
  return new SlotResult<T>(call.id, call.taskName, slot, backend)
}

class SlotResult<T> implements AsyncResult<T> {
  readonly #slot: ResultSlot | undefined
  readonly #backend: ResultBackend | undefined

  constructor(
    readonly id: string,
    readonly taskName: string,
    slot: ResultSlot | undefined,
    backend: ResultBackend | undefined,
  ) {
    this.#slot = slot
    this.#backend = backend
  }

  async get(options: GetOptions = {}): Promise<T> {
    const slot = this.#required()
    const result = await waitForFinal(slot, { taskName: this.taskName, ...checkedOptions(options) })
    if (result.state === 'SUCCESS') return result.value as T
    throw failureOf(result, this.taskName)
  }

  async state(): Promise<TaskState> {
    return this.#required().latest?.state ?? 'PENDING'
  }

  async ready(): Promise<boolean> {
    return isFinal(await this.state())
  }

  async successful(): Promise<boolean> {
    return (await this.state()) === 'SUCCESS'
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE'
  }

  get progress(): AsyncIterable<Progress> {
    return progressOf(this.#required())
  }

  async forget(): Promise<void> {
    await this.#backend?.forget(this.id)
  }

  #required(): ResultSlot {
    if (this.#slot) return this.#slot
    const why = this.#backend
      ? `Nobody is told the result of this call of "${this.taskName}": it was sent with ignoreResult, its own or its task's. Send it without to be told.`
      : `This app keeps no results, so the result of "${this.taskName}" cannot be read. Configure them: new Taskalope({ results: … }).`
    throw new DeclarationError('ERR_NO_BACKEND', why)
  }
}

/** @throws PayloadError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID, ERR_DELAY_INVALID */
function checkedOptions(options: GetOptions): Omit<Wait, 'taskName'> {
  if (typeof options !== 'object' || options === null) {
    throw new PayloadError('ERR_OPTION_INVALID', `get() takes an object: get({ timeout: '10s' }).`)
  }
  const unknown = Object.keys(options).find((key) => key !== 'timeout' && key !== 'signal')
  if (unknown !== undefined) {
    throw new PayloadError('ERR_OPTION_UNKNOWN', `get() has no option "${unknown}". It has: timeout, signal.`)
  }
  const { timeout, signal } = options
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw new PayloadError('ERR_OPTION_INVALID', 'Option "signal" of get() is no AbortSignal.')
  }
  const timeoutMs =
    timeout === undefined ? undefined : callDurationMs(timeout, 'Option "timeout" of get()', '')
  return { timeoutMs, signal }
}

/** By what it can do: a signal of another realm, or of a polyfill, is one too. */
function isAbortSignal(value: unknown): boolean {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>
  return typeof aborted === 'boolean' && typeof addEventListener === 'function'
}

interface Wait {
  readonly taskName: string
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal | undefined
}

function waitForFinal(slot: ResultSlot, wait: Wait): Promise<TaskResult> {
  if (slot.latest && isFinal(slot.latest.state)) return Promise.resolve(slot.latest)
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      unsubscribe()
      timer?.stop()
      wait.signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const onAbort = () => end(() => reject(abortReason(wait.signal)))
    const unsubscribe = slot.subscribe({
      onResult: (result) => isFinal(result.state) && end(() => resolve(result)),
      onClosed: (error) => end(() => reject(error)),
    })
    const timer =
      wait.timeoutMs === undefined
        ? undefined
        : systemClock.after(wait.timeoutMs, () => end(() => reject(timeoutError(slot.taskId, wait))))
    if (wait.signal?.aborted) onAbort()
    else wait.signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error('The wait was aborted.', { cause: reason })
}

function timeoutError(taskId: string, wait: Wait): ResultError {
  return new ResultError(
    'ERR_RESULT_TIMEOUT',
    `No result of "${wait.taskName}" (id ${taskId}) after ${wait.timeoutMs} ms. The task may still be running; the timeout ends only the wait.`,
  )
}

function failureOf(result: TaskResult, taskName: string): TaskFailedError {
  const remote = result.error ?? { name: 'Error', message: 'The worker did not say why.', module: null }
  const revoked = result.state === 'REVOKED'
  const what = revoked ? 'was revoked' : 'failed'
  return new TaskFailedError(
    revoked ? 'ERR_TASK_REVOKED' : 'ERR_TASK_FAILED',
    `Task "${taskName}" (id ${result.taskId}) ${what}: ${remote.name}: ${remote.message}`,
    { taskId: result.taskId, taskName, attempts: result.attempts, worker: result.worker, remote },
  )
}

async function* progressOf(slot: ResultSlot): AsyncGenerator<Progress> {
  const arrived: TaskResult[] = []
  let wake: () => void = () => {}
  let ended = false
  const unsubscribe = slot.subscribe({
    onResult: (result) => {
      arrived.push(result)
      wake()
    },
    onClosed: () => {
      ended = true
      wake()
    },
  })
  if (slot.latest) arrived.push(slot.latest)
  try {
    for (;;) {
      const next = arrived.shift()
      if (next && isFinal(next.state)) return
      if (next?.state === 'PROGRESS') yield next.value as Progress
      else if (!next && ended) return
      else if (!next) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    unsubscribe()
  }
}
