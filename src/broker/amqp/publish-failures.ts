/** Publishes that fail before they are written, or because nobody takes them: why, in words that help. */
import { PayloadError } from '../../kernel/errors.js'
import { brokerText, causeCode } from './amqp-errors.js'
import type { PendingPublish } from './pending-publish.js'

/** Why a message came back: `why` as the broker said it, and what to do. */
export function notRouted(why: string): string {
  return `no queue takes it (${why}); declare the queue, or start a worker that does`
}

/** What it needs could not be made, and it was not written. */
export function failUnprepared(publish: PendingPublish, error: unknown): void {
  const why = brokerText(error).replace(/[.\s]+$/, '')
  const code = causeCode(error)
  if (code === 404) return publish.refuse('unroutable', notRouted(why), error)
  if (code === 403) return publish.giveUp('rights', why, error)
  publish.giveUp(isTimeout(error) ? 'timeout' : 'other', why, error)
}

/** amqplib cannot write it. */
export function unwritable(publish: PendingPublish, cause: unknown): PayloadError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new PayloadError(
    'ERR_HEADER_INVALID',
    `A message to "${publish.delayedFor ?? publish.routingKey}" cannot be written: ${why}. Nothing was sent.`,
    { cause },
  )
}

function isTimeout(error: unknown): boolean {
  return (error as { reason?: unknown }).reason === 'timeout'
}
