/** The message as the code sees it: identity, call, attempt, lineage and deadlines of one task on its way. */
import type { RetryBudgets } from '../retry/retry-types.js'
import type { Headers } from './wire-message.js'

/** A call still to be made, as Celery's protocol writes it inside a message (chains, callbacks); carried, not interpreted, here. */
export type EmbeddedSignature = Readonly<Record<string, unknown>>

/** What Celery embeds in a body for calls that follow this one; the chain is reversed: its last element runs next. */
export interface Embed {
  readonly callbacks: readonly EmbeddedSignature[] | null
  readonly errbacks: readonly EmbeddedSignature[] | null
  readonly chain: readonly EmbeddedSignature[] | null
  readonly chord: EmbeddedSignature | null
}

/** One task call, decoded. Times are epoch milliseconds; absent facts are `undefined`. */
export interface TaskMessage {
  readonly id: string
  readonly taskName: string
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly embed: Embed
  /** Retries made so far, Celery's `retries`: 0 on the first attempt. */
  readonly retries: number
  readonly rootId: string
  readonly parentId: string | undefined
  readonly groupId: string | undefined
  readonly groupIndex: number | undefined
  readonly etaAt: number | undefined
  /** The delay the sender asked for, where it was relative (a countdown, a retry): `etaAt` is then only its own clock's word for it. */
  readonly delayMs?: number | undefined
  /** What each retry policy has used of its budget. */
  readonly budgets?: RetryBudgets | undefined
  /** When the first of its attempts failed. */
  readonly firstFailedAt?: number | undefined
  readonly expiresAt: number | undefined
  /** Soft and hard time limit in milliseconds. */
  readonly softTimeLimitMs: number | undefined
  readonly hardTimeLimitMs: number | undefined
  readonly priority: number | undefined
  readonly replyTo: string | undefined
  readonly correlationId: string | undefined
  readonly ignoreResult: boolean
  /** Who sent it, such as `gen4711@host`. */
  readonly origin: string | undefined
  /** A display name that stands for the task's in logs, as in Celery. */
  readonly shadow: string | undefined
  /** Celery's stamps, carried for whoever gets the message next. */
  readonly stamps?: Headers | undefined
  readonly stampedHeaders?: readonly string[] | undefined
  /** How often Celery's `replace()` put another call in this one's place, carried likewise. */
  readonly replacedTaskNesting?: number | undefined
  /** Headers the caller added and this library has no meaning for. */
  readonly headers: Headers
}

/** What could still be read of a message that cannot be run, so that its caller can be told. */
export interface MessageIdentity {
  readonly id: string | undefined
  readonly taskName: string | undefined
  readonly replyTo: string | undefined
  readonly correlationId: string | undefined
  readonly ignoreResult: boolean
  /** When the first of its attempts failed. */
  readonly firstFailedAt?: number | undefined
}

/** No calls follow. */
export const EMPTY_EMBED: Embed = Object.freeze({ callbacks: null, errbacks: null, chain: null, chord: null })
