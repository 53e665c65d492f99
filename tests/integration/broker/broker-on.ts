/** Brokers, messages and log lines for the tests of this folder. */
import {
  createAmqpBroker,
  type AmqpBroker,
  type AmqpBrokerOptions,
} from '../../../src/broker/amqp/amqp-broker.js'
import type { Delivery } from '../../../src/broker/broker.js'
import type { Logger } from '../../../src/kernel/logger.js'
import type { Headers, MessageProperties, WireMessage } from '../../../src/message/wire-message.js'
import { tracked } from '../../support/tracked.js'

/** A broker, closed after the test. */
export function brokerOn(url: string, options: Omit<AmqpBrokerOptions, 'url'> = {}): AmqpBroker {
  return tracked(createAmqpBroker({ url, namespace: 'test', ...options }))
}

export function message(
  text: string,
  properties: MessageProperties = {},
  headers: Headers = {},
): WireMessage {
  return { body: Buffer.from(text), properties, headers }
}

export function textOf(delivery: Delivery): string {
  return Buffer.from(delivery.message.body).toString()
}

/** What became of a promise: `undefined` for resolved, else the error. */
export function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** A logger that remembers. */
export function remembering(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const take = (level: string) => (fields: object, text: string) =>
    void lines.push(`${level} ${text} ${JSON.stringify(fields)}`)
  const logger = { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') }
  return { logger, lines }
}
