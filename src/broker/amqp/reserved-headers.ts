/** Header names the AMQP broker itself writes. */

/** Stands alone in place of a header table that could not be read, and says why. */
export const UNREADABLE_HEADERS = 'taskalope-unreadable-headers'
/** The bytes of that table. */
export const UNREADABLE_HEADERS_BYTES = 'taskalope-unreadable-headers-bytes'
/** On a dead letter: what of the original could not be written again. */
export const ERROR_NOT_KEPT = 'taskalope-error-not-kept'
