/** The dead letters of an app: looked at, sent again, dropped, however many there are. */
import { randomUUID } from 'node:crypto'
import type { Broker, QueueSpec } from '../broker/broker.js'
import { deadLetterName } from '../broker/queue-spec.js'
import type { Clock } from '../kernel/clock.js'
import { decodeTaskMessage } from '../message/codec.js'
import type { SerializerRegistry } from '../serialization/serializer-registry.js'
import { readLetter, type DeadLetter } from './dead-letter.js'
import { letterMatcher, type DeadLetterFilter } from './filter.js'
import { checkListOptions, checkMoveOptions } from './move-options.js'
import { moveLetters, type LetterFate, type Move } from './move.js'
import type { MoveReport } from './move-report.js'
import { checkReplay, replay, type ReplayOptions } from './replay.js'
import { walk } from './walk.js'

/** How dead letters are listed. */
export interface DeadLetterListOptions {
  /** The most to give. Default: all that are meant. */
  readonly limit?: number
  /** Ends the list early, without an error. */
  readonly signal?: AbortSignal
}

/** How dead letters are dropped. */
export interface DeadLetterDropOptions {
  /** The most to move. Default: all that are meant. */
  readonly limit?: number
  /** The most in a second. Default: as many as the broker takes. */
  readonly rate?: number
  /** Only counts what would be done. Default false. */
  readonly dryRun?: boolean
  /** Told of every letter that is meant, once its fate is known; must not throw, and is not waited for. */
  readonly onLetter?: (letter: DeadLetter, fate: LetterFate) => void
  /** Told how far it is, at every letter; likewise. */
  readonly onProgress?: (report: MoveReport) => void
  /** Takes no more letters; what is on its way is finished, and the report says `aborted`. */
  readonly signal?: AbortSignal
}

/** How dead letters are sent again. */
export interface DeadLetterRetryOptions extends DeadLetterDropOptions {
  /** The queue to send them to. Default: where each came from. */
  readonly to?: string
}

/** What a call asked for, as far as it can be read. */
export interface DeadCall {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** What the dead letters need of their app. */
export interface DeadLetterParts {
  readonly broker: Broker
  readonly clock: Clock
  readonly declareQueues: boolean
  readonly queueSpec: (name: string) => QueueSpec
}

/**
 * The dead letters of an app, which lie in the queue `<namespace>.dead`: `app.deadLetters`.
 * Whoever goes through them holds them meanwhile: nobody else sees them until the list or the run is over, and then they are back in their
 * places. A few hundred at a time are in memory (up to 16 MB of bodies, or a hundred letters), and about 50 bytes for each that was passed.
 */
export class DeadLetters {
  readonly #namespace: string
  readonly #serializers: SerializerRegistry
  readonly #parts: () => Promise<DeadLetterParts>

  /** Made by the app. */
  constructor(namespace: string, serializers: SerializerRegistry, parts: () => Promise<DeadLetterParts>) {
    this.#namespace = namespace
    this.#serializers = serializers
    this.#parts = parts
  }

  /** The queue they lie in. */
  get queue(): string {
    return deadLetterName(this.#namespace)
  }

  /**
   * How many there are; 0 where there is no such queue. RabbitMQ may say 0 for some seconds after a restart, and never counts those that
   * somebody is looking at.
   * @throws BrokerError ERR_CONNECTION_LOST
   */
  async count(): Promise<number> {
    const { broker } = await this.#parts()
    return (await broker.inspect(this.queue))?.messages ?? 0
  }

  /**
   * Those that are meant, oldest first, one at a time; only those that were there when it began. Leave the loop (`break`) and the rest stays unread.
   * What stands in a letter is somebody else's word: see {@link DeadLetter}.
   * @throws PayloadError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID, ERR_DELAY_INVALID for a filter that cannot be meant · BrokerError ERR_CONNECTION_LOST when the connection is lost on the way, or it takes longer than 15 minutes; start again then
   */
  async *list(
    filter: DeadLetterFilter = {},
    options: DeadLetterListOptions = {},
  ): AsyncGenerator<DeadLetter, void, undefined> {
    const isMeant = letterMatcher(filter)
    checkListOptions(options)
    const { limit = Infinity, signal } = options
    const { broker, clock } = await this.#parts()
    const startedAt = clock.now()
    const read = { namespace: this.#namespace, now: startedAt }
    const letters = walk({
      ...{ broker, clock, signal, queue: this.queue },
      isNew: (delivery, isBeyond) => isBeyond && (readLetter(delivery, read).at ?? Infinity) > startedAt,
    })
    let count = 0
    for await (const visit of letters) {
      visit.leave()
      const letter = readLetter(visit.delivery, read)
      if (!isMeant(letter)) continue
      yield letter
      count += 1
      if (count >= limit) return
    }
  }

  /**
   * The oldest with this id; undefined when there is none. Reads on until it is found.
   * @throws what `list` throws
   */
  async get(id: string): Promise<DeadLetter | undefined> {
    for await (const letter of this.list({ id }, { limit: 1 })) return letter
    return undefined
  }

  /**
   * The arguments of a dead call; undefined when they cannot be read, which may be why it is dead. The values are the sender's, and may be secret.
   */
  async callOf(letter: DeadLetter): Promise<DeadCall | undefined> {
    try {
      const { args, kwargs } = await decodeTaskMessage(letter, this.#serializers)
      return { args, kwargs }
    } catch {
      return undefined
    }
  }

  /**
   * Sends those that are meant again, each to the queue it came from: the original bytes, due now, with fresh retry budgets and without a
   * deadline that has passed. Each is published, confirmed, and only then taken out of the dead letters: a crash in between leaves a
   * duplicate, never a loss. One that fails again becomes a dead letter again, which this run does not touch. A queue that does not exist is
   * made, unless the app declares none; a letter that cannot be sent stays, and is counted with the reason. A lost connection is waited for.
   * @throws PayloadError for a filter or an option that cannot be meant · BrokerError ERR_CONNECTION_LOST, ERR_NOT_SENT, ERR_UNKNOWN_OUTCOME after a minute without a broker; what was moved by then `onProgress` has said
   */
  async retry(filter: DeadLetterFilter, options: DeadLetterRetryOptions = {}): Promise<MoveReport> {
    const parts = await this.#parts()
    const run = randomUUID()
    const how: ReplayOptions = {
      ...{ broker: parts.broker, deadLetters: this.queue, run, to: options.to },
      queueSpec: parts.declareQueues ? parts.queueSpec : undefined,
      now: () => parts.clock.now(),
    }
    return this.#move(filter, options, {
      ...{ ...parts, run },
      check: (letter) => checkReplay(letter, how),
      carryOut: (letter) => replay(letter, how),
    })
  }

  /**
   * Throws those that are meant away, for good.
   * @throws what `retry` throws
   */
  async drop(filter: DeadLetterFilter, options: DeadLetterDropOptions = {}): Promise<MoveReport> {
    const parts = await this.#parts()
    return this.#move(filter, options, {
      ...{ ...parts, run: randomUUID() },
      check: () => ({ kind: 'would-move' }),
      carryOut: () => Promise.resolve({ kind: 'moved' }),
    })
  }

  async #move(
    filter: DeadLetterFilter,
    options: DeadLetterRetryOptions,
    { broker, clock, run, check, carryOut }: Pick<Move, 'broker' | 'clock' | 'run' | 'check' | 'carryOut'>,
  ): Promise<MoveReport> {
    const isMeant = letterMatcher(filter)
    checkMoveOptions(options)
    const { limit = Infinity, rate = Infinity, dryRun = false, onLetter, onProgress, signal } = options
    return moveLetters({
      ...{ broker, clock, run, check, carryOut, isMeant },
      ...{ namespace: this.#namespace, queue: this.queue },
      ...{ limit, rate, dryRun, onLetter, onProgress, signal },
    })
  }
}
