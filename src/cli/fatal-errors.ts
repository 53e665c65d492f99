/** Errors that nobody caught: told to one listener, where Node would end the process in the middle of its work. */

/** How such an error came up. */
export type FatalOrigin = 'uncaughtException' | 'unhandledRejection'

type Listener = (error: unknown, origin: FatalOrigin) => void

/** Listens from the first `tell` on, for as long as the process lives. */
export class FatalErrors {
  #listener: Listener | undefined

  /** From now on this one is told, and nobody else. */
  tell(listener: Listener): void {
    if (!this.#listener) process.on('uncaughtException', (error, origin) => this.#listener?.(error, origin))
    this.#listener = listener
  }
}
