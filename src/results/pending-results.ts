/** The slots answers are put into: kept only as long as somebody holds or awaits them, so forgotten calls cost nothing. */
import type { ResultListener, ResultSlot } from './result-backend.js'
import { isFinal, type TaskResult } from './task-result.js'

/** What the slots of one backend share. */
interface Owner {
  /** Those somebody listens to. */
  readonly awaited: Set<PendingResult>
  /** Why nothing comes any more. */
  closedBy: Error | undefined
}

/** One call's slot. While somebody listens, its owner holds it; else only the caller's handle does. */
class PendingResult implements ResultSlot {
  latest: TaskResult | undefined
  readonly #listeners = new Set<ResultListener>()
  readonly #owner: Owner

  constructor(
    readonly taskId: string,
    owner: Owner,
  ) {
    this.#owner = owner
  }

  subscribe(listener: ResultListener): () => void {
    this.#listeners.add(listener)
    this.#owner.awaited.add(this)
    const { closedBy } = this.#owner
    // In a turn of its own: whoever subscribes does not expect to hear before it has what it subscribed with.
    if (closedBy) queueMicrotask(() => this.#listeners.has(listener) && listener.onClosed(closedBy))
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#owner.awaited.delete(this)
    }
  }

  settle(result: TaskResult): void {
    if (this.latest && isFinal(this.latest.state)) return
    this.latest = result
    for (const listener of [...this.#listeners]) listener.onResult(result)
  }

  close(error: Error): void {
    for (const listener of [...this.#listeners]) listener.onClosed(error)
  }
}

/** All the slots of one backend in this process. */
export class PendingResults {
  // Weak, so that a million calls nobody waits for do not pile up.
  readonly #slots = new Map<string, WeakRef<PendingResult>>()
  readonly #owner: Owner = { awaited: new Set(), closedBy: undefined }
  readonly #collected = new FinalizationRegistry<string>((taskId) => {
    if (this.#slots.get(taskId)?.deref() === undefined) this.#slots.delete(taskId)
  })

  /** The slot of an id: a new one, or the one somebody still holds. */
  expect(taskId: string): ResultSlot {
    const known = this.#slots.get(taskId)?.deref()
    if (known) return known
    const slot = new PendingResult(taskId, this.#owner)
    this.#slots.set(taskId, new WeakRef(slot))
    this.#collected.register(slot, taskId)
    return slot
  }

  /** Puts a record into its slot; says whether anybody still holds that. A final record is never overwritten. */
  settle(result: TaskResult): boolean {
    const slot = this.#slots.get(result.taskId)?.deref()
    slot?.settle(result)
    return slot !== undefined
  }

  /** Forgets an id; whoever holds its slot keeps what is in it. */
  forget(taskId: string): void {
    this.#slots.delete(taskId)
  }

  /** Ends every wait with this error, those that begin later as well. */
  closeAll(error: Error): void {
    this.#owner.closedBy ??= error
    for (const slot of [...this.#owner.awaited]) slot.close(error)
  }

  /** How many ids are known, collected ones included until the collector has run. */
  get size(): number {
    return this.#slots.size
  }
}
