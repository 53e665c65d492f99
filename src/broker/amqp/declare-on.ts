/** Makes single declarations on a session, on channels of their own: an error there closes nothing else. */
import type { Channel } from 'amqplib'
import { declarationRefused, replyCode } from './amqp-errors.js'
import type { Session } from './session.js'
import type { Declaration } from './topology.js'

/** How a declaration ended. */
type Made = 'made' | 'there' | 'there, with all that follows'

/** On how many channels many declarations are made: amqplib sends the next one on a channel only when the last is answered. */
const SIDE_BY_SIDE = 8

/** In this order: a binding needs what it binds. */
const ORDER: readonly (readonly Declaration['kind'][])[] = [
  ['exchange'],
  ['queue'],
  ['binding', 'exchange-binding'],
]

/** @throws DeclarationError ERR_QUEUE_MISMATCH, ERR_BROKER_REFUSED; BrokerError ERR_CONNECTION_LOST */
export async function declareOne(session: Session, declaration: Declaration): Promise<Made> {
  try {
    const ifExists = declaration.kind === 'queue' ? declaration.ifExists : 'compare'
    if (ifExists !== 'compare' && (await exists(session, declaration))) {
      return ifExists === 'adopt' ? 'there' : 'there, with all that follows'
    }
    await session.onThrowawayChannel((channel) => assertOne(channel, declaration))
    return 'made'
  } catch (error) {
    throw declarationRefused(nameOf(declaration), error)
  }
}

/**
 * Declares many things that nobody else has a say in, several at a time: over a hundred take 0.02 s where they are there, and 0.2 s where not.
 * @throws as `declareOne`, for the first that fails
 */
export async function declareMany(session: Session, declarations: readonly Declaration[]): Promise<void> {
  for (const kinds of ORDER) {
    const left = declarations.filter(({ kind }) => kinds.includes(kind))
    const channels = Array.from({ length: Math.min(SIDE_BY_SIDE, left.length) }, () =>
      session.onThrowawayChannel((channel) => assertAll(channel, left)),
    )
    await Promise.all(channels)
  }
}

/** The first that is not there; undefined when all are. Bindings cannot be looked at. */
export async function firstMissing(
  session: Session,
  declarations: readonly Declaration[],
): Promise<Declaration | undefined> {
  for (const declaration of declarations) {
    if (!(await exists(session, declaration))) return declaration
  }
  return undefined
}

/** What a declaration is called in messages: `queue "mail"`. */
export function nameOf(declaration: Declaration): string {
  switch (declaration.kind) {
    case 'binding':
      return `binding of queue "${declaration.queue}" to exchange "${declaration.exchange}"`
    case 'exchange-binding':
      return `binding of exchange "${declaration.to}" to exchange "${declaration.exchange}"`
    default:
      return `${declaration.kind} "${declaration.name}"`
  }
}

async function exists(session: Session, declaration: Declaration): Promise<boolean> {
  try {
    await session.onThrowawayChannel((channel) => checkOne(channel, declaration))
    return true
  } catch (error) {
    if (replyCode(error) === 404) return false
    throw error
  }
}

async function checkOne(channel: Channel, declaration: Declaration): Promise<unknown> {
  if (declaration.kind === 'exchange') return channel.checkExchange(declaration.name)
  return declaration.kind === 'queue' ? channel.checkQueue(declaration.name) : undefined
}

/** Takes from `left` until nothing is left. */
async function assertAll(channel: Channel, left: Declaration[]): Promise<void> {
  for (let next = left.shift(); next; next = left.shift()) {
    const declaration = next
    await assertOne(channel, declaration).catch((error: unknown) => {
      left.length = 0
      throw declarationRefused(nameOf(declaration), error)
    })
  }
}

async function assertOne(channel: Channel, declaration: Declaration): Promise<unknown> {
  switch (declaration.kind) {
    case 'exchange':
      return channel.assertExchange(declaration.name, declaration.type, {
        durable: true,
        ...(declaration.otherwise !== undefined && { alternateExchange: declaration.otherwise }),
      })
    case 'queue':
      return channel.assertQueue(declaration.name, { durable: true, arguments: declaration.arguments })
    case 'binding':
      return channel.bindQueue(declaration.queue, declaration.exchange, declaration.key)
    case 'exchange-binding':
      return channel.bindExchange(declaration.to, declaration.exchange, declaration.key)
  }
}
