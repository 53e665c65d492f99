/** Waits until a queue has back what was given back: whoever looks next, or gives back next, would otherwise change the order. */
import type { Broker } from '../broker/broker.js'
import { sleep, type Clock } from '../kernel/clock.js'

/** Where it is given back to. */
export interface GivingBackOptions {
  readonly broker: Broker
  readonly clock: Clock
  readonly queue: string
}

/** Where somebody else takes them at once they are never seen, and a busy broker may need a while for each page. */
const LONGEST_STANDSTILL_MS = 3000
const PAUSE_MS = 5

export class GivingBack {
  readonly #options: GivingBackOptions
  #expected: number
  #most = 0
  #movedAt: number

  /** Begins, before the first is given back. */
  static async begin(options: GivingBackOptions): Promise<GivingBack> {
    return new GivingBack(options, (await readyCount(options)) ?? 0)
  }

  private constructor(options: GivingBackOptions, before: number) {
    this.#options = options
    this.#expected = before
    this.#movedAt = options.clock.monotonic()
  }

  /** Waits until the queue has these, too, as long as it gets more and more: 3 s without any more end the wait. */
  async seen(count: number): Promise<void> {
    this.#expected += count
    if (count === 0) return
    const { clock } = this.#options
    while (clock.monotonic() - this.#movedAt < LONGEST_STANDSTILL_MS) {
      const ready = await readyCount(this.#options)
      if (ready === undefined) return
      if (ready > this.#most) {
        this.#most = ready
        this.#movedAt = clock.monotonic()
      }
      if (ready >= this.#expected) return
      await sleep(clock, PAUSE_MS)
    }
  }
}

async function readyCount({ broker, queue }: GivingBackOptions): Promise<number | undefined> {
  try {
    return (await broker.inspect(queue))?.messages
  } catch {
    // A queue that cannot be asked has everything back by itself.
    return undefined
  }
}
