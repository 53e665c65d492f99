/** Opens one AMQP connection within a limit, and leaves nothing behind when that fails or comes too late. */
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { ChannelModel } from 'amqplib'
import type { Clock } from '../../kernel/clock.js'
import type { AmqpAddress } from './amqp-url.js'
import { gatherWrites } from './gather-writes.js'
import { loadAmqplib } from './load-amqplib.js'
import { withinLimit } from './time-limit.js'

/** What of TLS can be set; see Node's `tls.connect`. */
export type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'servername' | 'rejectUnauthorized'
>

/** How to connect. */
export interface OpenOptions {
  readonly address: AmqpAddress
  readonly tls: TlsOptions | undefined
  /** Shown among the connections in RabbitMQ's management. */
  readonly connectionName: string
  readonly heartbeatSeconds: number
  readonly connectTimeoutMs: number
  readonly clock: Clock
}

/** An open connection; rejects with amqplib's or the socket's error, when `connectTimeoutMs` is over, or when `signal` is aborted. */
export function openModel(options: OpenOptions, signal: AbortSignal): Promise<ChannelModel> {
  const attempt = new AbortController()
  const stop = () => attempt.abort()
  signal.addEventListener('abort', stop, { once: true })
  const opening = connect(options, attempt.signal)
  // A connection that completes after its time would be nobody's: no listener, so an error of it would end the process.
  opening.then(
    (model) => attempt.signal.aborted && destroyModel(model),
    () => {},
  )
  const onLimit = () => {
    attempt.abort()
    return new Error(`connect ETIMEDOUT: no answer within ${options.connectTimeoutMs} ms`)
  }
  const limited = withinLimit(opening, { clock: options.clock, limitMs: options.connectTimeoutMs, onLimit })
  return limited.finally(() => signal.removeEventListener('abort', stop))
}

/** Ends a connection at once, without a word to the broker; doing it again does nothing. */
export function destroyModel(model: ChannelModel): void {
  model.on('error', () => {})
  socketOf(model)?.destroy()
}

/** Resolves when the connection's socket is closed. */
export function socketClosed(model: ChannelModel): Promise<void> {
  const socket = socketOf(model)
  if (!socket || socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

function socketOf(model: ChannelModel): Duplex | undefined {
  // amqplib only ends the socket after a heartbeat timeout, which a frozen broker never answers.
  return (model.connection as { stream?: Duplex }).stream
}

async function connect(options: OpenOptions, signal: AbortSignal): Promise<ChannelModel> {
  const { address, tls, connectionName, heartbeatSeconds, connectTimeoutMs } = options
  const target = {
    protocol: address.tls ? 'amqps' : 'amqp',
    hostname: address.host,
    port: address.port,
    username: address.user,
    password: address.password,
    // amqplib decodes it once more.
    vhost: encodeURIComponent(address.vhost),
    heartbeat: heartbeatSeconds,
  }
  const model = await loadAmqplib().connect(target, {
    ...tls,
    noDelay: true,
    timeout: connectTimeoutMs,
    clientProperties: { product: 'taskalope', connection_name: connectionName },
    // Node's socket takes it and is destroyed by it; amqplib hands its options on to that.
    ...{ signal },
  })
  const socket = socketOf(model)
  if (socket) gatherWrites(socket)
  return model
}
