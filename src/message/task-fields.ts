/** What a header table, or a protocol 1 body, says of a task besides its arguments: read field by field, the whole table within bounds. */
import { MessageError } from '../kernel/errors.js'
import { DEEPEST_HEADER, MOST_HEADER_BYTES } from './caller-headers.js'
import {
  type Fields,
  flagField,
  indexField,
  invalid,
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
import { notATask } from './protocol-one.js'
import type { TaskMessage } from './task-message.js'
import type { Headers, HeaderValue, WireMessage } from './wire-message.js'

/** A task message without what its body says. */
export type TaskFields = Omit<TaskMessage, 'args' | 'kwargs' | 'embed'>

/**
 * Reads the fields of a task from where its protocol has them.
 * @throws MessageError ERR_NOT_A_TASK, ERR_HEADER_INVALID
 */
export function readTask(fields: Fields, wire: WireMessage): TaskFields {
  const id = nameField(fields, CELERY.id, LONGEST_ID)
  const taskName = nameField(fields, CELERY.task, LONGEST_NAME)
  if (id === undefined || taskName === undefined) throw notATask()
  const limit = timeLimitField(fields)
  return {
    id,
    taskName,
    retries: retriesField(fields),
    rootId: nameField(fields, CELERY.rootId, LONGEST_ID) ?? id,
    parentId: nameField(fields, CELERY.parentId, LONGEST_ID),
    groupId: nameField(fields, CELERY.group, LONGEST_ID),
    groupIndex: indexField(fields, CELERY.groupIndex),
    etaAt: momentField(fields, CELERY.eta),
    expiresAt: momentField(fields, CELERY.expires),
    softTimeLimitMs: limit.softMs,
    hardTimeLimitMs: limit.hardMs,
    priority: wire.properties.priority,
    replyTo: wire.properties.replyTo === '' ? undefined : wire.properties.replyTo,
    correlationId: wire.properties.correlationId,
    ignoreResult: flagField(fields, CELERY.ignoreResult),
    origin: textField(fields, CELERY.origin),
    shadow: textField(fields, CELERY.shadow),
    ...readStamps(fields),
    headers: callerHeaders(wire.headers),
  }
}

/**
 * Holds a received header table to its bounds, before anything walks it.
 * @throws MessageError ERR_HEADER_INVALID
 */
export function checkHeaderTable(headers: Headers): void {
  // Characters are counted first because that is cheap: no character has more than 3 bytes per unit of its length.
  const isSmall = tableSize(headers, 1, (text) => text.length * 3) <= MOST_HEADER_BYTES
  if (!isSmall && tableSize(headers, 1, Buffer.byteLength) > MOST_HEADER_BYTES) {
    throw new MessageError(
      'ERR_HEADER_INVALID',
      `The headers have more than ${MOST_HEADER_BYTES} bytes. Send large data in the body.`,
    )
  }
}

function tableSize(table: Headers, depth: number, measure: (text: string) => number): number {
  let size = 0
  for (const name of Object.keys(table)) {
    // The broker's own record of a message's travels may grow without anybody's fault.
    if (depth > 1 || !isBrokerTrace(name))
      size += measure(name) + valueSize(table[name], name, depth, measure)
  }
  return size
}

function valueSize(value: unknown, name: string, depth: number, measure: (text: string) => number): number {
  if (typeof value === 'string') return measure(value)
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (depth === DEEPEST_HEADER)
    throw invalid(name, `must not lie deeper than ${DEEPEST_HEADER} tables and arrays`)
  return tableSize(value as Headers, depth + 1, measure)
}

/** The headers that mean nothing to Celery, RabbitMQ or us. */
function callerHeaders(headers: Headers): Headers {
  let found: Record<string, HeaderValue> | undefined
  for (const name of Object.keys(headers)) {
    if (isCeleryName(name) || isBrokerTrace(name) || name.startsWith(OWN_PREFIX)) continue
    found ??= Object.create(null) as Record<string, HeaderValue>
    found[name] = headers[name] ?? null
  }
  return found ?? NO_HEADERS
}

const NO_HEADERS: Headers = Object.freeze(Object.create(null) as Headers)

type Stamps = Pick<TaskFields, 'stamps' | 'stampedHeaders' | 'replacedTaskNesting'>

/** What Celery wants handed on, where there is any. */
function readStamps(fields: Fields): Stamps {
  const stamps = ownField(fields, CELERY.stamps)
  const names = ownField(fields, CELERY.stampedHeaders)
  const nesting = indexField(fields, CELERY.replacedTaskNesting)
  return {
    ...(isTable(stamps) && Object.keys(stamps).length > 0 ? { stamps } : {}),
    ...(Array.isArray(names) ? { stampedHeaders: names.filter((name) => typeof name === 'string') } : {}),
    ...(nesting === undefined || nesting === 0 ? {} : { replacedTaskNesting: nesting }),
  }
}

function isTable(value: unknown): value is Headers {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}
