/** From a URL to a broker: by its scheme, loading the driver only when it is asked for. */
import type { Clock } from '../kernel/clock.js'
import { DeclarationError } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import type { Broker } from './broker.js'
import type { DeadLetterLimits } from './queue-spec.js'

/** What every broker is given. */
export interface ResolveBrokerOptions {
  /** Begins the names of the library's own queues and exchanges. */
  readonly namespace: string
  /** How many dead letters are kept, and how long, where nobody has said it before. */
  readonly deadLetters: DeadLetterLimits
  readonly logger: Logger
  readonly clock: Clock
  /** How long a publish may take that says nothing of it itself, in milliseconds. */
  readonly publishTimeoutMs: number
}

/**
 * The broker a URL stands for, not connected: `amqp://` and `amqps://` for RabbitMQ, `memory://` for one in this process.
 * @throws DeclarationError ERR_BROKER_URL; the message contains no part of the URL that may be secret.
 */
export async function resolveBroker(url: string, options: ResolveBrokerOptions): Promise<Broker> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase()
  switch (scheme) {
    case 'amqp':
    case 'amqps': {
      const { createAmqpBroker } = await import('./amqp/amqp-broker.js')
      return createAmqpBroker({ url, ...options })
    }
    case 'memory': {
      const { createMemoryBroker } = await import('./memory-broker.js')
      return createMemoryBroker({ url, ...options })
    }
    default:
      throw unknownScheme(scheme)
  }
}

function unknownScheme(scheme: string | undefined): DeclarationError {
  // Of a URL without a scheme nothing is shown: it may begin with a password.
  const found =
    scheme === undefined ? 'has no scheme' : `has the scheme ${JSON.stringify(scheme.slice(0, 20))}`
  return new DeclarationError(
    'ERR_BROKER_URL',
    `The broker URL ${found}. Write amqp://user:password@host:5672/vhost, amqps:// for TLS, or memory:// for a broker in this process.`,
  )
}
