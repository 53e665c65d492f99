/** The heap and the fifo of the embedded broker: the same as a sorted list and an array, only quicker. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from '../../../../src/kernel/fifo.js'
import { Heap } from '../../../../src/broker/memory/heap.js'

/** A number to put in, or undefined to take one out. */
const steps = fc.array(fc.option(fc.nat(1000), { nil: undefined, freq: 2 }), { maxLength: 400 })

describe('a heap', () => {
  it('always gives the one that comes first', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const heap = new Heap<number>((one, other) => one < other)
        const sorted: number[] = []
        for (const step of all) {
          if (step === undefined) {
            expect(heap.take()).toBe(sorted.shift())
          } else {
            heap.push(step)
            sorted.push(step)
            sorted.sort((one, other) => one - other)
          }
          expect([heap.size, heap.peek()]).toEqual([sorted.length, sorted[0]])
        }
      }),
    )
  })

  it.each<[string, (index: number) => number]>([
    ['in order', (index) => index],
    ['backwards', (index) => -index],
    ['in no order', (index) => (index * 7_919) % 200_000],
  ])('takes 200 000 that come %s with a few dozen comparisons each', (_, at) => {
    let comparisons = 0
    const heap = new Heap<number>((one, other) => {
      comparisons++
      return one < other
    })

    for (let index = 0; index < 200_000; index++) heap.push(at(index))
    let last = -Infinity
    let wrong = 0
    while (heap.size > 0) {
      const next = heap.take()!
      if (next < last) wrong++
      last = next
    }

    expect(wrong).toBe(0)
    // log2 of 200 000 is 17.6: at most that many on the way in, and twice that on the way out.
    expect(comparisons).toBeLessThan(200_000 * 54)
  })

  it('is empty once it is cleared, and takes new ones', () => {
    const heap = new Heap<number>((one, other) => one < other)
    heap.push(2)
    heap.push(1)

    heap.clear()
    expect([heap.size, heap.peek(), heap.take()]).toEqual([0, undefined, undefined])
    heap.push(3)

    expect([heap.take(), heap.take()]).toEqual([3, undefined])
  })
})

describe('a fifo', () => {
  it('gives what it got, in that order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const fifo = new Fifo<{ readonly step: number }>()
        const list: { readonly step: number }[] = []
        for (const step of all) {
          if (step === undefined) {
            expect(fifo.take()).toBe(list.shift())
          } else {
            const item = { step }
            fifo.push(item)
            list.push(item)
          }
          expect([fifo.size, fifo.peek()]).toEqual([list.length, list[0]])
        }
        expect(fifo.takeAll()).toEqual(list)
        expect(fifo.size).toBe(0)
      }),
    )
  })

  it('takes 200 000 out as they went in', () => {
    const fifo = new Fifo<{ readonly step: number }>()
    for (let step = 0; step < 200_000; step++) fifo.push({ step })

    let wrong = 0
    for (let step = 0; step < 200_000; step++) if (fifo.take()?.step !== step) wrong++

    expect([wrong, fifo.size]).toEqual([0, 0])
  })
})
