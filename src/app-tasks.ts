/** Describes the tasks of an app as plain data, types in words: for lists and banners. */
import { isClass } from './decorators/target.js'
import type { Arity } from './payload/arity.js'
import type { ParamSpec } from './payload/param-spec.js'
import { adoptClass } from './registry/adopt-class.js'
import type { Registry } from './registry/registry.js'
import type { TaskDefinition } from './registry/task-definition.js'
import { describeRule } from './retry/describe-rule.js'
import type { RetryRule } from './retry/retry-types.js'

/** What there is to know of a task without calling it. */
export interface TaskSummary {
  readonly name: string
  readonly kind: TaskDefinition['kind']
  readonly queue: string
  readonly arity: Arity
  /** Where it was declared, for people: `EmailTasks.send (mail.ts:12)`. */
  readonly place: string
  /** The type of each parameter in words, undefined for one of which nothing is known; undefined where nothing is known of any. */
  readonly parameters: readonly (string | undefined)[] | undefined
  /** The type of the result in words, where it was declared. */
  readonly returns: string | undefined
  /** Its retry policies in words, the one that is asked first at the front; empty where it is never tried again. */
  readonly retries: readonly string[]
  /** How many runs there may be over all policies; undefined: as many as they allow. */
  readonly maxRuns: number | undefined
}

/** Every task, in the order of the names. */
export function describeTasks(app: {
  readonly registry: Registry
  readonly defaultQueue: string
}): TaskSummary[] {
  return app.registry.all().map(({ queue, params, returns, retryRules, ...task }) => ({
    name: task.name,
    kind: task.kind,
    arity: task.arity,
    place: task.place,
    queue: queue ?? app.defaultQueue,
    parameters: params?.map((spec) => (spec === undefined ? undefined : typeInWords(spec))),
    returns: returns === undefined ? undefined : typeInWords(returns),
    retries: retryRules.map(policyInWords),
    maxRuns: task.maxRuns,
  }))
}

/** Makes task methods of exported classes known: standard decorators register a class's methods only once something names the class. */
export function adoptExports(exports: Readonly<Record<string, unknown>>): void {
  const { default: main } = exports
  // Of a CommonJS module everything it exports is in its default export, and only some of it under its own name.
  const inside = typeof main === 'object' && main !== null ? Object.values(main) : []
  for (const value of [...Object.values(exports), ...inside]) if (isClass(value)) adoptClass(value)
}

/** With the name of its budget, if it was given one. */
function policyInWords(rule: RetryRule): string {
  const isNamed = !rule.isKeyMade && typeof rule.key === 'string'
  return isNamed ? `${rule.key}: ${describeRule(rule)}` : describeRule(rule)
}

const PRIMITIVES = new Map<unknown, string>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [BigInt, 'bigint'],
])

function typeInWords(spec: ParamSpec): string {
  // Schemas of some libraries are functions, so this comes first.
  if ('~standard' in spec) return `schema of ${spec['~standard'].vendor}`
  if (typeof spec === 'function') return PRIMITIVES.get(spec) ?? (spec.name || 'a class without a name')
  switch (spec.kind) {
    case 'list':
      return `${bracketed(spec.of)}[]`
    case 'optional':
      return `${bracketed(spec.of)}?`
    case 'map':
      return `Record<string, ${choiceInWords(spec.of)}>`
    case 'oneOf':
      return spec.of.map(choiceInWords).join(' | ')
  }
}

/** `(A | B)[]`, where `A | B[]` would be another type. */
function bracketed(spec: unknown): string {
  const words = choiceInWords(spec)
  return words.includes(' | ') ? `(${words})` : words
}

/** A type, or a value that stands for itself. */
function choiceInWords(choice: unknown): string {
  const isType = typeof choice === 'function' || (typeof choice === 'object' && choice !== null)
  return isType ? typeInWords(choice as ParamSpec) : JSON.stringify(choice)
}
