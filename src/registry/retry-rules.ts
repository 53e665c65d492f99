/** Where decorators leave the retry policies of functions, classes and methods, and in which order they count for a task. */
import { DeclarationError } from '../kernel/errors.js'
import { distinctRules } from '../retry/retry-rule.js'
import type { RetryRule } from '../retry/retry-types.js'
import { baseClass } from './class-members.js'
import { metadataOf, retriesAt, type SaidRetries, type TaskRecord } from './metadata.js'
import type { TaskTarget } from './task-definition.js'
import { taskName } from './task-name.js'

/** What a retry policy was put on. */
export interface RetryPlace {
  /** The function or the class; of a method its class, or under TC39 decorators that class's metadata. */
  readonly holder: object
  /** For a method only. */
  readonly member?: Member
  /** For a class only: its TC39 metadata, where its methods' policies are. */
  readonly metadata?: object | undefined
  /** What it is called, for people. */
  readonly label: string
}

type Member = Pick<TaskTarget, 'key' | 'isStatic'>

/**
 * Puts a policy on something, above those that are there: decorators are applied from the lowest to the topmost.
 * @throws DeclarationError ERR_TASK_TARGET when a task was made of it already; ERR_OPTION_INVALID when another policy there, or on the run() of the class, names the same key
 */
export function addRetryRule(place: RetryPlace, rule: RetryRule): void {
  const said = retriesAt(place.holder, spotOf(place.member))
  if (said.used) throw tooLate(place.label)
  const rules = [rule, ...said.rules]
  const beside = place.member ? [] : rulesOfRun(place).filter((other) => !rules.includes(other))
  distinctRules([...rules, ...beside], `"${place.label}"`)
  said.rules = rules
}

/** Gives a function or class the policies that another has itself. */
export function copyRetryRules(from: object, to: object): void {
  retriesAt(to, spotOf(undefined)).rules = retriesAt(from, spotOf(undefined)).rules
}

/**
 * The policies of a task in the order they are asked: those of its own class, then those of the base classes, the nearest first; on each the class's, then
 * those of its run(). A method has only its own, and those of the method it overrides or inherits. A policy that names its key takes the place of an inherited
 * one of that key. From now on there can be no more.
 * @throws DeclarationError ERR_OPTION_INVALID when two policies of one class name the same key
 */
export function retryRulesOf(record: TaskRecord): readonly RetryRule[] {
  const found: RetryRule[] = []
  for (let cls: TaskTarget['cls'] | undefined = record.target.cls; cls; cls = baseClass(cls)) {
    const nearer = new Set(found.flatMap(namedKey))
    found.push(...rulesOfClass(cls, record).filter((rule) => !namedKey(rule).some((key) => nearer.has(key))))
  }
  // A decorator that stands on a class and on its base class is one policy, with one budget.
  return Object.freeze(distinctRules([...new Set(found)], `Task "${taskName(record)}"`))
}

function rulesOfClass(cls: TaskTarget['cls'], { kind, target }: TaskRecord): RetryRule[] {
  const metadata = metadataOf(cls)
  return [
    ...(kind === 'method' ? [] : taken(retriesAt(cls, spotOf(undefined)))),
    ...taken(retriesAt(cls, spotOf(target))),
    ...(metadata ? taken(retriesAt(metadata, spotOf(target))) : []),
  ]
}

function namedKey({ key, isKeyMade }: RetryRule): string[] {
  return isKeyMade || typeof key !== 'string' ? [] : [key]
}

function rulesOfRun({ holder, metadata }: RetryPlace): RetryRule[] {
  const spot = spotOf({ key: 'run', isStatic: false })
  return [holder, ...(metadata ? [metadata] : [])].flatMap((one) => retriesAt(one, spot).rules)
}

function taken(said: SaidRetries): readonly RetryRule[] {
  said.used = true
  return said.rules
}

function spotOf(member: Member | undefined): string {
  return member ? `${member.isStatic ? 'static' : 'instance'} ${String(member.key)}` : 'itself'
}

function tooLate(label: string): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `A retry policy came too late for "${label}": its task has been used already, by a call, a worker or a list, and would not know of it. Put @retry where the task is declared.`,
  )
}
