/** A task's result as a message between worker and caller: Celery's JSON, in both directions. */
import { MessageError, type RemoteError } from '../../kernel/errors.js'
import { ANSWER } from '../../message/headers.js'
import type { Headers, WireMessage } from '../../message/wire-message.js'
import type { TaskResult } from '../../results/task-result.js'
import type { Serializer } from '../../serialization/serializer.js'

/** What writing an answer needs to know. */
export interface AnswerOptions {
  readonly serializer: Serializer
  readonly correlationId: string
  /** Whether a Python client reads it. */
  readonly forPython: boolean
}

/** Causes inside causes that are read; a sender could nest them without end. */
const MOST_CAUSES = 8

/**
 * The message that tells a caller how its task stands: the body is exactly Celery's, what Celery has no word for travels in headers.
 * @throws PayloadError ERR_VALUE_UNSENDABLE … when the task's value cannot be written
 */
export function encodeAnswer(result: TaskResult, options: AnswerOptions): WireMessage {
  const { serializer, correlationId, forPython } = options
  const body = {
    task_id: result.taskId,
    status: result.state,
    result: result.error ? toException(result.error) : (result.value ?? null),
    traceback: result.error?.stack ?? null,
    children: [],
  }
  const { contentType, contentEncoding } = serializer
  return {
    body: serializer.encode(body, { subject: `The result of task ${result.taskId}`, bareBigInt: forPython }),
    properties: { contentType, contentEncoding, priority: 0, persistent: false, correlationId },
    headers: answerHeaders(result),
  }
}

/**
 * What an answer says.
 * @throws MessageError when it is no answer
 */
export function decodeAnswer({ body, headers }: WireMessage, serializer: Serializer): TaskResult {
  const answer = serializer.decode(body)
  if (!isTable(answer) || typeof answer['task_id'] !== 'string' || typeof answer['status'] !== 'string') {
    throw new MessageError('ERR_ENVELOPE_INVALID', 'An answer has no "task_id" or no "status".')
  }
  const state = answer['status']
  const { attempts, worker } = readHeaders(headers)
  return {
    taskId: answer['task_id'],
    state,
    ...(tellsOfError(state) ? { error: toRemoteError(answer) } : { value: answer['result'] }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(worker === undefined ? {} : { worker }),
  }
}

type Table = Readonly<Record<string, unknown>>

function toException({ name, message, module, cause }: RemoteError): Table {
  return {
    exc_type: name,
    exc_message: [message],
    exc_module: module,
    // Not a key of Celery's, whose clients pass over it.
    ...(cause ? { exc_cause: { ...toException(cause), traceback: cause.stack ?? null } } : {}),
  }
}

function toRemoteError({ result, traceback }: Table): RemoteError {
  return isTable(result)
    ? readException(result, traceback, MOST_CAUSES)
    : { name: 'Error', message: asText(result), module: null, ...stackOf(traceback) }
}

function readException(exception: Table, traceback: unknown, causesLeft: number): RemoteError {
  const { exc_type, exc_message, exc_module, exc_cause } = exception
  return {
    name: typeof exc_type === 'string' ? exc_type : 'Error',
    message: messageOf(exc_message),
    module: typeof exc_module === 'string' ? exc_module : null,
    ...stackOf(traceback),
    ...(isTable(exc_cause) && causesLeft > 0
      ? { cause: readException(exc_cause, exc_cause['traceback'], causesLeft - 1) }
      : {}),
  }
}

/** Python sends the arguments of the exception; one of them is the message. */
function messageOf(args: unknown): string {
  return Array.isArray(args) ? args.map(asText).join(', ') : asText(args)
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner))
}

function stackOf(traceback: unknown): { stack?: string } {
  return typeof traceback === 'string' ? { stack: traceback } : {}
}

function tellsOfError(state: string): boolean {
  return state === 'FAILURE' || state === 'RETRY' || state === 'REVOKED'
}

function answerHeaders({ attempts, worker }: TaskResult): Headers {
  return {
    ...(attempts === undefined ? {} : { [ANSWER.attempts]: attempts }),
    ...(worker === undefined ? {} : { [ANSWER.worker]: worker }),
  }
}

function readHeaders(headers: Headers): { attempts?: number; worker?: string } {
  const attempts = Object.hasOwn(headers, ANSWER.attempts) ? headers[ANSWER.attempts] : undefined
  const worker = Object.hasOwn(headers, ANSWER.worker) ? headers[ANSWER.worker] : undefined
  return {
    ...(typeof attempts === 'number' && Number.isInteger(attempts) ? { attempts } : {}),
    ...(typeof worker === 'string' ? { worker } : {}),
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
