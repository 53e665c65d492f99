/** Sends many calls with their confirms pipelined, a bounded number at a time. */
import { BrokerError } from '../kernel/errors.js'
import type { AsyncResult } from '../results/async-result.js'
import type { SendManyOptions } from './current-app.js'
import { sendCall, type EncodedCall, type SendingParts } from './enqueue.js'

/** Enough to keep any confirm window full, and far below what a broker's backlog takes. */
const AT_A_TIME = 1000

/**
 * Sends all the calls, in order. The first that cannot be sent ends it: those under way still settle, the rest are not sent.
 * @throws BrokerError with the code of that first one, saying how many were confirmed.
 */
export async function sendAll<T>(
  calls: readonly EncodedCall[],
  parts: SendingParts,
  { onProgress }: SendManyOptions = {},
): Promise<AsyncResult<T>[]> {
  const results: AsyncResult<T>[] = []
  const failures: unknown[] = []
  let next = 0
  let confirmed = 0
  const sendOn = async () => {
    while (next < calls.length && failures.length === 0) {
      const index = next++
      try {
        results[index] = await sendCall<T>(calls[index] as EncodedCall, parts)
        onProgress?.(++confirmed, calls.length)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, calls.length) }, sendOn))
  if (failures.length > 0) throw partialFailure(failures[0], confirmed, calls.length)
  return results
}

function partialFailure(first: unknown, confirmed: number, total: number): unknown {
  if (!(first instanceof BrokerError)) return first
  return new BrokerError(
    first.code,
    `${first.message} ${confirmed} of ${total} calls were confirmed before that.`,
    {
      cause: first,
      ...(first.reason && { reason: first.reason }),
    },
  )
}
