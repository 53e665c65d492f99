/** Records to definitions: names, defaults, parameters and arity of a task, and what is wrong with its declaration. */
import { DeclarationError } from '../kernel/errors.js'
import { arityOfEmitted, arityOfParams, type Arity } from '../payload/arity.js'
import { emittedTypes, specOfEmitted, whyNoType } from '../payload/emitted-types.js'
import type { ParamSpec } from '../payload/param-spec.js'
import type { RetryRule } from '../retry/retry-types.js'
import { ownerOf, payloadsOf, type PayloadTypes, type TaskRecord } from './metadata.js'
import { retryRulesOf } from './retry-rules.js'
import type { TaskDefinition, TaskHooks, TaskTarget } from './task-definition.js'
import { describe, taskName } from './task-name.js'

/**
 * The definition of a recorded task, the same object every time. Made at its first use, when every decorator has had its say.
 * @throws DeclarationError ERR_TASK_NAME, ERR_TASK_TARGET, ERR_PAYLOAD_TYPE
 */
export function definitionOf(record: TaskRecord): TaskDefinition {
  const known = definitions.get(record)
  if (known) return known
  const definition = defineTask(record, retryRulesOf(record))
  definitions.set(record, definition)
  return definition
}

/**
 * Throws what is wrong with a declaration, while the module that makes it loads.
 * @throws DeclarationError ERR_TASK_NAME, ERR_TASK_TARGET, ERR_PAYLOAD_TYPE
 */
export function checkDeclaration(record: TaskRecord): void {
  defineTask(record, [])
}

const definitions = new WeakMap<TaskRecord, TaskDefinition>()

const DEFAULTS = Object.freeze({
  queue: undefined,
  priority: undefined,
  expires: undefined,
  ignoreResult: false,
  deadLetter: true,
  maxRuns: undefined,
  returns: undefined,
})

function defineTask(record: TaskRecord, retryRules: readonly RetryRule[]): TaskDefinition {
  const { kind, options } = record
  const { name: _, params: __, beforeStart, onSuccess, onRetry, onFailure, afterRun, ...rest } = options
  const name = taskName(record)
  refuseMissingCode(record)
  const hooks = withoutUndefined({ beforeStart, onSuccess, onRetry, onFailure, afterRun })
  return Object.freeze({
    ...DEFAULTS,
    ...rest,
    ...parametersOf(record),
    name,
    kind,
    place: describe(record),
    target: record.target,
    retryRules,
    hooks,
  })
}

function refuseMissingCode(record: TaskRecord): void {
  if (record.kind === 'method' || findOwner(record.target)) return
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `${describe(record)} cannot be a task: it has no method run(). Write \`async run(…) { … }\` (a field that holds a function is no method), or put @task() on the methods that are tasks instead.`,
  )
}

interface Parameters {
  readonly arity: Arity
  readonly params: readonly (ParamSpec | undefined)[] | undefined
}

const NOTHING_KNOWN: Parameters = Object.freeze({
  arity: Object.freeze({ min: undefined, max: undefined }),
  params: undefined,
})

function parametersOf(record: TaskRecord): Parameters {
  const { target, options } = record
  const { params } = options
  if (params) return { arity: Object.freeze(arityOfParams(params)), params }
  const found = record.kind === 'function' ? undefined : findOwner(target)
  if (!found) return NOTHING_KNOWN
  const payloads = payloadsOf(found.owner, target.key)
  const emitted = emittedTypes(found.owner, target.key)
  refuseUnknownPayloads(record, payloads, emitted)
  const specs = Array.from({ length: countOf(payloads, emitted) }, (_, index) => {
    return payloads.get(index) ?? specOfEmitted(emitted?.[index])
  })
  return {
    arity: emitted ? Object.freeze(arityOfEmitted(emitted, found.code)) : NOTHING_KNOWN.arity,
    params: specs.some((spec) => spec !== undefined) ? Object.freeze(specs) : undefined,
  }
}

/** Types belong to the class that wrote the method, which may be a base class of the task's. */
function findOwner({ cls, key, isStatic }: TaskTarget): { owner: object; code: unknown } | undefined {
  let owner: object | null = ownerOf(cls, isStatic)
  while (owner !== null && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null
  const code = owner && (Object.getOwnPropertyDescriptor(owner, key)?.value as unknown)
  return owner && typeof code === 'function' ? { owner, code } : undefined
}

function refuseUnknownPayloads(
  record: TaskRecord,
  payloads: PayloadTypes,
  emitted: readonly unknown[] | undefined,
): void {
  for (const [index, type] of payloads) {
    if (type !== undefined || specOfEmitted(emitted?.[index]) !== undefined) continue
    throw new DeclarationError(
      'ERR_PAYLOAD_TYPE',
      `Parameter ${index} of task "${taskName(record)}", ${describe(record)}, is marked @Payload(), and its type is not known. ${whyNoType(emitted, index)}`,
    )
  }
}

function countOf(payloads: PayloadTypes, emitted: readonly unknown[] | undefined): number {
  return Math.max(emitted?.length ?? 0, ...[...payloads.keys()].map((index) => index + 1))
}

function withoutUndefined(hooks: Record<keyof TaskHooks, unknown>): TaskHooks {
  return Object.freeze(Object.fromEntries(Object.entries(hooks).filter(([, hook]) => hook !== undefined)))
}
