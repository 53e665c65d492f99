/** What a queue of the embedded broker is made of, in RabbitMQ's words, and whether two declarations mean the same queue. */
import { DeclarationError } from '../../kernel/errors.js'
import type { QueueSpec } from '../broker.js'
import { checkQueueSpec, DEFAULT_DELIVERY_LIMIT } from '../queue-spec.js'

/** Queue arguments by the names RabbitMQ gives them; what a queue does is read from here. */
export interface QueueArguments {
  readonly 'x-queue-type'?: 'quorum' | 'classic'
  readonly 'x-dead-letter-exchange'?: string
  readonly 'x-delivery-limit'?: number
  readonly 'x-max-priority'?: number
  readonly 'x-message-ttl'?: number
  readonly 'x-max-length'?: number
}

/**
 * The arguments a queue is declared with; what it gives up goes to the exchange `deadLetters`.
 * @throws PayloadError ERR_QUEUE_NAME, DeclarationError ERR_OPTION_INVALID
 */
export function queueArguments(spec: QueueSpec, deadLetters: string): QueueArguments {
  checkQueueSpec(spec)
  const type = spec.type ?? 'quorum'
  return {
    ...(type !== 'celery' && { 'x-queue-type': type, 'x-dead-letter-exchange': deadLetters }),
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
