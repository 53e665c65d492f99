/** Acknowledging in runs: never what is unfinished, everything that is finished, and no task waits for another. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AckWindow, type AckPlan } from '../../../../src/broker/amqp/ack-window.js'

function windowOf(tags: readonly number[]): AckWindow {
  const window = new AckWindow()
  for (const tag of tags) window.add(tag)
  return window
}

describe('the ack window', () => {
  it('has nothing to send before anything is finished, and nothing twice', () => {
    const window = windowOf([1, 2])
    expect(window.plan()).toBeUndefined()

    window.finish(1)

    expect(window.plan()).toEqual({ upTo: 1, single: [] })
    expect(window.plan()).toBeUndefined()
  })

  it('sends a run from the lowest on as one, in whatever order it was finished', () => {
    const window = windowOf([1, 2, 3, 4])
    for (const tag of [3, 1, 2]) window.finish(tag)
    expect(window.plan()).toEqual({ upTo: 3, single: [] })
  })

  it('sends singly what was finished behind one that takes long, and does not wait for it', () => {
    const window = windowOf([1, 2, 3, 4])
    for (const tag of [4, 2]) window.finish(tag)
    expect(window.plan()).toEqual({ upTo: undefined, single: [4, 2] })

    window.finish(3)
    expect(window.plan()).toEqual({ upTo: undefined, single: [3] })

    window.finish(1)
    expect(window.plan()).toEqual({ upTo: 1, single: [] })
  })

  it('goes past one that was settled in another way', () => {
    const window = windowOf([1, 2, 3])
    window.drop(1)
    window.finish(2)
    expect(window.plan()).toEqual({ upTo: 2, single: [] })
  })

  it('keeps 300 000 open at a time, and the cost of settling one does not grow with them', () => {
    const count = 300_000
    const window = windowOf(Array.from({ length: count }, (_, index) => index + 1))
    let sent = 0
    const startedAt = performance.now()

    for (let tag = 1; tag <= count; tag++) {
      window.finish(tag)
      if (window.plan()?.upTo === tag) sent++
    }

    expect(sent).toBe(count)
    // Looked for from the beginning each time, the lowest one takes over 10 s.
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('takes each tag once', () => {
    const window = windowOf([1, 2])
    expect([window.finish(1), window.finish(1), window.drop(1), window.finish(7)]).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect([window.drop(2), window.finish(2), window.unfinished]).toEqual([true, false, 0])
  })

  it('tells the broker exactly what is finished, in any order of events', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ kind: 'add' as const }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('finish' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), pick: fc.nat() }) },
      { weight: 2, arbitrary: fc.constant({ kind: 'plan' as const }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const broker = new Channel()
        for (const next of steps) broker.take(next)
        broker.flush()
        expect(broker.finishedAndUnsent()).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

type Step = { kind: 'add' } | { kind: 'plan' } | { kind: 'finish' | 'drop'; pick: number }

/** What RabbitMQ knows of a channel's tags, and what it would close the channel for. */
class Channel {
  readonly #window = new AckWindow()
  readonly #outstanding = new Set<number>()
  readonly #finished = new Set<number>()
  #next = 1

  take(step: Step): void {
    if (step.kind === 'plan') return this.flush()
    if (step.kind === 'add') return this.#deliver()
    const candidates = [...this.#outstanding].filter((tag) => !this.#finished.has(tag))
    const tag = candidates[step.pick % candidates.length]
    if (tag === undefined) return
    if (step.kind === 'finish') {
      expect(this.#window.finish(tag)).toBe(true)
      this.#finished.add(tag)
    } else {
      expect(this.#window.drop(tag)).toBe(true)
      this.#outstanding.delete(tag)
    }
  }

  flush(): void {
    const plan = this.#window.plan()
    if (plan) this.#acknowledge(plan)
  }

  finishedAndUnsent(): number[] {
    return [...this.#finished]
  }

  #deliver(): void {
    this.#outstanding.add(this.#next)
    this.#window.add(this.#next++)
  }

  #acknowledge({ upTo, single }: AckPlan): void {
    if (upTo !== undefined) {
      expect(this.#outstanding.has(upTo)).toBe(true)
      for (const tag of [...this.#outstanding].filter((each) => each <= upTo)) this.#acknowledgeOne(tag)
    }
    for (const tag of single) this.#acknowledgeOne(tag)
  }

  #acknowledgeOne(tag: number): void {
    expect(this.#outstanding.delete(tag)).toBe(true)
    expect(this.#finished.delete(tag)).toBe(true)
  }
}
