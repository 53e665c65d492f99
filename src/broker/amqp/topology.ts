/** Queue specs to declarations: pure data, in the order they are made. */
import type { QueueSpec } from '../broker.js'
import {
  deadLetterArguments,
  deadLetterName,
  DEFAULT_DELIVERY_LIMIT,
  type DeadLetterLimits,
} from '../queue-spec.js'

/** What a queue that exists already means: it has to be the same; it is taken as it is; or it and all that follows is. */
export type IfExists = 'compare' | 'adopt' | 'adopt-all'

/** Something to declare. */
export type Declaration =
  | {
      readonly kind: 'exchange'
      readonly name: string
      readonly type: 'direct' | 'topic'
      /** The exchange that takes what no binding of this one does. */
      readonly otherwise?: string
    }
  | {
      readonly kind: 'queue'
      readonly name: string
      readonly arguments: Readonly<Record<string, string | number>>
      readonly ifExists: IfExists
    }
  | { readonly kind: 'binding'; readonly queue: string; readonly exchange: string; readonly key: string }
  | {
      readonly kind: 'exchange-binding'
      readonly to: string
      readonly exchange: string
      readonly key: string
    }

/** Where dead letters lie: bounded when it is first declared, and taken as it is afterwards, because another app may have other bounds. A policy can only lower them. */
export function deadLetterDeclarations(namespace: string, limits: DeadLetterLimits): Declaration[] {
  const name = deadLetterName(namespace)
  return [
    { kind: 'exchange', name, type: 'topic' },
    { kind: 'queue', name, arguments: deadLetterArguments(limits), ifExists: 'adopt' },
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
