/** Celery's protocol 1, read only: no headers, and everything in one object in the body. */
import { MessageError } from '../kernel/errors.js'
import { isRecord } from './envelope.js'
import { type Fields, ownField } from './header-fields.js'
import { CELERY } from './headers.js'

/**
 * The body of a protocol 1 message as the fields of the call it asks for, under the names protocol 2 has for them.
 * @throws MessageError ERR_NOT_A_TASK
 */
export function readProtocolOne(body: unknown): Fields {
  const isTask =
    isRecord(body) && ownField(body, CELERY.task) !== undefined && ownField(body, CELERY.id) !== undefined
  if (!isTask) throw notATask()
  const group = ownField(body, CELERY.group) ?? ownField(body, 'taskset')
  return { args: [], ...body, [CELERY.group]: group }
}

/** The refusal of a message that asks for no task at all; `cause` says why its body could not be read for one. */
export function notATask(cause?: unknown): MessageError {
  return new MessageError(
    'ERR_NOT_A_TASK',
    `The message is no task: it has no headers "${CELERY.task}" and "${CELERY.id}", and its body is no protocol 1 call. Send such messages to another queue.`,
    cause === undefined ? {} : { cause },
  )
}
