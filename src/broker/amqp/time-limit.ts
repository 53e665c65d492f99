/** A limit for waits on amqplib, which has none: its requests never settle while the broker is frozen or blocks the connection. */
import type { Clock } from '../../kernel/clock.js'

/** How long a wait may last, and with what error it ends. */
export interface Limit {
  readonly clock: Clock
  readonly limitMs: number
  readonly onLimit: () => Error
}

/** Settles as `work` does, or rejects when the limit is over; `work` is not stopped by that, but its later failure is nobody's. */
export function withinLimit<T>(work: Promise<T>, { clock, limitMs, onLimit }: Limit): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => reject(onLimit()))
    work.then(resolve, reject).finally(() => timer.stop())
  })
}
