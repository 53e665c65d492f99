/** Tells messages the broker will never take from those it could not take this time, and from a broker that takes nothing for now. */
import { BrokerError, DeclarationError, PayloadError } from '../kernel/errors.js'

/**
 * Whether sending this again can only fail again: for the message's own sake, or because the broker is not set up for it, which is not over in a second.
 * Not: a broker that is away, or a queue that is full or gone.
 */
export function isRefusedForGood(error: unknown): error is Error {
  if (error instanceof BrokerError && error.code === 'ERR_REFUSED') return isForGood(error.reason)
  if (error instanceof BrokerError && error.code === 'ERR_NOT_SENT') return cannotBeDeclared(error)
  return error instanceof PayloadError || error instanceof DeclarationError
}

/** Whether no message would have got through, whatever is in it: the broker is away, blocked or too slow. */
export function mayBeOverSoon(error: unknown): boolean {
  if (!(error instanceof BrokerError) || error.code === 'ERR_REFUSED') return false
  return error.reason !== 'closed' && !isRefusedForGood(error)
}

function isForGood(reason: BrokerError['reason']): boolean {
  return reason === 'too-large' || reason === 'rights' || reason === 'other'
}

/** What a message needs, such as the ladder of delays, is there in another shape, or may not be made. */
function cannotBeDeclared({ reason, cause }: BrokerError): boolean {
  return reason === 'rights' || cause instanceof DeclarationError
}
