/** Results kept in this process, as bytes and bounded in number, for the embedded broker. */
import { BrokerError } from '../kernel/errors.js'
import { PendingResults } from './pending-results.js'
import type { ResultBackend, ResultSlot } from './result-backend.js'
import { isFinal, type TaskResult } from './task-result.js'

/** Values to bytes and back; results cross a process boundary in spirit, so that nothing is shared by reference. */
export interface ResultCodec {
  encode(value: unknown, options: { readonly subject: string }): Uint8Array
  decode(bytes: Uint8Array): unknown
}

/** How many results are kept for callers that come later, the newest; whoever holds a handle keeps its own. */
const KEPT_RESULTS = 10_000

interface Kept {
  readonly record: Omit<TaskResult, 'value'>
  readonly value: Uint8Array | undefined
}

type Watcher = (kept: Kept) => void

/** What the apps that share one embedded broker keep together. */
export class ResultStore {
  readonly #kept = new Map<string, Kept>()
  readonly watchers = new Set<Watcher>()

  get(taskId: string): Kept | undefined {
    return this.#kept.get(taskId)
  }

  delete(taskId: string): void {
    this.#kept.delete(taskId)
  }

  put(kept: Kept): void {
    // Deleted first, so that a newer record of the same call counts as the newest.
    this.#kept.delete(kept.record.taskId)
    this.#kept.set(kept.record.taskId, kept)
    if (this.#kept.size > KEPT_RESULTS) this.#dropOldest()
    for (const watcher of this.watchers) watcher(kept)
  }

  #dropOldest(): void {
    const oldest = this.#kept.keys().next()
    if (!oldest.done) this.#kept.delete(oldest.value)
  }
}

/** The results of one app: its waits are its own, what is kept it may share. */
export class MemoryBackend implements ResultBackend {
  readonly #codec: ResultCodec
  readonly #store: ResultStore
  readonly #pending = new PendingResults()
  readonly #watcher = (kept: Kept) => void this.#pending.settle(this.#revive(kept))

  constructor(codec: ResultCodec, store: ResultStore = new ResultStore()) {
    this.#codec = codec
    this.#store = store
    store.watchers.add(this.#watcher)
  }

  replyTo(): undefined {
    return undefined
  }

  expect(taskId: string): ResultSlot {
    const slot = this.#pending.expect(taskId)
    const kept = this.#store.get(taskId)
    if (kept && !slot.latest) this.#watcher(kept)
    return slot
  }

  async store(result: TaskResult): Promise<void> {
    const before = this.#store.get(result.taskId)
    if (before && isFinal(before.record.state)) return
    const { value, ...record } = result
    const subject = `The result of task ${result.taskId}`
    this.#store.put({
      record,
      value: value === undefined ? undefined : this.#codec.encode(value, { subject }),
    })
  }

  async forget(taskId: string): Promise<void> {
    this.#store.delete(taskId)
    this.#pending.forget(taskId)
  }

  async close(): Promise<void> {
    this.#store.watchers.delete(this.#watcher)
    this.#pending.closeAll(
      new BrokerError('ERR_CONNECTION_LOST', 'The app was closed while this result was waited for.', {
        reason: 'closed',
      }),
    )
  }

  #revive({ record, value }: Kept): TaskResult {
    return value === undefined ? record : { ...record, value: this.#codec.decode(value) }
  }
}

/** Stores by the URL of the embedded broker whose results they keep; one set per process, whichever copy of the package asks. */
const KEY = Symbol.for('taskalope.memory-results/1')

const storesOfUnnamed = new WeakMap<object, ResultStore>()

/** The store that goes with an embedded broker: the broker's own for `memory://`, one by name for `memory://name`, for as long as somebody uses it. */
export function resultStoreFor(broker: { readonly url: string }): ResultStore {
  const { url } = broker
  if (url === 'memory://') {
    const own = storesOfUnnamed.get(broker) ?? new ResultStore()
    storesOfUnnamed.set(broker, own)
    return own
  }
  const global = globalThis as { [KEY]?: Map<string, WeakRef<ResultStore>> }
  const stores = (global[KEY] ??= new Map())
  const known = stores.get(url)?.deref()
  if (known) return known
  const store = new ResultStore()
  stores.set(url, new WeakRef(store))
  return store
}
