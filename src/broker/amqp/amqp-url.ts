/** Reads a broker URL, saying what is wrong with it, and shows it without user and password. */
import { DeclarationError } from '../../kernel/errors.js'

/** Where a RabbitMQ is and who we are there. */
export interface AmqpAddress {
  readonly tls: boolean
  readonly host: string
  readonly port: number
  readonly vhost: string
  readonly user: string
  readonly password: string
  /** From `?heartbeat=`, in seconds. */
  readonly heartbeatSeconds: number | undefined
  /** From `?connection_timeout=`, in milliseconds. */
  readonly connectTimeoutMs: number | undefined
}

const SHAPE =
  /^(amqps?):\/\/(?:([^/?#]*)@)?(\[[^\]/?#]*\]|[^:/?#@]*)(?::([^/?#@]*))?(\/[^?#]*)?(?:\?([^#]*))?$/i
const SETTINGS: ReadonlySet<string> = new Set(['heartbeat', 'connection_timeout'])

/**
 * The parts of an `amqp://` or `amqps://` URL, percent-decoded. User and password default to guest, the vhost to `/`.
 * @throws DeclarationError ERR_BROKER_URL; no part of the URL that could be a password is in its message.
 */
export function parseAmqpUrl(url: string): AmqpAddress {
  const parts = SHAPE.exec(url)
  if (!parts) throw badUrl(explainShape(url))
  const [, scheme = '', userInfo, host = '', port, path = '', query = ''] = parts
  if (host === '' || host === '[]') throw badUrl('It names no host.')
  const tls = scheme.toLowerCase() === 'amqps'
  return {
    tls,
    host: host.replace(/^\[|\]$/g, ''),
    port: readPort(port, tls),
    vhost: decode(path.slice(1), 'vhost') || '/',
    ...readUser(userInfo),
    ...readSettings(query),
  }
}

/** The URL for people: without user, password and settings. */
export function showAmqpAddress(address: AmqpAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  const vhost = address.vhost === '/' ? '' : `/${encodeURIComponent(address.vhost)}`
  return `${address.tls ? 'amqps' : 'amqp'}://${host}:${address.port}${vhost}`
}

function explainShape(url: string): string {
  if (!/^amqps?:\/\//i.test(url)) return 'It has to start with amqp:// or amqps://.'
  if (url.includes('@')) {
    return 'If user or password contain one of # / ? : @ %, percent-encode them, for example with encodeURIComponent().'
  }
  return 'It has to look like amqp://user:password@host:5672/vhost.'
}

function readUser(userInfo: string | undefined): Pick<AmqpAddress, 'user' | 'password'> {
  if (userInfo === undefined) return { user: 'guest', password: 'guest' }
  const colon = userInfo.indexOf(':')
  if (colon < 0) return { user: decode(userInfo, 'user'), password: '' }
  return {
    user: decode(userInfo.slice(0, colon), 'user'),
    password: decode(userInfo.slice(colon + 1), 'password'),
  }
}

function readPort(port: string | undefined, tls: boolean): number {
  if (port === undefined || port === '') return tls ? 5671 : 5672
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  // What stands where a port should may be part of a password, so it is not shown.
  if (number < 1 || number > 65_535) {
    throw badUrl(
      'Its port is not a number from 1 to 65535. If the password contains / or #, percent-encode it.',
    )
  }
  return number
}

function readSettings(query: string): Pick<AmqpAddress, 'heartbeatSeconds' | 'connectTimeoutMs'> {
  const settings = new Map<string, number>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!SETTINGS.has(name)) {
      throw badUrl(`It has a setting that is not known here; known are ${[...SETTINGS].join(' and ')}.`)
    }
    settings.set(name, readSetting(name, value))
  }
  return { heartbeatSeconds: settings.get('heartbeat'), connectTimeoutMs: settings.get('connection_timeout') }
}

function readSetting(name: string, value: string): number {
  const [least, most] = name === 'heartbeat' ? [5, 3600] : [100, 600_000]
  const number = /^\d{1,6}$/.test(value) ? Number(value) : -1
  if (number < least || number > most)
    throw badUrl(`Its setting ${name} is not a whole number from ${least} to ${most}.`)
  return number
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badUrl(`Its ${part} contains a % that starts no escape. Percent-encode it: % itself is %25.`)
  }
}

function badUrl(why: string): DeclarationError {
  return new DeclarationError('ERR_BROKER_URL', `The broker URL cannot be used. ${why}`)
}
