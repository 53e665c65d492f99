/** Bounds what has to be there before a call can leave, and says of every failure that nothing was sent. */
import type { Broker } from '../broker/broker.js'
import type { Clock } from '../kernel/clock.js'
import { BrokerError, isTaskalopeError } from '../kernel/errors.js'

/** What is being prepared for. */
export interface Preparing {
  readonly taskName: string
  /** The time of the whole call, in milliseconds. */
  readonly limitMs: number
  readonly clock: Clock
  readonly broker: Broker
}

/**
 * Settles as `work` does, but within the call's time; `work` itself is not stopped by that.
 * @throws BrokerError ERR_NOT_SENT where the road was the trouble, else what `work` rejected with
 */
export function beforeSending<T>(work: Promise<T>, preparing: Preparing): Promise<T> {
  const { clock, limitMs } = preparing
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => reject(tooLate(preparing)))
    const fail = (error: unknown) => reject(nothingSent(preparing, error))
    work.then(resolve, fail).finally(() => timer.stop())
  })
}

function tooLate({ taskName, limitMs, broker }: Preparing): BrokerError {
  const why = broker.ready
    ? `the broker at ${broker.url} did not answer`
    : `there is no connection to ${broker.url}`
  return new BrokerError(
    'ERR_NOT_SENT',
    `"${taskName}" was not sent within ${limitMs} ms: ${why}. Sending it again is safe.`,
    { reason: broker.ready ? 'timeout' : 'disconnected' },
  )
}

function nothingSent({ taskName }: Preparing, error: unknown): unknown {
  if (!isTaskalopeError(error, 'ERR_CONNECTION_LOST')) return error
  const { reason = 'disconnected' } = error as BrokerError
  return new BrokerError('ERR_NOT_SENT', `"${taskName}" was not sent. ${error.message}`, {
    reason,
    cause: error,
  })
}
