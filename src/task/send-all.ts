/** Sends many calls with their confirms pipelined, a bounded number at a time. */
import { BrokerError, PayloadError, type PayloadCode } from '../kernel/errors.js'
import type { AsyncResult } from '../results/async-result.js'
import type { SendManyOptions } from './current-app.js'
import { sendCall, type EncodedCall, type SendingParts } from './enqueue.js'

/** Enough to keep any confirm window full, and far below what a broker's backlog takes. */
const AT_A_TIME = 1000

/**
 * Sends all the calls, in order. The first that cannot be sent ends it, and so does an `onProgress` that throws: those under way still
 * settle, the rest are not sent.
 * @throws BrokerError with the code of that first one, saying how many were confirmed · what `onProgress` threw · PayloadError
 * ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID for the options, before anything is sent
 */
export async function sendAll<T>(
  calls: readonly EncodedCall[],
  parts: SendingParts,
  options: SendManyOptions = {},
): Promise<AsyncResult<T>[]> {
  const onProgress = progressOf(options)
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

function progressOf(options: SendManyOptions): SendManyOptions['onProgress'] {
  const refuse = (code: PayloadCode, why: string) => new PayloadError(code, `${why} Nothing was sent.`)
  if (typeof options !== 'object' || options === null) {
    throw refuse('ERR_OPTION_INVALID', 'The options of a bulk send must be an object.')
  }
  const unknown = Object.keys(options).find((key) => key !== 'onProgress')
  if (unknown !== undefined) {
    throw refuse('ERR_OPTION_UNKNOWN', `A bulk send has no option "${unknown}". It has: onProgress.`)
  }
  const { onProgress } = options
  if (onProgress === undefined || typeof onProgress === 'function') return onProgress
  throw refuse('ERR_OPTION_INVALID', 'Option "onProgress" of a bulk send must be a function.')
}

function partialFailure(first: unknown, confirmed: number, total: number): unknown {
  if (!(first instanceof BrokerError)) return first
  return new BrokerError(first.code, `${first.message} ${confirmed} of ${total} calls were confirmed.`, {
    cause: first,
    ...(first.reason && { reason: first.reason }),
  })
}
