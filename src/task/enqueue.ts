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
import { beforeSending } from './before-sending.js'
import { checkQueueName, readCallOptions, type CallOptions } from './call-options.js'
import { expiryOf, waitOf } from './call-times.js'
import { inTurn } from './in-turn.js'
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
  const { taskName, definition } = signature
  const options = readCallOptions(taskName, signature.options)
  const queue = options.queue ?? definition?.queue ?? parts.defaultQueue
  checkQueueName(queue)
  refuseWrongArity(signature)
  const message = toMessage(signature, options, parts)
  const { publishTimeout } = options
  return {
    message,
    wire: encodeTaskMessage(message, parts.serializer, { bareBigInt: definition === undefined }),
    queue,
    timeoutMs:
      publishTimeout === undefined
        ? undefined
        : callDurationMs(publishTimeout, `Option "publishTimeout" of "${taskName}"`),
  }
}

/**
 * Hands an encoded call to the broker; resolves when that has it, in a queue. Settles within the call's time, connecting and declaring included.
 * @throws BrokerError ERR_NOT_SENT, ERR_REFUSED, ERR_UNKNOWN_OUTCOME · DeclarationError ERR_QUEUE_MISMATCH, ERR_BROKER_REFUSED
 */
export async function sendCall<T>(call: EncodedCall, parts: SendingParts): Promise<AsyncResult<T>> {
  const { message } = call
  const { broker, clock } = parts
  const limitMs = call.timeoutMs ?? parts.publishTimeoutMs
  const endAt = clock.monotonic() + limitMs
  const backend = message.ignoreResult ? undefined : parts.results
  const spec = parts.queueSpec(call.queue)
  const prepared = inTurn(broker, call.queue, () => prepare(spec, backend, parts))
  const replyTo =
    prepared instanceof Promise
      ? await beforeSending(prepared, { taskName: message.taskName, limitMs, clock, broker })
      : prepared
  // Opened before the message leaves: an answer may be faster than the confirm.
  const slot = backend?.expect(message.id)
  const limit = { timeoutMs: Math.max(0, endAt - clock.monotonic()) }
  const leftMs = leftToWait(message, clock)
  const wire = addressed(call, { spec, replyTo, clock, isDelayed: leftMs > 0 })
  if (leftMs > 0) await broker.publishDelayed(call.queue, wire, leftMs, limit)
  else await broker.publish({ routingKey: call.queue }, wire, limit)
  return asyncResult<T>({ id: message.id, taskName: message.taskName }, slot, parts.results)
}

/** What has to be there before a call can leave: its queue, and one for the answer, whose name this gives. Without a promise when both are there, as they are for all but the first call. */
function prepare(
  spec: QueueSpec,
  backend: ResultBackend | undefined,
  { broker, declareQueues }: SendingParts,
): Promise<string | undefined> | string | undefined {
  if (!declareQueues || broker.isDeclared?.(spec)) return backend?.replyTo()
  return broker.declare(spec).then(() => backend?.replyTo())
}

/** What connecting and declaring took is not taken off a countdown: late is better than early. */
function leftToWait({ etaAt, delayMs }: TaskMessage, clock: Clock): number {
  if (etaAt === undefined) return 0
  return delayMs ?? etaAt - clock.now()
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

function toMessage(signature: Signature, options: CallOptions, parts: EncodingParts): TaskMessage {
  const { definition, taskName } = signature
  const id = options.taskId ?? randomUUID()
  const parent = currentTask()
  const nowMs = parts.clock.now()
  const wait = waitOf(taskName, options, nowMs)
  return {
    ...NOTHING_MORE,
    ...wishes(options, definition),
    id,
    taskName,
    args: signature.args,
    kwargs: signature.kwargs,
    rootId: parent?.rootId ?? id,
    parentId: parent?.id,
    etaAt: wait?.etaAt,
    delayMs: wait?.delayMs,
    expiresAt: expiryOf(taskName, options.expires ?? definition?.expires, { nowMs, wait }),
    correlationId: id,
    origin: parts.origin,
  }
}

/** What the call asks for, or else its task. */
function wishes(options: CallOptions, definition: Signature['definition']) {
  return {
    priority: options.priority ?? definition?.priority,
    ignoreResult: options.ignoreResult ?? definition?.ignoreResult ?? false,
    headers: (options.headers ?? NO_HEADERS) as TaskMessage['headers'],
  }
}

const NO_HEADERS: TaskMessage['headers'] = Object.freeze({})

/** What a first call has nothing of. */
const NOTHING_MORE = Object.freeze({
  embed: EMPTY_EMBED,
  retries: 0,
  groupId: undefined,
  groupIndex: undefined,
  softTimeLimitMs: undefined,
  hardTimeLimitMs: undefined,
  replyTo: undefined,
  shadow: undefined,
})

interface Envelope {
  readonly spec: QueueSpec
  readonly replyTo: string | undefined
  readonly clock: Clock
  readonly isDelayed: boolean
}

function addressed(
  { wire, message }: EncodedCall,
  { spec, replyTo, clock, isDelayed }: Envelope,
): WireMessage {
  // Only on Celery's own queues: on ours the broker would dead-letter an expired call, where a worker revokes it. It would end a wait as well.
  const hasExpiration = spec.type === 'celery' && !isDelayed && message.expiresAt !== undefined
  const leftMs = hasExpiration ? message.expiresAt - clock.now() : undefined
  return {
    ...wire,
    properties: {
      ...wire.properties,
      ...(replyTo !== undefined && { replyTo }),
      ...(leftMs !== undefined && { expiration: String(Math.max(0, Math.ceil(leftMs))) }),
    },
  }
}
