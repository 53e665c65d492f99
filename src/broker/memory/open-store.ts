/** Finds the store that a memory:// address means: a new one, or the one this process shares under that name. */
import type { Clock } from '../../kernel/clock.js'
import { DeclarationError } from '../../kernel/errors.js'
import type { Logger } from '../../kernel/logger.js'
import { MemoryStore } from './store.js'

/** A store in use; `leave` gives it back, once. */
export interface OpenStore {
  readonly store: MemoryStore
  leave(): void
}

interface SharedStore {
  readonly store: MemoryStore
  users: number
}

/** One slot per process, so that two copies of the package share their named stores. */
const KEY = Symbol.for('taskalope.memory/1')

/**
 * The store at `url`. A named one lives from its first user to its last; the first one's clock and logger serve it.
 * @throws DeclarationError ERR_BROKER_URL when it is neither `memory://` nor `memory://name`.
 */
export function openStore(url: string, clock: Clock, logger: Logger): OpenStore {
  const name = nameIn(url)
  if (name === '') {
    const store = new MemoryStore(clock, logger)
    return { store, leave: () => store.drop() }
  }
  const shared = sharedStores()
  const entry = shared.get(name) ?? { store: new MemoryStore(clock, logger), users: 0 }
  shared.set(name, entry)
  entry.users++
  return { store: entry.store, leave: () => leave(name, entry) }
}

function leave(name: string, entry: SharedStore): void {
  if (--entry.users > 0) return
  sharedStores().delete(name)
  entry.store.drop()
}

function nameIn(url: string): string {
  const name = /^memory:\/\/([\w.~-]*)\/?$/i.exec(url)?.[1]
  if (name !== undefined) return name
  throw new DeclarationError(
    'ERR_BROKER_URL',
    'The address of an embedded broker is "memory://", or "memory://name" to share it in this process; a name has letters, digits and ._~- only.',
  )
}

function sharedStores(): Map<string, SharedStore> {
  const global = globalThis as { [KEY]?: Map<string, SharedStore> }
  return (global[KEY] ??= new Map())
}
