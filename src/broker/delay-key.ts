/** How a delay is written on a message that waits: in bits, one for each level of the ladder, the names of the ladder's exchanges, and its limit; and how the queue is read back. */
import { MAX_DELAY_MS } from '../kernel/duration.js'
import { PayloadError } from '../kernel/errors.js'

/** How many levels there are: level n keeps a message for 2^n seconds. */
export const DELAY_LEVELS = 28

/**
 * The whole seconds to wait, rounded up so that nothing is early; 0 when there is nothing to wait for.
 * @throws PayloadError ERR_DELAY_RANGE beyond `MAX_DELAY_MS`, and for what is no number.
 */
export function delaySeconds(queue: string, delayMs: number): number {
  if (delayMs <= MAX_DELAY_MS) return Math.max(0, Math.ceil(delayMs / 1000))
  throw new PayloadError(
    'ERR_DELAY_RANGE',
    `A message for queue "${queue}" cannot wait ${delayMs} ms: ${MAX_DELAY_MS} ms (8.5 years) is the most a broker keeps one. Nothing was sent.`,
  )
}

/** The exchange of a level, which is also the name of its queue. */
export function delayLevelName(namespace: string, level: number): string {
  return `${namespace}.delay.${level}`
}

/** The exchange that a message comes out of when it has waited. */
export function deliverExchange(namespace: string): string {
  return `${namespace}.delay.deliver`
}

/** The routing key of a message that waits: a bit for each level, the highest first, then the queue it is for. */
export function delayKey(queue: string, seconds: number): string {
  const bits = seconds.toString(2).padStart(DELAY_LEVELS, '0')
  return `${[...bits].join('.')}.${queue}`
}

/** The level to begin at: that of the top bit, since the levels above it have nothing to add. */
export function entryLevel(seconds: number): number {
  return 31 - Math.clz32(seconds)
}

/** Stand for the words `*` and `#`, which would stand for any other in a binding key. No queue of this library has them in its name. */
const STAND_INS: Readonly<Record<string, string>> = { '*': '\u0001', '#': '\u0002' }
const STOOD_FOR: Readonly<Record<string, string>> = { '\u0001': '*', '\u0002': '#' }

/** The name of a queue as it can stand in a binding key. */
export function literalQueue(queue: string): string {
  return queue.replace(/(?<![^.])[*#](?![^.])/g, (word) => STAND_INS[word] ?? word)
}

const KEY = new RegExp(`^(?:[01]\\.){${DELAY_LEVELS}}`)

/** The queue that a message waited for, out of its routing key, as `delayKey` and `literalQueue` wrote it; undefined for any other key. */
export function queueOfDelayKey(routingKey: string): string | undefined {
  if (!KEY.test(routingKey)) return undefined
  const queue = routingKey.slice(2 * DELAY_LEVELS)
  return queue === '' ? undefined : queue.replace(/[\u0001\u0002]/g, (word) => STOOD_FOR[word] ?? word)
}

/** What binds a queue to the deliver exchange: its name alone, after as many words as there are bits. `#.high` would take what is for `x.high`. */
export function deliverBinding(queue: string): string {
  return `${'*.'.repeat(DELAY_LEVELS)}${queue}`
}
