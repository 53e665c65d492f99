/** What every broker makes of a queue spec: the limits it must keep, its default, and where its dead letters go. */
import { DeclarationError, PayloadError } from '../kernel/errors.js'
import { cutText, safeInspect } from '../kernel/safe-text.js'
import type { QueueSpec } from './broker.js'

/** How often a message may come back to a quorum queue that does not say it: RabbitMQ's own default from 4.0 on. */
export const DEFAULT_DELIVERY_LIMIT = 20

/** How many dead letters are kept, and how long; what is beyond goes for good, the oldest first. */
export interface DeadLetterLimits {
  /** Milliseconds, from 1 s to 3650 d. Default 30 d. */
  readonly maxAgeMs: number
  /** Default 1 000 000. */
  readonly maxLength: number
}

/** They may be looked at and given back without end: a limit, and 4.x has one of 20 by itself, would lose what is looked at often. */
const ENDLESS_RETURNS = 2 ** 31 - 1

const LONGEST_AGE_MS = 3650 * 86_400_000
const MAX_QUEUE_NAME_BYTES = 199

/** The exchange dead letters go through, and the queue they lie in. */
export function deadLetterName(namespace: string): string {
  return `${namespace}.dead`
}

/**
 * The limits of the dead letters, filled in.
 * @throws DeclarationError ERR_OPTION_INVALID
 */
export function deadLetterLimits({
  maxAgeMs = 30 * 86_400_000,
  maxLength = 1_000_000,
}: Partial<DeadLetterLimits> = {}): DeadLetterLimits {
  if (!isWhole(maxAgeMs, 1000, LONGEST_AGE_MS)) {
    throw wrongLimit('maxAge', maxAgeMs, 'lie from 1 s to 3650 d, in whole milliseconds')
  }
  if (!isWhole(maxLength, 1, 2 ** 31 - 1)) {
    throw wrongLimit('maxLength', maxLength, 'be a whole number from 1 to 2147483647')
  }
  return { maxAgeMs, maxLength }
}

/** What the queue of dead letters is made with. Once it exists it is taken as it is. A policy can lower its limits, not raise them: the smaller counts. */
export function deadLetterArguments({ maxAgeMs, maxLength }: DeadLetterLimits) {
  return {
    'x-queue-type': 'quorum',
    'x-message-ttl': maxAgeMs,
    'x-max-length': maxLength,
    'x-delivery-limit': ENDLESS_RETURNS,
  } as const
}

/**
 * Refuses what a broker would refuse late, or misunderstand.
 * @throws PayloadError ERR_QUEUE_NAME, DeclarationError ERR_OPTION_INVALID
 */
export function checkQueueSpec(spec: QueueSpec): void {
  checkQueueName(spec.name)
  checkOption(spec, 'maxPriority', 1, 255)
  checkOption(spec, 'deliveryLimit', 1, 2 ** 31 - 1)
  const type = spec.type ?? 'quorum'
  if (spec.maxPriority !== undefined && type === 'quorum') {
    throw wrongOption(spec, 'maxPriority', 'is for classic and Celery-shaped queues; a quorum queue has none')
  }
  if (spec.deliveryLimit !== undefined && type !== 'quorum') {
    throw wrongOption(
      spec,
      'deliveryLimit',
      `is for quorum queues; a ${type} queue does not count deliveries`,
    )
  }
}

function checkQueueName(name: string): void {
  const bytes = Buffer.byteLength(name)
  const legal = bytes > 0 && bytes <= MAX_QUEUE_NAME_BYTES && !/[\u0000-\u001f\u007f-\u009f]/.test(name)
  if (legal && !name.startsWith('amq.') && Buffer.from(name).toString() === name) return
  throw new PayloadError(
    'ERR_QUEUE_NAME',
    `${JSON.stringify(name.slice(0, 60))} cannot be the name of a queue: 1 to ${MAX_QUEUE_NAME_BYTES} bytes, no control characters, not starting with "amq.".`,
  )
}

function wrongLimit(name: string, value: number, must: string): DeclarationError {
  return new DeclarationError(
    'ERR_OPTION_INVALID',
    `Option "${name}" of the dead letters is ${cutText(safeInspect(value), 60)}. It has to ${must}.`,
  )
}

function checkOption(
  spec: QueueSpec,
  option: 'maxPriority' | 'deliveryLimit',
  least: number,
  most: number,
): void {
  const value = spec[option]
  if (value === undefined || isWhole(value, least, most)) return
  throw wrongOption(spec, option, `has to be a whole number from ${least} to ${most}`)
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function wrongOption(spec: QueueSpec, option: string, why: string): DeclarationError {
  return new DeclarationError(
    'ERR_OPTION_INVALID',
    `Queue "${spec.name}" cannot be declared: option "${option}" ${why}.`,
  )
}
