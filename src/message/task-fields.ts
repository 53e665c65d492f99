/** What a header table, or a protocol 1 body, says of a task besides its arguments: read field by field, the whole table within bounds. */
import { MessageError } from '../kernel/errors.js'
import { DEEPEST_HEADER, MOST_HEADER_BYTES } from './caller-headers.js'
import {
  type Fields,
  flagField,
  indexField,
  invalid,
  isTable,
  LONGEST_ID,
  LONGEST_NAME,
  momentField,
  nameField,
  ownField,
  retriesField,
  textField,
  timeLimitField,
} from './header-fields.js'
import { CELERY, isBrokerTrace, isCeleryName, OWN_PREFIX } from './headers.js'
import type { Envelope } from './envelope.js'
import { notATask } from './protocol-one.js'
import { budgetsField, delayField, firstFailedAtField } from './retry-fields.js'
import type { TaskMessage } from './task-message.js'
import type { Headers, HeaderValue, WireMessage } from './wire-message.js'

/**
 * The message whose fields lie where its protocol has them; `envelope` is what its body says.
 * @throws MessageError ERR_NOT_A_TASK, ERR_HEADER_INVALID
 */
export function readTask(fields: Fields, envelope: Envelope, wire: WireMessage): TaskMessage {
  const id = nameField(fields, CELERY.id, LONGEST_ID)
  const taskName = nameField(fields, CELERY.task, LONGEST_NAME)
  if (id === undefined || taskName === undefined) throw notATask()
  const limit = timeLimitField(fields)
  // One literal with every property: spreading parts into one another takes ten times as long.
  return {
    id,
    taskName,
    args: envelope.args,
    kwargs: envelope.kwargs,
    embed: envelope.embed,
    retries: retriesField(fields),
    rootId: nameField(fields, CELERY.rootId, LONGEST_ID) ?? id,
    parentId: nameField(fields, CELERY.parentId, LONGEST_ID),
    groupId: nameField(fields, CELERY.group, LONGEST_ID),
    groupIndex: indexField(fields, CELERY.groupIndex),
    etaAt: momentField(fields, CELERY.eta),
    delayMs: delayField(wire.headers),
    budgets: budgetsField(wire.headers),
    firstFailedAt: firstFailedAtField(wire.headers),
    expiresAt: momentField(fields, CELERY.expires),
    softTimeLimitMs: limit.softMs,
    hardTimeLimitMs: limit.hardMs,
    priority: wire.properties.priority,
    replyTo: wire.properties.replyTo === '' ? undefined : wire.properties.replyTo,
    correlationId: wire.properties.correlationId,
    ignoreResult: flagField(fields, CELERY.ignoreResult),
    origin: textField(fields, CELERY.origin),
    shadow: textField(fields, CELERY.shadow),
    stamps: readStamps(fields),
    stampedHeaders: readStampedHeaders(fields),
    replacedTaskNesting: indexField(fields, CELERY.replacedTaskNesting),
    headers: readCallerHeaders(wire.headers),
  }
}

/**
 * The headers that mean nothing to Celery, RabbitMQ or us; the whole table is held to its bounds on the way. A caller's have a bound of their own: what
 * the protocol writes beside them, and each retry, must not make too many of those that could be sent.
 */
function readCallerHeaders(headers: Headers): Headers {
  let found: Record<string, HeaderValue> | undefined
  let callersSize = 0
  let protocolSize = 0
  for (const name of Object.keys(headers)) {
    const isCelerys = isCeleryName(name)
    // The broker's own record of a message's travels may grow without anybody's fault.
    if (!isCelerys && isBrokerTrace(name)) continue
    const bytes = name.length + valueSize(headers[name], name, 1)
    if (isCelerys || name.startsWith(OWN_PREFIX)) {
      protocolSize += bytes
      continue
    }
    callersSize += bytes
    found ??= Object.create(null) as Record<string, HeaderValue>
    found[name] = headers[name] ?? null
  }
  if (Math.max(protocolSize, callersSize) > MOST_HEADER_BYTES) {
    throw new MessageError(
      'ERR_HEADER_INVALID',
      `The headers have more than ${MOST_HEADER_BYTES} bytes. Send large data in the body.`,
    )
  }
  return found ?? NO_HEADERS
}

const NO_HEADERS: Headers = Object.freeze(Object.create(null) as Headers)

/** About how many bytes a value has: a character counts as one. */
function valueSize(value: unknown, name: string, depth: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (depth === DEEPEST_HEADER)
    throw invalid(name, `must not lie deeper than ${DEEPEST_HEADER} tables and arrays`)
  let size = 0
  for (const key of Object.keys(value)) {
    size += key.length + valueSize((value as Record<string, unknown>)[key], name, depth + 1)
  }
  return size
}

/** Celery's stamps, to be handed on; undefined where there are none. */
function readStamps(fields: Fields): Headers | undefined {
  const stamps = ownField(fields, CELERY.stamps)
  return isTable(stamps) && Object.keys(stamps).length > 0 ? stamps : undefined
}

function readStampedHeaders(fields: Fields): readonly string[] | undefined {
  const names = ownField(fields, CELERY.stampedHeaders)
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : undefined
}
