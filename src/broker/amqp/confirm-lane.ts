/** One confirm channel: writes publishes on it and says what the broker answered, publish by publish. */
import type { ConfirmChannel, Message } from 'amqplib'
import type { PendingPublish } from './pending-publish.js'

/** What becomes of publishes on a lane. */
export interface LaneOwner {
  onConfirmed(publish: PendingPublish): void
  onNacked(publish: PendingPublish): void
  /** The channel is gone; `unanswered` were in flight, in their order. `error`: the broker closed the channel; undefined: the connection went. */
  onLaneClosed(lane: ConfirmLane, unanswered: PendingPublish[], error: Error | undefined): void
}

export class ConfirmLane {
  readonly #channel: ConfirmChannel
  readonly #owner: LaneOwner
  /** In the order they were written. Those that timed out stay: the broker still works on them. */
  readonly #inFlight = new Set<PendingPublish>()
  #bytes = 0
  #open = true
  #retired = false
  #error: Error | undefined

  constructor(channel: ConfirmChannel, owner: LaneOwner) {
    this.#channel = channel
    this.#owner = owner
    channel.on('error', (error) => (this.#error = error))
    channel.on('return', (message) => this.#onReturned(message))
    // Before amqplib's own listener, which fails every unconfirmed publish: that is how a nack is told from a closed channel.
    channel.prependListener('close', () => (this.#open = false))
    channel.on('close', () => this.#onClosed())
  }

  get open(): boolean {
    return this.#open
  }

  get inFlight(): number {
    return this.#inFlight.size
  }

  /** What is in flight, in its order. */
  get unanswered(): Iterable<PendingPublish> {
    return this.#inFlight
  }

  get bytesInFlight(): number {
    return this.#bytes
  }

  /** @throws what amqplib throws when it cannot write this message; the lane goes on, unless it is not open any more then. */
  write(publish: PendingPublish): void {
    const { exchange, routingKey, content, options } = publish
    const onAnswer = (error: Error | null) => this.#onAnswered(publish, error)
    try {
      this.#channel.publish(exchange, routingKey, content, options, onAnswer)
    } catch (error) {
      if ((error as Error).name === 'IllegalOperationError') this.#open = false
      throw error
    }
    publish.inFlight = true
    this.#inFlight.add(publish)
    this.#bytes += content.length
  }

  /** Closes the channel once everything on it is answered. */
  retire(): void {
    this.#retired = true
    if (this.#open && this.#inFlight.size === 0) this.#channel.close().catch(() => {})
  }

  #onAnswered(publish: PendingPublish, error: Error | null): void {
    if (!this.#open) return
    this.#inFlight.delete(publish)
    this.#bytes -= publish.content.length
    publish.inFlight = false
    if (error) this.#owner.onNacked(publish)
    else this.#owner.onConfirmed(publish)
    if (this.#retired) this.retire()
  }

  #onClosed(): void {
    const unanswered = [...this.#inFlight]
    this.#inFlight.clear()
    for (const publish of unanswered) publish.inFlight = false
    this.#owner.onLaneClosed(this, unanswered, this.#error)
  }

  /**
   * A return names no publish. Unroutable ones come back in the order they were written, so the first one with the same address and the same
   * content is it: should two be the same in all of that, it does not matter which.
   */
  #onReturned(message: Message): void {
    for (const publish of this.#inFlight) {
      if (publish.returned !== undefined || !isSame(publish, message)) continue
      publish.returned = (message.fields as { replyText?: string }).replyText ?? 'no route'
      return
    }
  }
}

function isSame(publish: PendingPublish, { fields, properties, content }: Message): boolean {
  return (
    publish.routingKey === fields.routingKey &&
    publish.exchange === fields.exchange &&
    publish.options.correlationId === properties.correlationId &&
    publish.content.equals(content)
  )
}
