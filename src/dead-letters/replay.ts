/** Sends one dead letter again, to the queue it came from, and says what became of it. */
import type { Broker, QueueSpec } from '../broker/broker.js'
import { failpoint } from '../kernel/failpoint.js'
import { isTaskalopeError, type BrokerError } from '../kernel/errors.js'
import { UNREADABLE } from '../message/headers.js'
import type { WireMessage } from '../message/wire-message.js'
import type { DeadLetter } from './dead-letter.js'
import type { LetterFate } from './move.js'
import { replayMessage } from './replay-message.js'

/** How letters are sent again. */
export interface ReplayOptions {
  readonly broker: Broker
  /** Where dead letters lie, which is no place to send one to. */
  readonly deadLetters: string
  /** Undefined: where each came from. */
  readonly to: string | undefined
  /** How a queue is made that does not exist; undefined: not at all. */
  readonly queueSpec: ((name: string) => QueueSpec) | undefined
  readonly now: () => number
  readonly run: string
}

const WOULD_MOVE: LetterFate = Object.freeze({ kind: 'would-move' })
const MOVED: LetterFate = Object.freeze({ kind: 'moved' })

/** Whether a letter can be sent again, as far as the letter tells. */
export function checkReplay(letter: DeadLetter, { deadLetters, to }: ReplayOptions): LetterFate {
  const queue = to ?? letter.queue
  if (Object.hasOwn(letter.headers, UNREADABLE.reason)) return skipped('unreadable', queue)
  if (queue === undefined || queue === deadLetters) return skipped('no-queue', queue)
  return WOULD_MOVE
}

/**
 * Sends it; when this resolves with `moved` the broker has it, and the dead letter has to go.
 * @throws BrokerError when the broker could not be asked
 */
export async function replay(letter: DeadLetter, options: ReplayOptions): Promise<LetterFate> {
  const queue = options.to ?? letter.queue ?? ''
  const message = replayMessage(letter, { now: options.now(), run: options.run })
  try {
    failpoint('before-replay-publish')
    await send(queue, message, options)
    failpoint('after-replay-publish')
    return MOVED
  } catch (error) {
    const why = refusal(error)
    if (why === undefined) throw error
    return skipped(why, queue)
  }
}

/** A queue that exists is taken as it is: it may well have been declared otherwise than this app would. */
async function send(
  queue: string,
  message: WireMessage,
  { broker, queueSpec }: ReplayOptions,
): Promise<void> {
  try {
    await broker.publish({ routingKey: queue }, message)
  } catch (error) {
    if (!queueSpec || refusal(error) !== 'unroutable') throw error
    await broker.declare(queueSpec(queue))
    await broker.publish({ routingKey: queue }, message)
  }
}

/** Why this letter is refused, and would be again; undefined for trouble with the broker. */
function refusal(error: unknown): string | undefined {
  if (isTaskalopeError(error, 'ERR_REFUSED')) return (error as BrokerError).reason ?? error.code
  if (!isTaskalopeError(error) || TROUBLE.has(error.code)) return undefined
  return error.code
}

const TROUBLE: ReadonlySet<string> = new Set([
  'ERR_NOT_SENT',
  'ERR_UNKNOWN_OUTCOME',
  'ERR_CONNECTION_LOST',
  'ERR_BROKER_REFUSED',
])

function skipped(why: string, queue: string | undefined): LetterFate {
  return { kind: 'skipped', why, queue }
}
