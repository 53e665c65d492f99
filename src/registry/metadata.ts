/** What decorators record: one record per function, or per class and key, in one store per process. */
import type { ParamSpec } from '../payload/param-spec.js'
import type { RetryRule } from '../retry/retry-types.js'
import type { Place } from './place.js'
import type { TaskConstructor, TaskTarget } from './task-definition.js'
import type { DeclaredOptions } from './task-options.js'

/** What is known of one function, or of one class and key. */
export interface TaskRecord {
  readonly kind: 'function' | 'class' | 'method'
  readonly target: TaskTarget
  /** The name of the function or the method; of a class, its own. */
  readonly label: string
  readonly options: DeclaredOptions
  readonly place: Place | undefined
  /** The record of the base class's method, where a subclass only inherits it. */
  readonly inherits: TaskRecord | undefined
}

/** A method that a TC39 class body declared as a task, before its class is known. */
export interface PendingMethod extends Pick<TaskRecord, 'label' | 'options' | 'place'> {
  readonly isStatic: boolean
}

/** The retry policies that were put on one function, one class, or one method where a class declares it. */
export interface SaidRetries {
  /** The topmost decorator's first. */
  rules: readonly RetryRule[]
  /** Whether a task was made of them already, which knows of no later ones. */
  used: boolean
}

/** Types recorded by @Payload, by parameter; undefined for one that left it to the compiler. */
export type PayloadTypes = ReadonlyMap<number, ParamSpec | undefined>

/** The record of a function or a class that is a task. */
export function recordOf(code: object): TaskRecord | undefined {
  return store().records.get(code)
}

/** Records what a function or a class is. */
export function setRecord(code: object, record: TaskRecord): void {
  store().records.set(code, record)
}

/** The records of the task methods of exactly this prototype (instance methods) or class (static ones), by key; to be added to. */
export function membersOf(owner: object): Map<string, TaskRecord> {
  return madeOnce(store().members, owner, () => new Map<string, TaskRecord>())
}

/** Records the type of a parameter of a method of exactly this prototype or class. */
export function recordPayload(
  owner: object,
  key: string | symbol,
  index: number,
  type: ParamSpec | undefined,
): void {
  const byKey = madeOnce(
    store().payloads,
    owner,
    () => new Map<string | symbol, Map<number, ParamSpec | undefined>>(),
  )
  const types = byKey.get(key) ?? new Map<number, ParamSpec | undefined>()
  byKey.set(key, types.set(index, type))
}

/** What @Payload recorded for a method of exactly this prototype or class. */
export function payloadsOf(owner: object, key: string | symbol): PayloadTypes {
  return store().payloads.get(owner)?.get(key) ?? new Map<number, ParamSpec | undefined>()
}

/** The methods a TC39 class body declared, kept with its decorator metadata because a method's decorator never sees the class. */
export function pendingOf(metadata: object): PendingMethod[] {
  return madeOnce(store().pending, metadata, () => [])
}

/**
 * The retry policies of `spot`, one thing that `holder` stands for: a function or class itself, or a method of a class. Methods that a TC39 class body
 * declared are kept with its decorator metadata.
 */
export function retriesAt(holder: object, spot: string): SaidRetries {
  const spots = madeOnce((store().retries ??= new WeakMap()), holder, () => new Map<string, SaidRetries>())
  const known = spots.get(spot)
  if (known) return known
  const made = { rules: [], used: false }
  spots.set(spot, made)
  return made
}

/** The decorator metadata of exactly this class; undefined where it has none, or not yet. */
export function metadataOf(cls: object): object | undefined {
  const metadata = [(Symbol as { metadata?: symbol }).metadata, STANDARD_METADATA]
    .filter((key) => key !== undefined && Object.hasOwn(cls, key))
    .map((key) => (cls as Readonly<Record<symbol, unknown>>)[key as symbol])
  return metadata.find((value): value is object => typeof value === 'object' && value !== null)
}

/** Every task of the process by its name: what the process-wide registry holds. */
export function processTasks(): Map<string, TaskRecord> {
  return store().tasks
}

/** The shape is what `/1` in the key stands for: two copies of the package share one. */
interface Store {
  readonly records: WeakMap<object, TaskRecord>
  readonly members: WeakMap<object, Map<string, TaskRecord>>
  readonly payloads: WeakMap<object, Map<string | symbol, Map<number, ParamSpec | undefined>>>
  readonly pending: WeakMap<object, PendingMethod[]>
  readonly tasks: Map<string, TaskRecord>
  /** Missing where an older copy of the package made the store. */
  retries?: WeakMap<object, Map<string, SaidRetries>>
}

const KEY = Symbol.for('taskalope.registry/1')
const STANDARD_METADATA = Symbol.for('Symbol.metadata')

// Compiled class bodies hand out metadata only if this symbol exists when they are evaluated, which is after this import. The one other libraries agree on; whoever sets his own later may.
if (!Object.hasOwn(Symbol, 'metadata')) {
  Object.defineProperty(Symbol, 'metadata', { value: STANDARD_METADATA, configurable: true, writable: true })
}

function store(): Store {
  const global = globalThis as { [KEY]?: Store }
  return (global[KEY] ??= {
    records: new WeakMap(),
    members: new WeakMap(),
    payloads: new WeakMap(),
    pending: new WeakMap(),
    tasks: new Map(),
  })
}

function madeOnce<V>(map: WeakMap<object, V>, key: object, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** The object a method stands on: the prototype for instance methods, the class itself for static ones. */
export function ownerOf(cls: TaskConstructor, isStatic: boolean): object {
  return isStatic ? cls : (cls.prototype as object)
}
