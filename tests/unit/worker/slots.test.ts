/** The gate that bounds how many attempts run at a time. */
import { describe, expect, it } from 'vitest'
import { Slots } from '../../../src/worker/slots.js'

describe('slots', () => {
  it('let in as many as there are, and the others in turn', () => {
    const slots = new Slots(2)
    const entered: string[] = []
    for (const name of ['a', 'b', 'c', 'd']) slots.take(() => entered.push(name))
    expect([entered, slots.taken]).toEqual([['a', 'b'], 2])

    slots.leave()
    expect([entered, slots.taken]).toEqual([['a', 'b', 'c'], 2])

    slots.leave()
    slots.leave()
    slots.leave()
    expect([entered, slots.taken]).toEqual([['a', 'b', 'c', 'd'], 0])
  })

  it('let in everybody in line for a shutdown, counting each', () => {
    const slots = new Slots(1)
    const entered: string[] = []
    for (const name of ['a', 'b', 'c']) slots.take(() => entered.push(name))

    slots.letAllIn()

    expect([entered, slots.taken]).toEqual([['a', 'b', 'c'], 3])
  })

  it('are idle only when the last has left', async () => {
    const slots = new Slots(2)
    const told: string[] = []
    await slots.whenIdle()
    slots.take(() => {})
    slots.take(() => {})
    const idle = slots.whenIdle().then(() => told.push('idle'))

    slots.leave()
    await Promise.resolve()
    expect(told).toEqual([])

    slots.leave()
    await idle
    expect(told).toEqual(['idle'])
  })
})
