/** The messages of the embedded broker that wait for their time: one timer for all, and who of them the process lives for. */
import type { Clock, Timer } from '../../kernel/clock.js'
import type { WireMessage } from '../../message/wire-message.js'
import { Heap } from './heap.js'
import type { MemoryQueue } from './queue.js'
import type { DeliverySource, Turns } from './turns.js'

/** A message that waits. */
export interface DelayedMessage {
  readonly queue: MemoryQueue
  readonly message: WireMessage
  /** How long it waits, in whole seconds. */
  readonly seconds: number
  /** Begins the name of the exchange it comes out of. */
  readonly namespace: string
}

/** What the waiting needs around it. */
export interface DelaysParts {
  readonly clock: Clock
  readonly turns: Turns
  /** Its time has come. */
  readonly release: (message: DelayedMessage) => void
  /** How many more (or fewer) queues there are that somebody consumes and something waits for. */
  readonly held: (change: number) => void
}

interface Waiting {
  readonly dueAt: number
  readonly place: number
  readonly delayed: DelayedMessage
}

/** By the monotonic clock: setting the wall clock makes nothing early or late. */
export class Delays implements DeliverySource {
  readonly #parts: DelaysParts
  readonly #waiting = new Heap<Waiting>(isBefore)
  readonly #counts = new Map<MemoryQueue, number>()
  readonly #awaited = new Set<MemoryQueue>()
  #places = 0
  #timer: { readonly at: number; readonly timer: Timer } | undefined

  constructor(parts: DelaysParts) {
    this.#parts = parts
  }

  add(delayed: DelayedMessage): void {
    const dueAt = this.#parts.clock.monotonic() + delayed.seconds * 1000
    this.#waiting.push({ dueAt, place: this.#places++, delayed })
    this.#count(delayed.queue, 1)
    this.#wakeForFirst()
  }

  /** How many messages wait for a queue. */
  waitingFor(queue: MemoryQueue): number {
    return this.#counts.get(queue) ?? 0
  }

  /** Looks again whether somebody consumes a queue: only then is what waits for it worth living for. */
  reconsider(queue: MemoryQueue): void {
    const isAwaited = this.#counts.has(queue) && queue.state.consumers > 0
    if (isAwaited === this.#awaited.has(queue)) return
    if (isAwaited) this.#awaited.add(queue)
    else this.#awaited.delete(queue)
    this.#parts.held(isAwaited ? 1 : -1)
  }

  /** One message whose time has come goes to its queue; turn by turn, so that many at one instant stop nobody else. */
  deliverOne(): boolean {
    if (this.#isFirstDue()) {
      const { delayed } = this.#waiting.take()!
      this.#parts.release(delayed)
      this.#count(delayed.queue, -1)
    }
    if (this.#isFirstDue()) return true
    this.#wakeForFirst()
    return false
  }

  /** Forgets them all, once nobody consumes anything any more. */
  clear(): void {
    this.#waiting.clear()
    this.#counts.clear()
    this.#wakeForFirst()
  }

  #count(queue: MemoryQueue, change: number): void {
    const count = this.waitingFor(queue) + change
    if (count === 0) this.#counts.delete(queue)
    else this.#counts.set(queue, count)
    this.reconsider(queue)
  }

  #isFirstDue(): boolean {
    const first = this.#waiting.peek()
    return first !== undefined && first.dueAt <= this.#parts.clock.monotonic()
  }

  /** Sets the timer to the first that is due; the process is kept alive by other means, where it is. */
  #wakeForFirst(): void {
    const at = this.#waiting.peek()?.dueAt
    if (at === this.#timer?.at) return
    this.#timer?.timer.stop()
    this.#timer = at === undefined ? undefined : { at, timer: this.#wakeAt(at) }
  }

  #wakeAt(at: number): Timer {
    const { clock, turns } = this.#parts
    const wake = () => {
      this.#timer = undefined
      turns.schedule(this)
    }
    return clock.after(at - clock.monotonic(), wake, { keepAlive: false })
  }
}

function isBefore(one: Waiting, other: Waiting): boolean {
  return one.dueAt === other.dueAt ? one.place < other.place : one.dueAt < other.dueAt
}
