/** Publishes messages as no client library writes them: header tables byte by byte. */
import type { Channel } from 'amqplib'

interface Insides {
  readonly ch: number
  readonly connection: { readonly stream: { write(bytes: Buffer): void } }
}

/** A message of which only the bytes are sure. */
export interface RawMessage {
  /** The header table, without its length. */
  readonly headers?: Buffer
  /** Exactly 255 bytes at most. */
  readonly contentType?: Buffer
  readonly body: Buffer
}

/** Writes the three frames of a publish to the default exchange on the channel's own connection. */
export function rawPublish(
  channel: Channel,
  queue: string,
  { headers, contentType, body }: RawMessage,
): void {
  const { ch, connection } = channel as unknown as Insides
  const flags = (contentType ? 0x8000 : 0) | (headers ? 0x2000 : 0)
  const properties = [
    contentType ? shortString(contentType) : Buffer.alloc(0),
    headers ? longString(headers) : Buffer.alloc(0),
  ]
  const method = Buffer.concat([
    uint(2, 60),
    uint(2, 40),
    uint(2, 0),
    shortString(Buffer.alloc(0)),
    shortString(Buffer.from(queue)),
    uint(1, 0),
  ])
  const header = Buffer.concat([uint(2, 60), uint(2, 0), uint(8, body.length), uint(2, flags), ...properties])
  connection.stream.write(Buffer.concat([frame(1, ch, method), frame(2, ch, header), frame(3, ch, body)]))
}

/** An acknowledgement, for whatever channel. */
export function basicAck(tag: number): (channel: number) => Buffer {
  return (channel) => frame(1, channel, Buffer.concat([uint(2, 60), uint(2, 80), uint(8, tag), uint(1, 0)]))
}

/** A field of a header table. */
export function field(name: string, tag: string, content: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([shortString(Buffer.from(name)), Buffer.from(tag), content])
}

/** A table in a table in a table. */
export function nestedTable(levels: number): Buffer {
  let content: Buffer = Buffer.alloc(0)
  for (let level = 0; level < levels; level++) content = field('a', 'F', longString(content))
  return content
}

export function longString(bytes: Buffer): Buffer {
  return Buffer.concat([uint(4, bytes.length), bytes])
}

function shortString(bytes: Buffer): Buffer {
  return Buffer.concat([uint(1, bytes.length), bytes])
}

function uint(size: number, value: number): Buffer {
  const buffer = Buffer.alloc(size)
  if (size === 8) buffer.writeBigUInt64BE(BigInt(value))
  else buffer.writeUIntBE(value, 0, size)
  return buffer
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  return Buffer.concat([
    uint(1, type),
    uint(2, channel),
    uint(4, payload.length),
    payload,
    Buffer.from([0xce]),
  ])
}
