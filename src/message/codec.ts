/** TaskMessage to wire form and back, Celery's protocol 2: with its neighbours the only reader and writer of headers. */
import { isTaskalopeError, MessageError } from '../kernel/errors.js'
import { formatDateTime } from '../kernel/iso-date-time.js'
import { escapeControls, safeText } from '../kernel/safe-text.js'
import { decompress } from '../serialization/compression.js'
import { checkBodySize } from '../serialization/limits.js'
import type { PartName, Serializer } from '../serialization/serializer.js'
import type { SerializerRegistry } from '../serialization/serializer-registry.js'
import { checkCallerHeaders } from './caller-headers.js'
import { readCallObject, readEnvelope } from './envelope.js'
import { type Fields, LONGEST_ID, LONGEST_NAME, nameField, ownField, textField } from './header-fields.js'
import { CELERY, LANGUAGE, UNREADABLE } from './headers.js'
import { notATask, readProtocolOne } from './protocol-one.js'
import { argsRepr, kwargsRepr } from './python-repr.js'
import { firstFailedAtField, retryHeaders } from './retry-fields.js'
import { readTask } from './task-fields.js'
import type { MessageIdentity, TaskMessage } from './task-message.js'
import type { Headers, HeaderValue, WireMessage } from './wire-message.js'

/** How a message is written. */
export interface EncodeMessageOptions {
  /** Write `bigint` as a bare integer, for a receiver that is not us: a call by name. Default false: it comes back as `bigint`. */
  readonly bareBigInt?: boolean
  /** The message came in and goes on as it is: its headers were not given by a caller and are not checked again. Default false. */
  readonly isForwarded?: boolean
}

/**
 * The message as Celery's protocol 2 has it. Trailing `undefined` arguments are left out. Integers in the header table are plain
 * numbers here; the AMQP border gives them their width.
 * @throws PayloadError ERR_HEADER_INVALID, and what the serializer throws, with the path of the argument
 */
export function encodeTaskMessage(
  message: TaskMessage,
  serializer: Serializer,
  options: EncodeMessageOptions = {},
): WireMessage {
  const args = withoutTrailingUndefined(message.args)
  const body = serializer.encode([args, message.kwargs, message.embed], {
    subject: (path) => partName(message.taskName, path),
    bareBigInt: options.bareBigInt === true,
  })
  const properties = {
    contentType: serializer.contentType,
    contentEncoding: serializer.contentEncoding,
    persistent: true,
    priority: message.priority ?? 0,
    correlationId: message.correlationId ?? message.id,
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
  }
  return { body, properties, headers: writeHeaders(message, args, options.isForwarded === true) }
}

/**
 * What a message asks for. Answers synchronously unless the body is compressed.
 * Takes everything a Python producer sends: protocol 1 and 2, `retries` missing or as text, an `id` that is a number, naive times.
 * @throws MessageError (or rejects with it), whatever is wrong; never with any part of the body
 */
export function decodeTaskMessage(
  wire: WireMessage,
  serializers: SerializerRegistry,
): TaskMessage | Promise<TaskMessage> {
  if (ownField(wire.headers, CELERY.task) === undefined) return decodeWithoutHeaders(wire, serializers)
  if (ownField(wire.headers, CELERY.id) === undefined) throw notATask()
  return withBody(wire, serializers, (body) => readTask(wire.headers, readEnvelope(body), wire))
}

/** A protocol 1 message, or something that is no task at all, whatever else is wrong with it. */
function decodeWithoutHeaders(
  wire: WireMessage,
  serializers: SerializerRegistry,
): TaskMessage | Promise<TaskMessage> {
  if (Object.hasOwn(wire.headers, UNREADABLE.reason)) throw unreadable(wire.headers)
  const toMessage = (fields: Fields): TaskMessage => readTask(fields, readCallObject(fields), wire)
  const fields = readOrNoTask(() => withBody(wire, serializers, readProtocolOne))
  return fields instanceof Promise ? fields.then(toMessage) : toMessage(fields)
}

/** Whatever keeps a message without headers from being read makes it no task; the reason is kept as the cause. */
function readOrNoTask<T>(read: () => T | Promise<T>): T | Promise<T> {
  const refuse = (error: unknown): never => {
    throw isTaskalopeError(error, 'ERR_NOT_A_TASK') ? error : notATask(error)
  }
  try {
    const value = read()
    return value instanceof Promise ? value.catch(refuse) : value
  } catch (error) {
    return refuse(error)
  }
}

/** The refusal of a message whose header table the border could not read; it says why in its place. */
function unreadable(headers: Headers): MessageError {
  const reason = ownField(headers, UNREADABLE.reason)
  return new MessageError(
    'ERR_HEADER_INVALID',
    safeText(typeof reason === 'string' ? reason : 'The headers could not be read.'),
  )
}

/** Hands the decoded body on: at once, or after inflating it. */
function withBody<T>(
  wire: WireMessage,
  serializers: SerializerRegistry,
  read: (body: unknown) => T,
): T | Promise<T> {
  const { limits } = serializers
  if (wire.body.length === 0)
    throw new MessageError('ERR_BODY_EMPTY', 'The body is empty: not one byte was sent.')
  checkBodySize(wire.body, limits.bodyBytes)
  const { contentType, contentEncoding } = wire.properties
  const serializer = serializers.serializerFor(contentType, contentEncoding)
  const compression = textField(wire.headers, CELERY.compression)
  if (compression === undefined) return read(serializer.decode(wire.body))
  return decompress(wire.body, compression, limits).then((body) => read(serializer.decode(body)))
}

/** What can still be read of a message that cannot be run. Never throws. */
export function readIdentity(wire: WireMessage): MessageIdentity {
  return {
    id: readable(() => readId(wire)),
    taskName: readable(() => nameField(wire.headers, CELERY.task, LONGEST_NAME)),
    replyTo: readable(() => textOf(wire.properties.replyTo)),
    correlationId: readable(() => textOf(wire.properties.correlationId)),
    ignoreResult: readable(() => ownField(wire.headers, CELERY.ignoreResult)) === true,
    firstFailedAt: readable(() => firstFailedAtField(wire.headers)),
  }
}

/** The id, or what Celery sends as a copy of it where no header can be read. */
function readId(wire: WireMessage): string | undefined {
  if (Object.hasOwn(wire.headers, UNREADABLE.reason)) return textOf(wire.properties.correlationId)
  return nameField(wire.headers, CELERY.id, LONGEST_ID)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** A caller's headers lie beside the protocol's, as in Celery. */
function writeHeaders(message: TaskMessage, args: readonly unknown[], isForwarded: boolean): Headers {
  const own = retryHeaders(message)
  const headers =
    own === undefined ? protocolHeaders(message, args) : { ...protocolHeaders(message, args), ...own }
  if (Object.keys(message.headers).length === 0) return headers
  const added = isForwarded ? message.headers : checkCallerHeaders(message.headers)
  // Onto no prototype, because a forwarded table may have a key `__proto__`.
  return Object.assign(Object.create(null) as Record<string, HeaderValue>, headers, added)
}

/** The header table of protocol 2, in Celery's order. */
function protocolHeaders(message: TaskMessage, args: readonly unknown[]): Headers {
  return {
    [CELERY.lang]: LANGUAGE,
    [CELERY.task]: message.taskName,
    [CELERY.id]: message.id,
    [CELERY.shadow]: message.shadow ?? null,
    [CELERY.eta]: moment(message.etaAt),
    [CELERY.expires]: moment(message.expiresAt),
    [CELERY.group]: message.groupId ?? null,
    [CELERY.groupIndex]: message.groupIndex ?? null,
    [CELERY.retries]: message.retries,
    [CELERY.timeLimit]: [seconds(message.hardTimeLimitMs), seconds(message.softTimeLimitMs)],
    [CELERY.rootId]: message.rootId,
    [CELERY.parentId]: message.parentId ?? null,
    [CELERY.argsRepr]: argsRepr(args),
    [CELERY.kwargsRepr]: kwargsRepr(message.kwargs),
    [CELERY.origin]: message.origin ?? null,
    [CELERY.ignoreResult]: message.ignoreResult,
    [CELERY.replacedTaskNesting]: message.replacedTaskNesting ?? 0,
    [CELERY.stampedHeaders]: message.stampedHeaders ?? null,
    [CELERY.stamps]: message.stamps ?? {},
  }
}

function moment(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : formatDateTime(epochMs)
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000
}

function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  const last = args.findLastIndex((arg) => arg !== undefined)
  return last === args.length - 1 ? args : args.slice(0, last + 1)
}

/** What a part of the body is to the caller. */
function partName(taskName: string, path: string): PartName {
  const task = `"${escapeControls(taskName)}"`
  const inside = path.slice(3)
  if (path === '[0]') return { words: `The list of arguments of ${task}`, path: inside }
  if (path.startsWith('[0]')) return { words: `Argument ${inside} of ${task}`, path: inside }
  if (path.startsWith('[1]'))
    return { words: `Keyword argument ${inside.replace(/^\./, '')} of ${task}`, path: `kwargs${inside}` }
  if (path.startsWith('[2]'))
    return { words: `What follows ${task}, at ${inside.replace(/^\./, '')},`, path: `embed${inside}` }
  return { words: `The call of ${task}`, path }
}
