/** Timers that do not overflow, waits that end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep, systemClock } from '../../../src/kernel/clock.js'

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
  afterEach(() => void vi.useRealTimers())

  it('calls back after a delay beyond what a 32-bit timer holds, and not before', () => {
    const called = vi.fn()
    const fiftyDaysMs = 50 * 86_400_000

    systemClock.after(fiftyDaysMs, called)
    vi.advanceTimersByTime(fiftyDaysMs - 1)
    expect(called).not.toHaveBeenCalled()

    vi.advanceTimersByTime(1)
    expect(called).toHaveBeenCalledOnce()
  })

  it('does not call back once stopped, also between the legs of a long delay', () => {
    const called = vi.fn()

    const timer = systemClock.after(50 * 86_400_000, called)
    vi.advanceTimersByTime(2 ** 31)
    timer.stop()
    vi.advanceTimersByTime(50 * 86_400_000)

    expect(called).not.toHaveBeenCalled()
  })

  it.each([0, -5])('calls back as soon as possible for %d ms', (delayMs) => {
    const called = vi.fn()

    systemClock.after(delayMs, called)
    vi.advanceTimersByTime(0)

    expect(called).toHaveBeenCalledOnce()
  })
})

describe('sleep', () => {
  it('ends at once when its signal is aborted, and leaves no timer behind', async () => {
    const controller = new AbortController()
    const sleeping = sleep(systemClock, 3_600_000, controller.signal)

    controller.abort()

    await expect(sleeping).resolves.toBeUndefined()
  })

  it('does not start under an aborted signal', async () => {
    await expect(sleep(systemClock, 3_600_000, AbortSignal.abort())).resolves.toBeUndefined()
  })
})
