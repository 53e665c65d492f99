/** The entry point `taskalope/retry`: ready-made retry decorators, and what they are made of, for making others. */
export { errorCodesOf, networkCodeOf } from '../retry/network-error.js'
export { httpStatusOf } from '../retry/http-error.js'
export { retryAfterMs } from '../retry/retry-after.js'
export { retryOnCode, type RetryOnCodeOptions } from './retry-on-code.js'
export { retryOnHttp, type RetryOnHttpOptions } from './retry-on-http.js'
export { retryOnNetwork, type RetryOnNetworkOptions } from './retry-on-network.js'
