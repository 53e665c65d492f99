/** What a broker carries: bytes, AMQP properties and a header table, with nothing in it read or understood. */

/** A value of an AMQP header table as this library sees it; integers of any width are numbers, or `bigint` beyond 2^53. */
export type HeaderValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly HeaderValue[]
  | { readonly [key: string]: HeaderValue }

/** A header table: its own properties only. One that came in has no prototype, so that a key such as `__proto__` is just a key. */
export type Headers = Readonly<Record<string, HeaderValue>>

/** The AMQP basic properties, by their names in camel case; absent means not set. */
export interface MessageProperties {
  readonly contentType?: string
  readonly contentEncoding?: string
  /** Whether the broker writes the message to disk; default true. */
  readonly persistent?: boolean
  readonly priority?: number
  readonly correlationId?: string
  readonly replyTo?: string
  /** Milliseconds as text, as AMQP has it. */
  readonly expiration?: string
  readonly messageId?: string
  /** Epoch seconds, as AMQP has it. */
  readonly timestamp?: number
  readonly type?: string
  readonly userId?: string
  readonly appId?: string
}

/** A message as it lies in a queue. */
export interface WireMessage {
  readonly body: Uint8Array
  readonly properties: MessageProperties
  readonly headers: Headers
}
