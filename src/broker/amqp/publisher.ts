/** Publishes with confirms: resolves when the broker has the message, and settles each publish within its time whatever happens. */
import type { Clock } from '../../kernel/clock.js'
import type { Logger } from '../../kernel/logger.js'
import type { WireMessage } from '../../message/wire-message.js'
import { brokerText, noAnswer, refusalReason, replyCode } from './amqp-errors.js'
import type { ConfirmLane, LaneOwner } from './confirm-lane.js'
import type { AmqpConnection } from './connection.js'
import { DeadlineSweep } from './deadline-sweep.js'
import { HeldPublishes } from './held-publishes.js'
import {
  notSent,
  PendingPublish,
  type Destination,
  type PublishOwner,
  type StuckReason,
} from './pending-publish.js'
import { failUnprepared, notRouted, unwritable } from './publish-failures.js'
import { PublishLanes } from './publish-lanes.js'
import { PublishQueue } from './publish-queue.js'
import type { Session } from './session.js'
import { withinLimit } from './time-limit.js'

/** How a publisher works. */
export interface PublisherOptions {
  readonly connection: AmqpConnection
  readonly clock: Clock
  readonly logger: Logger
  /** How many publishes may be unconfirmed at a time. */
  readonly confirmWindow: number
  /** Called on each new session before anything is published on it. */
  readonly prepare: (session: Session) => Promise<void>
  /** Makes what one message needs, called before each time it is written; undefined when that is there. */
  readonly prepareFor: (session: Session, to: PendingPublish) => Promise<void> | undefined
  /** Makes what an unroutable message was for exist again; undefined when this process knows nothing of it. */
  readonly restore: (session: Session, to: PendingPublish) => Promise<void> | undefined
}

const MAX_BYTES_IN_FLIGHT = 32 * 1024 * 1024

export class Publisher implements LaneOwner, PublishOwner {
  readonly #options: PublisherOptions
  readonly #waiting = new PublishQueue()
  readonly #held: HeldPublishes
  readonly #deadlines: DeadlineSweep
  readonly #lanes: PublishLanes
  readonly #onIdle: (() => void)[] = []
  readonly #onReady: (() => void)[] = []
  #pending = 0
  #session: Session | undefined
  #suspectInFlight: PendingPublish | undefined
  #blocked = false
  #closed = false

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#held = new HeldPublishes(options.clock, () => this.#retryHeld())
    this.#deadlines = new DeadlineSweep(options.clock, (now) => this.#endOverdue(now))
    this.#lanes = new PublishLanes({ ...options, owner: this, onOpen: () => this.#onLaneOpen() })
    options.connection.listen({
      onUp: (session) => void this.#onUp(session),
      onDown: () => this.#onDown(),
      onRefused: (error) => this.#failAll(error),
      onBlocked: (blocked) => this.#onBlocked(blocked),
    })
  }

  /** Whether a publish would be written now. */
  get ready(): boolean {
    return this.#lanes.current?.open === true && !this.#blocked && !this.#closed
  }

  /** Publishes that are not settled. */
  get pending(): number {
    return this.#pending
  }

  /** Resolves when the broker has it; settles within `timeoutMs` whatever happens. */
  publish(to: Destination, message: WireMessage, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const deadlineAt = this.#options.clock.monotonic() + timeoutMs
      this.#submit(new PendingPublish(to, message, deadlineAt, { owner: this, resolve, reject }))
    })
  }

  /**
   * Resolves when messages can be published.
   * @throws DeclarationError ERR_BROKER_REFUSED, BrokerError ERR_CONNECTION_LOST
   */
  async connect(limitMs: number): Promise<void> {
    const { clock, connection } = this.#options
    const endAt = clock.monotonic() + limitMs
    const onLimit = () => noAnswer(connection.url, 'opening a channel', limitMs)
    for (;;) {
      const session = await connection.session(leftUntil(endAt, clock))
      if (this.#lanes.current) return
      const opened = session.during(new Promise<void>((resolve) => this.#onReady.push(resolve)))
      try {
        return await withinLimit(opened, { clock, limitMs: leftUntil(endAt, clock), onLimit })
      } catch (error) {
        if (session.alive) throw error
      }
    }
  }

  /** Waits for what is on its way, up to `limitMs`, and gives the rest up; nothing is taken any more from its call on. */
  async close(limitMs: number): Promise<void> {
    this.#closed = true
    await this.#idleWithin(limitMs)
    for (const publish of this.#unsettled()) publish.giveUp('closed', 'the app was closed before that')
    this.#deadlines.stop()
    this.#held.stop()
  }

  /** Called by a publish that is settled. */
  onSettled(): void {
    if (--this.#pending > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** Called by a lane. */
  onConfirmed(publish: PendingPublish): void {
    this.#held.gotThrough()
    this.#clearSuspicion(publish)
    if (publish.returned === undefined) publish.succeed()
    else this.#onUnroutable(publish, notRouted(publish.returned))
    this.#pump()
  }

  /** Called by a lane. */
  onNacked(publish: PendingPublish): void {
    this.#clearSuspicion(publish)
    publish.nacked = true
    if (!publish.settled && !this.#held.holdForRetry(publish)) {
      publish.refuse('queue-full', 'it took it back, and too many others wait already to be offered again')
    }
    this.#pump()
  }

  /** Called by a lane whose channel is gone. */
  onLaneClosed(lane: ConfirmLane, unanswered: PendingPublish[], error: Error | undefined): void {
    this.#lanes.remove(lane)
    this.#suspectInFlight = undefined
    if (error)
      this.#options.logger.warn({ reason: brokerText(error) }, 'The broker closed the publishing channel.')
    this.#sortOut(unanswered, error)
    if (error && this.#session && !this.#lanes.current) void this.#lanes.renew(this.#session)
    else this.#pump()
  }

  #submit(publish: PendingPublish): void {
    this.#pending++
    if (this.#closed) return publish.fail(notSent(publish, 'closed', 'the app is closed'))
    const { length } = publish.content
    if (this.#waiting.isFullFor(length) || this.#held.isFullFor(length)) {
      const { reason, why: stuck } = this.#stuckBecause()
      const because = reason === 'timeout' ? 'they come faster than the broker takes them' : stuck
      const why = `${this.#waiting.size + this.#held.waiting} messages wait already, because ${because}`
      return publish.fail(notSent(publish, 'backlog', why))
    }
    // A socket keeps the process alive; without one, whoever waits for a publish does.
    this.#deadlines.armBy(publish.deadlineAt, this.#session === undefined)
    this.#waiting.push(publish)
    if (this.#session) this.#pump()
    else this.#connect()
  }

  #connect(): void {
    const { connection } = this.#options
    connection.start()
    if (connection.refusal) this.#failAll(connection.refusal)
  }

  #pump(): void {
    const lane = this.#lanes.current
    if (!lane || this.#blocked) return
    for (let next = this.#waiting.peek(); next && lane.open; next = this.#waiting.peek()) {
      if (!next.settled && !this.#hasRoom(lane, next)) return
      this.#waiting.take()
      if (!next.settled) this.#prepareAndWrite(lane, next)
    }
  }

  #prepareAndWrite(lane: ConfirmLane, publish: PendingPublish): void {
    const session = this.#session
    const preparing = session && this.#options.prepareFor(session, publish)
    if (!session || !preparing) return this.#write(lane, publish)
    this.#held.holdDuring(preparing, publish, (publishes, error) => {
      // The connection was lost over it: on the next one it is as good as new.
      if (error === undefined || !session.alive) return this.#offerAgain(publishes)
      for (const each of publishes) failUnprepared(each, error)
    })
  }

  #hasRoom(lane: ConfirmLane, next: PendingPublish): boolean {
    if (lane.inFlight === 0) return true
    if (next.suspect || this.#suspectInFlight) return false
    return lane.inFlight < this.#options.confirmWindow && lane.bytesInFlight < MAX_BYTES_IN_FLIGHT
  }

  #write(lane: ConfirmLane, publish: PendingPublish): void {
    publish.returned = undefined
    try {
      lane.write(publish)
      if (publish.suspect) this.#suspectInFlight = publish
    } catch (error) {
      if (lane.open) publish.fail(unwritable(publish, error))
      else this.#waiting.putBack([publish])
    }
  }

  /**
   * What was in flight on a channel that is gone. When the broker closed it, one of them is to blame, and which it does not say: they are
   * sent one at a time, and the one that is alone when it happens again is the one.
   */
  #sortOut(unanswered: readonly PendingPublish[], error: Error | undefined): void {
    const [first] = unanswered
    if (error && first && unanswered.length === 1) return this.#onCulprit(first, error)
    const left = unanswered.filter((publish) => !publish.settled)
    for (const publish of left) {
      publish.unsure ||= error === undefined
      publish.doubted ||= error !== undefined
      publish.suspect ||= error !== undefined
    }
    this.#waiting.putBack(left)
  }

  #onCulprit(publish: PendingPublish, error: Error): void {
    const why = brokerText(error)
    if (replyCode(error) !== 404) return publish.condemn(refusalReason(error), why, error)
    publish.doubted = false
    this.#onUnroutable(publish, why, error)
  }

  #clearSuspicion(publish: PendingPublish): void {
    publish.suspect = false
    if (this.#suspectInFlight === publish) this.#suspectInFlight = undefined
  }

  /** What this process declared and somebody deleted is made again, once for each message. */
  #onUnroutable(publish: PendingPublish, why: string, cause?: Error): void {
    const session = this.#session
    const restoring = session && !publish.restored ? this.#options.restore(session, publish) : undefined
    if (!session || !restoring) return publish.refuse('unroutable', why, cause)
    publish.restored = true
    this.#held.holdDuring(restoring, publish, (publishes, error) => {
      if (error === undefined) return this.#offerAgain(publishes)
      for (const each of publishes) {
        if (session.alive) each.refuse('unroutable', why, error)
        // The connection was lost over it: on the next one it is as good as new.
        else each.restored = false
      }
      if (!session.alive) this.#offerAgain(publishes)
    })
  }

  /** On a new channel: after the loss of a queue's leader, a channel can go on refusing everything for seconds. */
  #retryHeld(): void {
    const again = () => this.#offerAgain(this.#held.takeAll())
    if (this.#session) void this.#lanes.renew(this.#session).then(again)
    else again()
  }

  #offerAgain(publishes: readonly PendingPublish[]): void {
    this.#waiting.putBack(publishes)
    this.#pump()
  }

  async #onUp(session: Session): Promise<void> {
    this.#session = session
    this.#blocked = false
    this.#armDeadlines()
    try {
      await this.#options.prepare(session)
    } catch (error) {
      // Publishing goes on: what the failure concerns comes back as unroutable.
      if (session.alive)
        this.#options.logger.error({ reason: brokerText(error) }, 'The topology could not be declared.')
    }
    await this.#lanes.renew(session)
  }

  #onLaneOpen(): void {
    for (const resolve of this.#onReady.splice(0)) resolve()
    this.#pump()
  }

  #onDown(): void {
    this.#session = undefined
    this.#blocked = false
    this.#armDeadlines()
  }

  #onBlocked(blocked: boolean): void {
    this.#blocked = blocked
    this.#pump()
  }

  #armDeadlines(): void {
    this.#deadlines.stop()
    let next = Infinity
    for (const publish of this.#unsettled()) next = Math.min(next, publish.deadlineAt)
    if (next < Infinity) this.#deadlines.armBy(next, this.#session === undefined)
  }

  #endOverdue(now: number): void {
    const { reason, why } = this.#stuckBecause()
    for (const publish of this.#unsettled()) {
      if (publish.deadlineAt <= now) publish.giveUp(reason, why, this.#options.connection.lastError)
    }
    this.#waiting.dropSettled()
    this.#armDeadlines()
  }

  #failAll(error: Error): void {
    for (const publish of this.#unsettled()) publish.fail(error)
    this.#waiting.dropSettled()
  }

  #stuckBecause(): { reason: StuckReason; why: string } {
    const { url } = this.#options.connection
    if (!this.#session) return { reason: 'disconnected', why: `there is no connection to ${url}` }
    if (this.#blocked)
      return { reason: 'blocked', why: 'the broker accepts no messages for now (memory or disk alarm)' }
    return { reason: 'timeout', why: 'its time is over' }
  }

  /** A list of its own: settling one may change where the others are. */
  #unsettled(): PendingPublish[] {
    return [...this.#lanes.unanswered, ...this.#held, ...this.#waiting].filter((publish) => !publish.settled)
  }

  #idleWithin(limitMs: number): Promise<void> {
    if (this.#pending === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(limitMs, resolve)
      this.#onIdle.push(() => {
        timer.stop()
        resolve()
      })
    })
  }
}

function leftUntil(endAt: number, clock: Clock): number {
  return Math.max(0, endAt - clock.monotonic())
}
