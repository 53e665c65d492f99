/** Time behind one interface, so that tests own it: now, timers that never overflow, and a handle that keeps the process alive. */

/** A timer that can be stopped; stopping it twice, or after it fired, does nothing. */
export interface Timer {
  stop(): void
}

/** How the library reads time and waits. `systemClock` is real; `taskalope/testing` has one that moves when told to. */
export interface Clock {
  /** Wall-clock time, epoch milliseconds: for what people and messages read. */
  now(): number
  /** Milliseconds that only grow, whatever happens to the wall clock: for measuring and for deadlines inside one process. */
  monotonic(): number
  /** Calls back once, `delayMs` from now (zero and less: as soon as possible); `keepAlive: false` lets the process end before. */
  after(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Timer
}

/** Node's timers are 32-bit: a longer delay fires at once, so a longer wait is made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The real clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs: number, callback: () => void, options: { keepAlive?: boolean } = {}) =>
    startTimer(performance.now() + Math.max(0, delayMs), callback, options.keepAlive ?? true),
})

/** Waits `delayMs`; an aborted signal ends the wait at once, by resolving. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      timer.stop()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.after(delayMs, end)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
}

/** Keeps the process alive until it is stopped, for work that no socket or timer stands for. */
export function keepProcessAlive(): Timer {
  const handle = setInterval(() => {}, LONGEST_TIMER_MS)
  return { stop: () => clearInterval(handle) }
}

function startTimer(dueAt: number, callback: () => void, keepAlive: boolean): Timer {
  let handle: NodeJS.Timeout
  const arm = () => {
    const leftMs = dueAt - performance.now()
    if (leftMs <= LONGEST_TIMER_MS) handle = setTimeout(callback, Math.max(0, leftMs))
    else handle = setTimeout(arm, LONGEST_TIMER_MS)
    if (!keepAlive) handle.unref()
  }
  arm()
  return { stop: () => clearTimeout(handle) }
}
