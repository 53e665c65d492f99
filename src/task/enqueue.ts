/** The sending half on one page: a signature becomes a message, the message bytes, and the broker has them. */
import { randomUUID } from 'node:crypto'
import type { Broker, QueueSpec } from '../broker/broker.js'
import type { Clock } from '../kernel/clock.js'
import { callDurationMs } from '../kernel/duration.js'
import { PayloadError } from '../kernel/errors.js'
import { encodeTaskMessage } from '../message/codec.js'
import { EMPTY_EMBED, type TaskMessage } from '../message/task-message.js'
import type { WireMessage } from '../message/wire-message.js'
import { checkArity } from '../payload/arity.js'
import { asyncResult, type AsyncResult } from '../results/async-result.js'
import type { ResultBackend } from '../results/result-backend.js'
import type { Serializer } from '../serialization/serializer.js'
import { checkCallOptions, checkQueueName, expiryOf } from './call-options.js'
import type { Signature } from './signature.js'
import { currentTask } from './task-context.js'

/** What turning a call into bytes needs of an app; all of it is there before the first connection. */
export interface EncodingParts {
  readonly serializer: Serializer
  readonly clock: Clock
  /** Who sends, such as `gen4711@host`. */
  readonly origin: string
  readonly defaultQueue: string
}

/** What sending needs of an app. */
export interface SendingParts {
  readonly broker: Broker
  readonly results: ResultBackend | undefined
  readonly clock: Clock
  readonly publishTimeoutMs: number
  /** Whether a queue is declared before something is sent to it; else it has to be there. */
  readonly declareQueues: boolean
  queueSpec(name: string): QueueSpec
}

/** A call as bytes, with nothing of the caller's in it any more. */
export interface EncodedCall {
  readonly message: TaskMessage
  readonly wire: WireMessage
  readonly queue: string
  readonly timeoutMs: number | undefined
}

/**
 * Checks a call and encodes it, synchronously: what the caller does to its arguments afterwards changes nothing.
 * @throws PayloadError for whatever cannot be sent
 */
export function encodeCall(signature: Signature, parts: EncodingParts): EncodedCall {
  const { taskName, options, definition } = signature
  checkCallOptions(taskName, options)
  const queue = options.queue ?? definition?.queue ?? parts.defaultQueue
  checkQueueName(queue)
  refuseWrongArity(signature)
  const message = toMessage(signature, parts)
  return {
    message,
    wire: encodeTaskMessage(message, parts.serializer, { bareBigInt: definition === undefined }),
    queue,
    timeoutMs:
      options.publishTimeout === undefined
        ? undefined
        : callDurationMs(options.publishTimeout, 'publishTimeout'),
  }
}

/**
 * Hands an encoded call to the broker; resolves when that has it, in a queue.
 * @throws BrokerError ERR_NOT_SENT, ERR_REFUSED, ERR_UNKNOWN_OUTCOME · DeclarationError ERR_QUEUE_MISMATCH
 */
export async function sendCall<T>(call: EncodedCall, parts: SendingParts): Promise<AsyncResult<T>> {
  const { message } = call
  const backend = message.ignoreResult ? undefined : parts.results
  const spec = parts.queueSpec(call.queue)
  if (parts.declareQueues) await parts.broker.declare(spec)
  const replyTo = await backend?.replyTo()
  // Opened before the message leaves: an answer may be faster than the confirm.
  const slot = backend?.expect(message.id)
  await parts.broker.publish(
    { routingKey: call.queue },
    addressed(call, { spec, replyTo, clock: parts.clock }),
    {
      timeoutMs: call.timeoutMs ?? parts.publishTimeoutMs,
    },
  )
  return asyncResult<T>({ id: message.id, taskName: message.taskName }, slot, parts.results)
}

/** Trailing undefined arguments do not travel, so they do not count. */
function refuseWrongArity({ taskName, args, definition }: Signature): void {
  const count = args.findLastIndex((arg) => arg !== undefined) + 1
  const issues = definition ? checkArity(definition, count) : []
  if (issues.length === 0) return
  const why = issues.map(({ message }) => message).join('; ')
  throw new PayloadError(
    'ERR_ARGUMENTS',
    `Arguments of "${taskName}" do not match: ${why}. Nothing was sent.`,
    {
      issues,
    },
  )
}

function toMessage(signature: Signature, parts: EncodingParts): TaskMessage {
  const { options, definition, taskName } = signature
  const id = options.taskId ?? randomUUID()
  const parent = currentTask()
  return {
    id,
    taskName,
    args: signature.args,
    kwargs: signature.kwargs,
    embed: EMPTY_EMBED,
    retries: 0,
    rootId: parent?.rootId ?? id,
    parentId: parent?.id,
    groupId: undefined,
    groupIndex: undefined,
    etaAt: undefined,
    expiresAt: expiryOf(taskName, options.expires ?? definition?.expires, parts.clock.now()),
    softTimeLimitMs: undefined,
    hardTimeLimitMs: undefined,
    priority: options.priority ?? definition?.priority,
    replyTo: undefined,
    correlationId: id,
    ignoreResult: options.ignoreResult ?? definition?.ignoreResult ?? false,
    origin: parts.origin,
    shadow: undefined,
    headers: ownHeaders(options.headers),
  }
}

function ownHeaders(headers: Signature['options']['headers']): TaskMessage['headers'] {
  if (!headers) return {}
  return Object.fromEntries(
    Object.entries(headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}

interface Envelope {
  readonly spec: QueueSpec
  readonly replyTo: string | undefined
  readonly clock: Clock
}

function addressed({ wire, message }: EncodedCall, { spec, replyTo, clock }: Envelope): WireMessage {
  // Only on Celery's own queues: on ours the broker would dead-letter an expired call, where a worker revokes it.
  const leftMs =
    spec.type === 'celery' && message.expiresAt !== undefined ? message.expiresAt - clock.now() : undefined
  return {
    ...wire,
    properties: {
      ...wire.properties,
      ...(replyTo !== undefined && { replyTo }),
      ...(leftMs !== undefined && { expiration: String(Math.max(0, Math.ceil(leftMs))) }),
    },
  }
}
