/** The clock that moves when told to. */
import { describe, expect, it, vi } from 'vitest'
import { sleep } from '../../../src/kernel/clock.js'
import { FakeClock } from '../../../src/testing/index.js'

describe('the fake clock', () => {
  it('stands still until it is told to move, then both its times move alike', async () => {
    const clock = new FakeClock(1_000_000)
    expect([clock.now(), clock.monotonic()]).toEqual([1_000_000, 0])

    await clock.advance(1_500)

    expect([clock.now(), clock.monotonic()]).toEqual([1_001_500, 1_500])
  })

  it('runs timers in the order they are due, and at their times', async () => {
    const clock = new FakeClock()
    const seen: [string, number][] = []
    const note = (name: string) => () => void seen.push([name, clock.monotonic()])
    clock.after(300, note('third'))
    clock.after(100, note('first'))
    clock.after(200, note('second'))
    clock.after(200, note('second, set later'))
    clock.after(500, note('not yet'))

    await clock.advance(499)

    expect(seen).toEqual([
      ['first', 100],
      ['second', 200],
      ['second, set later', 200],
      ['third', 300],
    ])
    expect(clock.waiting).toBe(1)
  })

  it('lets promises settle between timers, so that a waiting program can set its next timer', async () => {
    const clock = new FakeClock()
    const woken: number[] = []
    const program = async () => {
      for (let round = 0; round < 3; round++) {
        await sleep(clock, 100)
        woken.push(clock.monotonic())
      }
    }
    void program()

    await clock.advance(1_000)

    expect(woken).toEqual([100, 200, 300])
  })

  it('does not run a stopped timer, and lets it be stopped again', async () => {
    const clock = new FakeClock()
    const called = vi.fn()

    const timer = clock.after(10, called)
    timer.stop()
    timer.stop()
    await clock.advance(10)

    expect(called).not.toHaveBeenCalled()
    expect(clock.waiting).toBe(0)
  })

  it.each([0, -5])(
    'runs a timer of %d ms with the next move, not inside the call that set it',
    async (delayMs) => {
      const clock = new FakeClock()
      const called = vi.fn()

      clock.after(delayMs, called)
      expect(called).not.toHaveBeenCalled()
      await clock.advance(0)

      expect(called).toHaveBeenCalledOnce()
    },
  )

  it('adds up moves that overlap', async () => {
    const clock = new FakeClock()

    await Promise.all([clock.advance(100), clock.advance(50)])

    expect(clock.monotonic()).toBe(150)
  })

  it('hands on what a timer throws, and moves again after it', async () => {
    const clock = new FakeClock()
    clock.after(10, () => {
      throw new Error('from a timer')
    })

    await expect(clock.advance(20)).rejects.toThrow('from a timer')
    await clock.advance(20)

    expect(clock.monotonic()).toBe(30)
  })

  it('sets the wall clock back and forth without moving anything else', async () => {
    const clock = new FakeClock(1_000_000)
    const called = vi.fn()
    clock.after(1_000, called)

    clock.setWallClock(0)
    await clock.advance(999)

    expect([clock.now(), clock.monotonic()]).toEqual([999, 999])
    expect(called).not.toHaveBeenCalled()
  })

  it.each([-1, NaN, Infinity])('refuses to move by %d ms', (ms) => {
    expect(() => new FakeClock().advance(ms)).toThrow(RangeError)
  })
})
