/** What a fault test is going to send, by chance but repeatable: the same seed gives the same calls and the same moments. */
import { randomInt } from 'node:crypto'

/** A call as the sender process is told to send it. */
export interface PlannedCall {
  readonly id: string
  /** After how long it is to run; through the ladder unless `road` says otherwise. */
  readonly delayMs?: number
  /** `eta`: straight into its queue with an eta in the future, as a sender without a ladder does it. */
  readonly road?: 'ladder' | 'eta'
  readonly work: {
    readonly fails?: number
    readonly retries?: number
    readonly retryMs?: number
    readonly workMs?: number
    readonly stubborn?: boolean
  }
}

/** Chance with a seed; each call gives the next number. */
export interface Chance {
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number
}

/** A seed for whoever did not ask for one. */
export function newSeed(): number {
  return randomInt(1, 2 ** 31)
}

/** The mulberry32 generator. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { whole: (least, most) => least + Math.floor(next() * (most - least + 1)) }
}

/** That many calls, each made of its number, with ids that sort by it. */
export function plannedCalls(count: number, make: (index: number) => Omit<PlannedCall, 'id'>): PlannedCall[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `call-${String(index + 1).padStart(5, '0')}`,
    ...make(index),
  }))
}
