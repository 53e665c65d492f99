/** The slot an app fills, so that a handle's delay() finds one: current by call tree, else the default one. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { DeclarationError } from '../kernel/errors.js'
import type { AsyncResult } from '../results/async-result.js'
import type { Signature } from './signature.js'

/** How a bulk send is followed. */
export interface SendManyOptions {
  /** Told of each confirm: how many there were so far, of how many calls. One that throws ends the sending, as a call that cannot be sent does. */
  readonly onProgress?: (confirmed: number, total: number) => void
}

/** The sending side of an app. */
export interface Sender {
  /** Rejects, and never throws synchronously, when the call cannot be sent. */
  send<T>(signature: Signature<readonly unknown[], T>): Promise<AsyncResult<T>>
  /** Sends all with their confirms pipelined; every signature is checked before the first is sent. */
  sendMany<T>(
    signatures: readonly Signature<readonly unknown[], T>[],
    options?: SendManyOptions,
  ): Promise<AsyncResult<T>[]>
}

/** One slot per process, so that two copies of the package see the same app. */
interface Slot {
  readonly byCallTree: AsyncLocalStorage<Sender>
  defaultSender: (() => Sender) | undefined
}

const KEY = Symbol.for('taskalope.current/1')

/**
 * The app calls go to from here.
 * @throws DeclarationError ERR_NO_APP when only a part of the library was imported.
 */
export function currentApp(): Sender {
  const { byCallTree, defaultSender } = slot()
  const sender = byCallTree.getStore() ?? defaultSender?.()
  if (sender) return sender
  throw new DeclarationError(
    'ERR_NO_APP',
    `No Taskalope app exists in this process. Import something from 'taskalope' itself, or create one: new Taskalope().`,
  )
}

/** Makes `sender` the current app for everything `body` calls. */
export function runWithApp<T>(sender: Sender, body: () => T): T {
  return slot().byCallTree.run(sender, body)
}

/** Says where the default app comes from; the first to say so stays. */
export function fillDefaultApp(factory: () => Sender): void {
  slot().defaultSender ??= factory
}

function slot(): Slot {
  const global = globalThis as { [KEY]?: Slot }
  return (global[KEY] ??= { byCallTree: new AsyncLocalStorage(), defaultSender: undefined })
}
