/** What arrived, in the library's terms, with the right to settle it on the channel that delivered it. */
import type { ConsumeMessage, MessageProperties as AmqpProperties } from 'amqplib'
import type { HeaderValue, Headers, MessageProperties, WireMessage } from '../../message/wire-message.js'
import type { Delivery } from '../broker.js'
import { deliverExchange } from '../delay-key.js'
import { isDelayExchange } from './delay.js'

/** The channel a delivery belongs to: tags mean nothing on any other. */
export interface SettleOn {
  readonly queue: string
  readonly namespace: string
  /** Whether this queue counts how often a message came back. */
  readonly countsDeliveries: boolean
  /** Whether what was delivered can still be settled. */
  readonly open: boolean
  ack(tag: number): void
  release(tag: number): void
}

/** Below this a body is copied: as it comes, it is a slice of all that the socket read at once, and would keep that in memory. */
const COPY_BELOW_BYTES = 16 * 1024

const NO_HEADERS: Headers = Object.freeze(Object.create(null) as Record<string, HeaderValue>)

export class AmqpDelivery implements Delivery {
  readonly message: WireMessage
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
  readonly delayed: boolean
  readonly deliveryCount: number | undefined
  readonly #tag: number
  readonly #channel: SettleOn

  constructor(arrived: ConsumeMessage, channel: SettleOn) {
    const { fields } = arrived
    this.message = toWireMessage(arrived)
    this.delayed = isDelayExchange(channel.namespace, fields.exchange)
    // RabbitMQ names the one that the last queue of the ladder handed it to; it is this one that put it here.
    this.exchange = this.delayed ? deliverExchange(channel.namespace) : fields.exchange
    this.routingKey = fields.routingKey
    this.redelivered = fields.redelivered
    this.deliveryCount = channel.countsDeliveries
      ? countOf(this.message.headers, fields.redelivered)
      : undefined
    this.#tag = fields.deliveryTag
    this.#channel = channel
  }

  get queue(): string {
    return this.#channel.queue
  }

  get lost(): boolean {
    return !this.#channel.open
  }

  ack(): void {
    this.#channel.ack(this.#tag)
  }

  release(): void {
    this.#channel.release(this.#tag)
  }
}

/** A message as amqplib has it, in the library's terms. */
export function toWireMessage({
  content,
  properties,
}: Pick<ConsumeMessage, 'content' | 'properties'>): WireMessage {
  const headers: Headers | undefined = properties.headers
  return {
    body: content.length < COPY_BELOW_BYTES ? Buffer.from(content) : content,
    properties: toProperties(properties),
    headers: headers ?? NO_HEADERS,
  }
}

const PLAIN_PROPERTIES = [
  'contentType',
  'contentEncoding',
  'priority',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'timestamp',
  'type',
  'userId',
  'appId',
] as const

function toProperties(properties: AmqpProperties): MessageProperties {
  const known: Record<string, unknown> = { persistent: properties.deliveryMode === 2 }
  for (const name of PLAIN_PROPERTIES) {
    const value: unknown = properties[name]
    if (value !== undefined) known[name] = value
  }
  return known
}

/** The broker's own count. The header of a message that did not come back yet was written by its sender, and says nothing. */
function countOf(headers: Headers, redelivered: boolean): number {
  const count = redelivered ? headers['x-delivery-count'] : 0
  return typeof count === 'number' ? count : 0
}
