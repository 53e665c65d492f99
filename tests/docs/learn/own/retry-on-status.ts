/** A retry decorator of three lines, and the error it is for. */
// #region own
import { createRetry, type Duration } from 'taskalope'

// #endregion own
// #region http-error
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly retryAfterMs?: number,
  ) {
    super(`The server answered ${status}`)
  }
}
// #endregion http-error

// #region own
export const retryOnStatus = (statuses: number[], delay: Duration = '20m') =>
  createRetry({ key: 'http', on: HttpError, when: (error) => statuses.includes(error.status), delay, max: 5 })
// #endregion own
