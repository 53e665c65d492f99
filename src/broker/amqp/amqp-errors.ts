/** Errors of amqplib and of the protocol, turned into ours: what happened, where, and what to do. */
import { BrokerError, DeclarationError, isTaskalopeError, type BrokerReason } from '../../kernel/errors.js'

/** The reply code of a protocol error; undefined for socket and other errors. */
export function replyCode(error: unknown): number | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'number') return code
  // Errors of the handshake carry it in the text only: `403 (ACCESS_REFUSED) with message "…"`.
  const found = typeof message === 'string' ? /\b([345]\d\d) \([A-Z_-]+\) with message/.exec(message) : null
  return found?.[1] === undefined ? undefined : Number(found[1])
}

/** The reply code of what an error of ours was caused by. */
export function causeCode(error: unknown): number | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? replyCode(cause) : undefined
}

/** What the broker itself said, without amqplib's frame around it. */
export function brokerText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return /with message "([\s\S]*?)"$/.exec(message)?.[1] ?? message
}

/** Whether the broker refuses us as we are: trying again changes nothing before somebody changes the set-up. */
export function isRefusal(error: unknown): boolean {
  const code = replyCode(error)
  if (code === 403 || code === 402) return true
  return code === 530 && !/limit/i.test(brokerText(error))
}

export function connectionRefused(url: string, cause: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_BROKER_REFUSED',
    `The broker at ${url} refused the connection: ${brokerText(cause).replace(/[.\s]+$/, '')}. Check user, password, vhost and permissions.`,
    { cause },
  )
}

export function noConnection(url: string, limitMs: number, cause: unknown): BrokerError {
  const why = cause === undefined ? '' : ` (${brokerText(cause)})`
  return new BrokerError(
    'ERR_CONNECTION_LOST',
    `No connection to ${url} within ${Math.ceil(limitMs)} ms${why}. Check that a broker is running there; trying again is safe.`,
    cause === undefined ? {} : { cause },
  )
}

export function connectionClosed(url: string): BrokerError {
  return new BrokerError('ERR_CONNECTION_LOST', `The connection to ${url} was closed by this process.`, {
    reason: 'closed',
  })
}

export function noAnswer(url: string, what: string, limitMs: number): BrokerError {
  return new BrokerError(
    'ERR_CONNECTION_LOST',
    `The broker at ${url} did not answer within ${Math.ceil(limitMs)} ms: ${what}. It may be out of memory or disk, or frozen.`,
    { reason: 'timeout' },
  )
}

/** An error of declaring something: another shape there, no rights, or the road is broken. */
export function declarationRefused(subject: string, cause: unknown): DeclarationError | BrokerError {
  if (isTaskalopeError(cause)) return cause as DeclarationError | BrokerError
  const code = replyCode(cause)
  if (code === 406) return mismatch(subject, cause)
  if (code === 403 || code === 404 || code === 405) {
    return new DeclarationError(
      'ERR_BROKER_REFUSED',
      `The broker refused ${subject}: ${brokerText(cause)}.`,
      { cause },
    )
  }
  return new BrokerError(
    'ERR_CONNECTION_LOST',
    `The connection was lost at ${subject}: ${brokerText(cause)}. Trying again is safe.`,
    {
      cause,
    },
  )
}

/** An error of asking for something of a queue: it is not there or not ours, or the road is broken. */
export function queueRefused(doing: string, cause: unknown): BrokerError | DeclarationError {
  if (isTaskalopeError(cause)) return cause as BrokerError | DeclarationError
  switch (replyCode(cause)) {
    case 404:
      return new BrokerError('ERR_REFUSED', `Cannot ${doing}: it does not exist. Declare it first.`, {
        reason: 'other',
        cause,
      })
    case 403:
      return new BrokerError('ERR_REFUSED', `Cannot ${doing}: ${brokerText(cause)}.`, {
        reason: 'rights',
        cause,
      })
    case undefined:
      return new BrokerError(
        'ERR_CONNECTION_LOST',
        `Cannot ${doing}: ${brokerText(cause)}. Trying again is safe.`,
        { cause },
      )
    default:
      return new BrokerError('ERR_REFUSED', `Cannot ${doing}: ${brokerText(cause)}.`, {
        reason: 'other',
        cause,
      })
  }
}

/** Whether a publish the broker closed a channel over is stored nowhere, as its reply says: other replies say nothing of that. */
export function saysNothingStored(cause: unknown): boolean {
  const code = replyCode(cause)
  return code !== undefined && [311, 402, 403, 404, 405, 406].includes(code)
}

/** Why the broker closed a publishing channel, in our words. */
export function refusalReason(cause: unknown): BrokerReason {
  switch (replyCode(cause)) {
    case 404:
      return 'unroutable'
    case 403:
      return 'rights'
    case 311:
      return 'too-large'
    case 406:
      return /message size|larger than/i.test(brokerText(cause)) ? 'too-large' : 'other'
    default:
      return 'other'
  }
}

function mismatch(subject: string, cause: unknown): DeclarationError {
  const text = brokerText(cause)
  const difference = explainDifference(text)
  return new DeclarationError(
    'ERR_QUEUE_MISMATCH',
    `${upperFirst(subject)} exists with other arguments than declared (${difference}). Delete it or change the declaration; the broker cannot alter it.`,
    { cause },
  )
}

function explainDifference(text: string): string {
  const found = /inequivalent arg '([^']*)' for .*: received (.*?) but current is (.*)$/.exec(text)
  const [, argument, declared = '', current = ''] = found ?? []
  if (argument === undefined) return text
  // Only quorum queues can have one, so it is the type that differs; the broker names the first difference it sees.
  if (argument === 'x-dead-letter-strategy' && plain(declared) === 'none') {
    return 'x-queue-type: broker quorum, declared classic'
  }
  return `${argument}: broker ${plain(current)}, declared ${plain(declared)}`
}

/** `the value 'quorum' of type 'longstr'` is `quorum`. */
function plain(value: string): string {
  return /^(?:the value )?'([^']*)'/.exec(value)?.[1] ?? value
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
