/** One queue of the embedded broker: ready messages in order, shared out in turn, given back, expired and given up. */
import type { Clock, Timer } from '../../kernel/clock.js'
import type { QueueState } from '../broker.js'
import type { DeathReason } from './death.js'
import { Lane } from './lane.js'
import type { QueueArguments } from './queue-shape.js'
import type { StoredMessage } from './stored-message.js'

/** Whoever takes messages from a queue. */
export interface Taker {
  /** Whether one more message may be given to it now. */
  readonly hasCredit: boolean
  take(message: StoredMessage): void
}

/** What a queue needs of the store it is in. */
export interface QueueSurroundings {
  readonly clock: Clock
  /** A message leaves this queue for good, not acknowledged. */
  giveUp(queue: MemoryQueue, message: StoredMessage, reason: DeathReason | 'maxlen'): void
  /** Somebody takes messages from this queue, or does so no more. */
  takersChanged(queue: MemoryQueue): void
}

/** First in, first out within a priority; the highest priority first. */
export class MemoryQueue {
  readonly name: string
  readonly arguments: QueueArguments
  readonly #surroundings: QueueSurroundings
  readonly #lanes: readonly Lane[]
  readonly #takers: Taker[] = []
  #nextTaker = 0
  #ready = 0
  #expiry: { readonly at: number; readonly timer: Timer } | undefined

  constructor(name: string, queueArguments: QueueArguments, surroundings: QueueSurroundings) {
    this.name = name
    this.arguments = queueArguments
    this.#surroundings = surroundings
    this.#lanes = Array.from({ length: (queueArguments['x-max-priority'] ?? 0) + 1 }, () => new Lane())
  }

  get state(): QueueState {
    return { messages: this.#ready, consumers: this.#takers.length }
  }

  /** Whether it counts how often a message came back. */
  get counts(): boolean {
    return this.arguments['x-queue-type'] === 'quorum'
  }

  /** A new message: straight to a taker with nothing before it, as an `expiration` of 0 asks for, else to its place. */
  enqueue(message: StoredMessage): void {
    const taker = this.#ready === 0 ? this.#takerWithCredit() : undefined
    if (taker) return taker.take(message)
    this.#laneOf(message).push(message)
    this.#ready++
    this.#cutToLength()
    this.#expire()
  }

  /** Messages that were assigned but never handed out: back to their places, as if nothing had happened. */
  putBackUnseen(messages: Iterable<StoredMessage>): void {
    for (const message of messages) this.#putBack(message)
    this.shareOut()
  }

  /** Messages that were handed out and come back: to their places, or given up when that happened too often. */
  putBack(messages: Iterable<StoredMessage>): void {
    const limit = this.arguments['x-delivery-limit'] ?? Infinity
    for (const message of messages) {
      message.returns++
      if (message.returns > limit) this.#surroundings.giveUp(this, message, 'delivery_limit')
      else this.#putBack(message)
    }
    this.shareOut()
  }

  add(taker: Taker): void {
    this.#takers.push(taker)
    this.#surroundings.takersChanged(this)
    this.shareOut()
  }

  remove(taker: Taker): void {
    const index = this.#takers.indexOf(taker)
    if (index < 0) return
    this.#takers.splice(index, 1)
    if (index < this.#nextTaker) this.#nextTaker--
    this.#surroundings.takersChanged(this)
  }

  /** Gives ready messages to takers, in turn, as long as both are there. */
  shareOut(): void {
    for (;;) {
      this.#expire()
      const taker = this.#ready > 0 ? this.#takerWithCredit() : undefined
      if (!taker) return
      taker.take(this.#takeFirst()!)
    }
  }

  /** Throws the ready messages away, and says how many. */
  purge(): number {
    const purged = this.#ready
    for (const lane of this.#lanes) lane.clear()
    this.#ready = 0
    this.#expire()
    return purged
  }

  #putBack(message: StoredMessage): void {
    this.#laneOf(message).putBack(message)
    this.#ready++
  }

  #laneOf({ message }: StoredMessage): Lane {
    const highest = this.#lanes.length - 1
    const priority = Math.trunc(message.properties.priority ?? 0) || 0
    return this.#lanes[highest - Math.max(0, Math.min(priority, highest))]!
  }

  #takerWithCredit(): Taker | undefined {
    const takers = this.#takers
    for (let tried = 0; tried < takers.length; tried++) {
      const taker = takers[this.#nextTaker % takers.length]!
      this.#nextTaker = (this.#nextTaker + 1) % takers.length
      if (taker.hasCredit) return taker
    }
    return undefined
  }

  #takeFirst(): StoredMessage | undefined {
    for (const lane of this.#lanes) {
      const message = lane.take()
      if (message === undefined) continue
      this.#ready--
      return message
    }
    return undefined
  }

  #cutToLength(): void {
    const longest = this.arguments['x-max-length'] ?? Infinity
    while (this.#ready > longest) this.#surroundings.giveUp(this, this.#takeFirst()!, 'maxlen')
  }

  /** Only heads expire, as in RabbitMQ: a message behind one that stays longer waits for it. */
  #expire(): void {
    let nextAt = Infinity
    for (const lane of this.#lanes) nextAt = Math.min(nextAt, this.#expireHeads(lane))
    if (nextAt === (this.#expiry?.at ?? Infinity)) return
    this.#expiry?.timer.stop()
    this.#expiry = nextAt === Infinity ? undefined : { at: nextAt, timer: this.#wakeAt(nextAt) }
  }

  /** Gives up the expired messages at the head of a lane, and says when the one behind them expires. */
  #expireHeads(lane: Lane): number {
    for (;;) {
      const expiresAt = lane.peek()?.expiresAt
      if (expiresAt === undefined) return Infinity
      if (expiresAt > this.#surroundings.clock.monotonic()) return expiresAt
      const expired = lane.take()!
      this.#ready--
      this.#surroundings.giveUp(this, expired, 'expired')
    }
  }

  #wakeAt(at: number): Timer {
    const { clock } = this.#surroundings
    const wake = () => {
      this.#expiry = undefined
      this.#expire()
    }
    return clock.after(at - clock.monotonic(), wake, { keepAlive: false })
  }
}
