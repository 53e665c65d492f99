/** What a dead letter becomes when it is sent again: the original bytes, as on their first day. */
import { forwardedMessage } from '../message/forward.js'
import { momentField, ownField } from '../message/header-fields.js'
import { CELERY, DEAD_LETTER, NOT_KEPT, REPLAY_RUN, REPLAYS, RETRY } from '../message/headers.js'
import type { HeaderValue, WireMessage } from '../message/wire-message.js'
import { readReplays } from './dead-letter.js'

/** What a replay is marked with. */
export interface ReplayMark {
  /** The wall clock's time: what has expired by now runs all the same. */
  readonly now: number
  /** Which run sends it. */
  readonly run: string
}

const OF_ITS_DEATH = [...Object.values(DEAD_LETTER), NOT_KEPT, ...Object.values(RETRY)]

/**
 * The message to send again: fresh budgets for its retries, due now, and no deadline that has passed. A message of Celery's protocol 1 says such
 * things in its body, which is not touched.
 */
export function replayMessage(dead: WireMessage, { now, run }: ReplayMark): WireMessage {
  const { headers } = dead
  const changes: Record<string, HeaderValue | undefined> = {
    [REPLAYS]: readReplays(headers) + 1,
    [REPLAY_RUN]: run,
  }
  for (const name of OF_ITS_DEATH) changes[name] = undefined
  if (Object.hasOwn(headers, CELERY.retries)) changes[CELERY.retries] = 0
  // As Celery writes it where there is none.
  if (Object.hasOwn(headers, CELERY.eta)) changes[CELERY.eta] = null
  if (hasExpired(dead, now)) changes[CELERY.expires] = null
  return forwardedMessage(dead, changes)
}

/** Whether this very run has sent it, and it is dead again. */
export function isOfRun(dead: WireMessage, run: string): boolean {
  return ownField(dead.headers, REPLAY_RUN) === run
}

/** A deadline that nobody can read stays: the worker says what is wrong with it. */
function hasExpired({ headers }: WireMessage, now: number): boolean {
  try {
    const expiresAt = momentField(headers, CELERY.expires)
    return expiresAt !== undefined && expiresAt <= now
  } catch {
    return false
  }
}
