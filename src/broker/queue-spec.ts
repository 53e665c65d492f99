/** What every broker makes of a queue spec: the limits it must keep, its default, and where its dead letters go. */
import { DeclarationError, PayloadError } from '../kernel/errors.js'
import type { QueueSpec } from './broker.js'

/** How often a message may come back to a quorum queue that does not say it: RabbitMQ's own default from 4.0 on. */
export const DEFAULT_DELIVERY_LIMIT = 20

/** The queue of dead letters: for 30 days, the newest million of them. */
export const DEAD_LETTER_ARGUMENTS = Object.freeze({
  'x-queue-type': 'quorum',
  'x-message-ttl': 30 * 86_400_000,
  'x-max-length': 1_000_000,
})

const MAX_QUEUE_NAME_BYTES = 199

/** The exchange dead letters go through, and the queue they lie in. */
export function deadLetterName(namespace: string): string {
  return `${namespace}.dead`
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

function checkOption(
  spec: QueueSpec,
  option: 'maxPriority' | 'deliveryLimit',
  least: number,
  most: number,
): void {
  const value = spec[option]
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return
  throw wrongOption(spec, option, `has to be a whole number from ${least} to ${most}`)
}

function wrongOption(spec: QueueSpec, option: string, why: string): DeclarationError {
  return new DeclarationError(
    'ERR_OPTION_INVALID',
    `Queue "${spec.name}" cannot be declared: option "${option}" ${why}.`,
  )
}
