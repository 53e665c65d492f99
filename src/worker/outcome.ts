/** The closed union of ways an attempt can end; settle acts on it, and nothing else does. */
import type { MessageIdentity } from '../message/task-message.js'
import type { WireMessage } from '../message/wire-message.js'

/** The task returned. */
export interface Succeeded {
  readonly kind: 'succeeded'
  readonly identity: MessageIdentity
  readonly value: unknown
  readonly attempt: number
  /** Whether the message goes to the dead letters, should the value turn out not to be sendable. */
  readonly deadLetter: boolean
}

/** The task threw, and will be tried again. */
export interface Retried {
  readonly kind: 'retried'
  readonly identity: MessageIdentity
  readonly error: unknown
  readonly attempt: number
  readonly delayMs: number
  /** The next attempt's message, complete. */
  readonly next: WireMessage
  /** Whether the message goes to the dead letters, should the broker refuse the next attempt for good. */
  readonly deadLetter: boolean
}

/** Its eta is still ahead: it goes back to wait in the broker. */
export interface Postponed {
  readonly kind: 'postponed'
  readonly identity: MessageIdentity
  readonly delayMs: number
  /** The same message, to be sent again. */
  readonly next: WireMessage
}

/** The task threw, and will not be tried again. */
export interface Failed {
  readonly kind: 'failed'
  readonly identity: MessageIdentity
  readonly error: unknown
  readonly attempt: number
  /** Whether the message goes to the dead letters. */
  readonly deadLetter: boolean
}

/** The message cannot be run (undecodable, unknown task, bad arguments), or its task threw Reject. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly identity: MessageIdentity
  readonly error: Error
  readonly attempt: number
}

/** No longer wanted: it expired. */
export interface Revoked {
  readonly kind: 'revoked'
  readonly identity: MessageIdentity
  readonly reason: 'expired'
}

/** The task threw Ignore. */
export interface Ignored {
  readonly kind: 'ignored'
  readonly identity: MessageIdentity
}

/** A forced shutdown cut it short: it goes back to its queue. */
export interface Abandoned {
  readonly kind: 'abandoned'
  readonly identity: MessageIdentity
}

/** How an attempt ended. */
export type Outcome = Succeeded | Retried | Postponed | Failed | Rejected | Revoked | Ignored | Abandoned
