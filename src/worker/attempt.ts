/** Decides how one delivery ends: decode, resolve, still wanted, due, arguments, run; always gives an Outcome, never throws, never acks. */
import type { Delivery } from '../broker/broker.js'
import { MessageError } from '../kernel/errors.js'
import { decodeTaskMessage, readIdentity } from '../message/codec.js'
import { postponed } from '../message/next-message.js'
import type { MessageIdentity, TaskMessage } from '../message/task-message.js'
import { checkArity } from '../payload/arity.js'
import type { TaskDefinition } from '../registry/task-definition.js'
import type { Outcome } from './outcome.js'
import { untilDue } from './until-due.js'
import { runTask } from './run-task.js'
import type { WorkerParts } from './worker-parts.js'

/** How this delivery ends. */
export async function attempt(delivery: Delivery, worker: WorkerParts): Promise<Outcome> {
  let identity: MessageIdentity | undefined
  try {
    const decoded = decodeTaskMessage(delivery.message, worker.host.serializers)
    const message = decoded instanceof Promise ? await decoded : decoded
    identity = message
    return await attemptTask(message, delivery, worker)
  } catch (error) {
    return rejected(identity ?? readIdentity(delivery.message), error)
  }
}

async function attemptTask(message: TaskMessage, delivery: Delivery, worker: WorkerParts): Promise<Outcome> {
  const definition = resolveTask(message, worker)
  refuseWorkflow(message)
  // Before the wait as well: what nobody wants any more is not waited for.
  if (message.etaAt !== undefined && !hasExpired(message, worker)) {
    const aheadMs = await untilDue(message, delivery, worker)
    if (aheadMs > 0) {
      return { kind: 'postponed', identity: message, delayMs: aheadMs, next: postponed(delivery.message) }
    }
  }
  if (hasExpired(message, worker)) return { kind: 'revoked', identity: message, reason: 'expired' }
  if (worker.forced.aborted) return { kind: 'abandoned', identity: message }
  const args = argumentsOf(message)
  refuseWrongArity(definition, args)
  return runTask({ message, args, definition, delivery }, worker)
}

function resolveTask(message: TaskMessage, worker: WorkerParts): TaskDefinition {
  const { registry } = worker.host
  const definition = registry.get(message.taskName)
  if (definition) return definition
  const count = registry.names().length
  const nearest = registry.nearest(message.taskName)
  const closest = nearest.length > 0 ? `; closest: ${nearest.map((name) => `"${name}"`).join(', ')}` : ''
  throw new MessageError(
    'ERR_TASK_UNKNOWN',
    `No task is named "${message.taskName}" in this worker (${count} ${count === 1 ? 'is' : 'are'} known${closest}). Load the module that declares it: taskalope worker ./dist/tasks/*.js`,
  )
}

/** Running it and dropping the calls that were to follow would lose them without a word. */
function refuseWorkflow({ embed, taskName }: TaskMessage): void {
  const parts = Object.entries(embed).filter(([, calls]) =>
    Array.isArray(calls) ? calls.length > 0 : calls !== null,
  )
  if (parts.length === 0) return
  throw new MessageError(
    'ERR_WORKFLOW_INVALID',
    `This call of "${taskName}" asks for calls that follow it (${parts.map(([name]) => name).join(', ')}), which this version does not make. It was not run.`,
  )
}

function hasExpired({ expiresAt }: TaskMessage, worker: WorkerParts): boolean {
  return expiresAt !== undefined && expiresAt <= worker.host.clock.now()
}

/** Python's keyword arguments become one trailing object, the habit in JavaScript. */
function argumentsOf({ args, kwargs }: TaskMessage): readonly unknown[] {
  for (const _ in kwargs) return [...args, kwargs]
  return args
}

function refuseWrongArity(definition: TaskDefinition, args: readonly unknown[]): void {
  const issues = checkArity(definition, args.length)
  if (issues.length === 0) return
  const why = issues.map((issue) => issue.message).join('; ')
  throw new MessageError(
    'ERR_ARGUMENTS',
    `Arguments of "${definition.name}" do not match: ${why}. It was not run.`,
  )
}

function rejected(identity: MessageIdentity, thrown: unknown): Outcome {
  const error =
    thrown instanceof Error ? thrown : new Error('A value that is no Error was thrown.', { cause: thrown })
  return { kind: 'rejected', identity, error, attempt: 0 }
}
