/** The decorators, as the package's entry point exports them. */
export { Payload } from './payload.js'
export { task } from './task.js'
export { combineRetries, createRetry, makeRetryDecorator, retry } from './retry.js'
