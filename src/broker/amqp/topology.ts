/** Queue specs to declarations: pure data, in the order they are made. */
import { PayloadError, DeclarationError } from '../../kernel/errors.js'
import type { QueueSpec } from '../broker.js'

/** What a queue that exists already means: it has to be the same; it is taken as it is; or it and all that follows is. */
export type IfExists = 'compare' | 'adopt' | 'adopt-all'

/** Something to declare. */
export type Declaration =
  | { readonly kind: 'exchange'; readonly name: string; readonly type: 'direct' | 'topic' }
  | {
      readonly kind: 'queue'
      readonly name: string
      readonly arguments: Readonly<Record<string, string | number>>
      readonly ifExists: IfExists
    }
  | { readonly kind: 'binding'; readonly queue: string; readonly exchange: string; readonly key: string }

const DEFAULT_DELIVERY_LIMIT = 20
const DEAD_LETTERS_MAX_AGE_MS = 30 * 86_400_000
const DEAD_LETTERS_MAX_LENGTH = 1_000_000
const MAX_QUEUE_NAME_BYTES = 199

/** The exchange dead letters go through, and the queue they lie in. */
export function deadLetterName(namespace: string): string {
  return `${namespace}.dead`
}

/** Where dead letters lie: bounded when it is first declared, and taken as it is afterwards, so that the bounds can be changed by policy. */
export function deadLetterDeclarations(namespace: string): Declaration[] {
  const name = deadLetterName(namespace)
  const bounds = { 'x-message-ttl': DEAD_LETTERS_MAX_AGE_MS, 'x-max-length': DEAD_LETTERS_MAX_LENGTH }
  return [
    { kind: 'exchange', name, type: 'topic' },
    { kind: 'queue', name, arguments: { 'x-queue-type': 'quorum', ...bounds }, ifExists: 'adopt' },
    { kind: 'binding', queue: name, exchange: name, key: '#' },
  ]
}

/** What has to exist for a queue; quorum and classic queues need the dead letters declared before. */
export function queueDeclarations(spec: QueueSpec, namespace: string): Declaration[] {
  if (spec.type === 'celery') return celeryDeclarations(spec)
  return [{ kind: 'queue', name: spec.name, arguments: queueArguments(spec, namespace), ifExists: 'compare' }]
}

/** Whether a queue sends what it gives up on to our dead letters. */
export function usesDeadLetters(spec: QueueSpec): boolean {
  return spec.type !== 'celery'
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
  return new DeclarationError('ERR_OPTION_INVALID', `Option "${option}" of queue "${spec.name}" ${why}.`)
}

function queueArguments(spec: QueueSpec, namespace: string): Record<string, string | number> {
  const deadLetters = { 'x-dead-letter-exchange': deadLetterName(namespace) }
  // Said, because a vhost can make quorum the type of what does not say it.
  if (spec.type === 'classic') return { 'x-queue-type': 'classic', ...deadLetters, ...priorityArgument(spec) }
  return {
    'x-queue-type': 'quorum',
    ...deadLetters,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
    'x-delivery-limit': spec.deliveryLimit ?? DEFAULT_DELIVERY_LIMIT,
  }
}

/** Exactly what Celery declares: anything more, and its workers die at start. One that exists is somebody's, its bindings included. */
function celeryDeclarations(spec: QueueSpec): Declaration[] {
  const { name } = spec
  return [
    { kind: 'queue', name, arguments: priorityArgument(spec), ifExists: 'adopt-all' },
    { kind: 'exchange', name, type: 'direct' },
    { kind: 'binding', queue: name, exchange: name, key: name },
  ]
}

function priorityArgument(spec: QueueSpec): Record<string, number> {
  return spec.maxPriority === undefined ? {} : { 'x-max-priority': spec.maxPriority }
}
