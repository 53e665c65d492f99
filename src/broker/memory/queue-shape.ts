/** What a queue of the embedded broker is made of, in RabbitMQ's words, and whether two declarations mean the same queue. */
import { DeclarationError, PayloadError } from '../../kernel/errors.js'
import type { QueueSpec, QueueType } from '../broker.js'

/** Queue arguments by the names RabbitMQ gives them; what a queue does is read from here. */
export interface QueueArguments {
  readonly 'x-queue-type'?: 'quorum' | 'classic'
  readonly 'x-dead-letter-exchange'?: string
  readonly 'x-delivery-limit'?: number
  readonly 'x-max-priority'?: number
  readonly 'x-message-ttl'?: number
  readonly 'x-max-length'?: number
}

const DEFAULT_DELIVERY_LIMIT = 20
const LONGEST_NAME_BYTES = 199
const MOST_PRIORITIES = 255
const MOST_RETURNS = 2 ** 31 - 1

/** Where dead letters go, and the queue they end in. */
export const deadLettersOf = (namespace: string): string => `${namespace}.dead`

/** Dead letters stay for 30 days, the newest million of them. */
export const DEAD_LETTER_QUEUE: QueueArguments = Object.freeze({
  'x-queue-type': 'quorum',
  'x-message-ttl': 30 * 24 * 60 * 60 * 1000,
  'x-max-length': 1_000_000,
})

/**
 * The arguments a queue is declared with.
 * @throws PayloadError ERR_QUEUE_NAME, DeclarationError ERR_OPTION_INVALID
 */
export function queueArguments(spec: QueueSpec, namespace: string): QueueArguments {
  checkName(spec.name)
  const type = spec.type ?? 'quorum'
  checkOptions(spec, type)
  return {
    ...(type !== 'celery' && { 'x-queue-type': type, 'x-dead-letter-exchange': deadLettersOf(namespace) }),
    ...(type === 'quorum' && { 'x-delivery-limit': spec.deliveryLimit ?? DEFAULT_DELIVERY_LIMIT }),
    ...(spec.maxPriority !== undefined && { 'x-max-priority': spec.maxPriority }),
  }
}

/** @throws DeclarationError ERR_QUEUE_MISMATCH, naming the first argument that differs and both values. */
export function checkSameQueue(name: string, existing: QueueArguments, declared: QueueArguments): void {
  const names = new Set([...Object.keys(existing), ...Object.keys(declared)]) as Set<keyof QueueArguments>
  for (const key of names) {
    if (existing[key] === declared[key]) continue
    throw new DeclarationError(
      'ERR_QUEUE_MISMATCH',
      `Queue "${name}" exists with other arguments than declared (${key}: broker ${existing[key] ?? 'none'}, declared ` +
        `${declared[key] ?? 'none'}). Delete the queue or change the declaration; the broker cannot alter it.`,
    )
  }
}

function checkName(name: string): void {
  const why = wrongName(name)
  if (why === undefined) return
  throw new PayloadError('ERR_QUEUE_NAME', `Queue name ${JSON.stringify(name)} cannot be used: ${why}.`)
}

function wrongName(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) return `it is longer than ${LONGEST_NAME_BYTES} bytes`
  if (/\p{Cc}/u.test(name)) return 'it contains control characters'
  if (/\p{Cs}/u.test(name)) return 'it is not valid Unicode'
  return name.startsWith('amq.') ? 'names starting with "amq." are reserved by RabbitMQ' : undefined
}

function checkOptions(spec: QueueSpec, type: QueueType): void {
  const { maxPriority, deliveryLimit } = spec
  if (maxPriority !== undefined) {
    if (type === 'quorum') refuse(spec, 'maxPriority', 'a quorum queue has none; use `type: "classic"`')
    if (!isWhole(maxPriority, 1, MOST_PRIORITIES)) refuse(spec, 'maxPriority', 'it is a whole number, 1-255')
  }
  if (deliveryLimit !== undefined) {
    if (type !== 'quorum') refuse(spec, 'deliveryLimit', `a ${type} queue does not count deliveries`)
    if (!isWhole(deliveryLimit, 1, MOST_RETURNS))
      refuse(spec, 'deliveryLimit', `it is a whole number, 1-${MOST_RETURNS}`)
  }
}

function refuse(spec: QueueSpec, option: string, why: string): never {
  throw new DeclarationError('ERR_OPTION_INVALID', `Queue "${spec.name}" cannot have this ${option}: ${why}.`)
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most
