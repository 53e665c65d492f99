/** Waits until a queue has back what was given back: whoever looks next, or gives back next, would otherwise change the order. */
import type { Broker } from '../broker/broker.js'
import { sleep, type Clock } from '../kernel/clock.js'

/** Where it is given back to. */
export interface GivingBackOptions {
  readonly broker: Broker
  readonly clock: Clock
  readonly queue: string
}

/** RabbitMQ needs milliseconds; where somebody else takes them at once, they are never seen. */
const LONGEST_WAIT_MS = 5000
const PAUSE_MS = 5

export class GivingBack {
  readonly #options: GivingBackOptions
  readonly #deadline: number
  #expected: number

  /** Begins, before the first is given back. */
  static async begin(options: GivingBackOptions): Promise<GivingBack> {
    return new GivingBack(options, (await readyCount(options)) ?? 0)
  }

  private constructor(options: GivingBackOptions, before: number) {
    this.#options = options
    this.#deadline = options.clock.monotonic() + LONGEST_WAIT_MS
    this.#expected = before
  }

  /** Waits until the queue has these, too: 5 s for all of them together, and not where the broker does not say. */
  async seen(count: number): Promise<void> {
    this.#expected += count
    if (count === 0) return
    const { clock } = this.#options
    while (clock.monotonic() < this.#deadline) {
      const ready = await readyCount(this.#options)
      if (ready === undefined || ready >= this.#expected) return
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
