/** A TCP road to the broker that can be cut, frozen and closed: the faults of a network, without touching the broker. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tracked } from '../../support/tracked.js'

export class FlakyRoad {
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  /** Clients that have not said that they are done. */
  readonly #clients = new Set<Socket>()
  readonly #heldUp: (() => void)[] = []
  #server: Server | undefined
  #port = 0
  #frozen = false
  #freezeAt: number | undefined
  readonly #heldUpMethods = new Set<number>()
  #lastDelivery: { readonly broker: Socket; readonly channel: number } | undefined
  /** How many connections were opened over it so far. */
  opened = 0

  private constructor(url: string) {
    this.#target = new URL(url)
  }

  /** A road to the broker of this URL, closed after the test. */
  static async to(url: string): Promise<FlakyRoad> {
    const road = tracked(new FlakyRoad(url))
    await road.reopen()
    return road
  }

  /** The broker's URL by this road. */
  get url(): string {
    const url = new URL(this.#target)
    url.host = `127.0.0.1:${this.#port}`
    return url.href
  }

  /** Connections their clients have not ended. */
  get connections(): number {
    return this.#clients.size
  }

  /** Ends every connection at once; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /**
   * Not a byte gets through any more, in either direction, and nobody hears that the other end is done; connections are still accepted.
   * A stopped process looks like this: its kernel goes on.
   */
  freeze(): void {
    this.#frozen = true
  }

  /** Freezes as soon as the broker answers with this class and method, before that gets through. */
  holdUpAnswers(method: number): void {
    this.#freezeAt = method
  }

  get isHoldingUp(): boolean {
    return this.#frozen
  }

  /** Whether the broker has sent this class and method since it froze. */
  hasHeldUp(method: number): boolean {
    return this.#heldUpMethods.has(method)
  }

  /** What was held up gets through, and all that follows. */
  thaw(): void {
    this.#frozen = false
    for (const deliver of this.#heldUp.splice(0)) deliver()
  }

  /** Writes a frame to the broker as if from the client, on the channel that was the last to be delivered something. */
  writeWhereDelivered(frameOn: (channel: number) => Buffer): void {
    const { broker, channel } = this.#lastDelivery ?? {}
    if (!broker || channel === undefined) throw new Error('Nothing has been delivered over this road.')
    broker.write(frameOn(channel))
  }

  /** Ends every connection and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.close()
    for (const socket of this.#sockets) socket.destroy()
    if (server) await once(server, 'close')
  }

  /** Takes connections again, on the same port. */
  async reopen(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as { port: number }).port
  }

  #join(client: Socket): void {
    this.opened++
    const port = Number(this.#target.port || 5672)
    const broker = connect({ port, host: this.#target.hostname, allowHalfOpen: true })
    this.#clients.add(client)
    client.on('end', () => this.#clients.delete(client))
    client.on('close', () => this.#clients.delete(client))
    broker.on('data', (bytes) => {
      this.#noteDelivery(broker, bytes)
      this.#noteMethods(bytes)
    })
    this.#carry(client, broker)
    this.#carry(broker, client)
  }

  /** Read at once, even while frozen: a socket nobody reads from does not see its other end go. */
  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes) => this.#whenThawed(() => void (to.destroyed || to.write(bytes))))
    from.on('end', () => this.#whenThawed(() => to.end()))
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      this.#whenThawed(() => void to.destroy())
    })
  }

  #whenThawed(deliver: () => void): void {
    if (this.#frozen) this.#heldUp.push(deliver)
    else deliver()
  }

  /** What the broker writes at once begins with a frame, and is whole frames. */
  #noteMethods(bytes: Buffer): void {
    for (let at = 0; at + 11 <= bytes.length; at += 8 + bytes.readUInt32BE(at + 3)) {
      const method = bytes[at] === 1 ? bytes.readUInt32BE(at + 7) : undefined
      if (method !== undefined && method === this.#freezeAt) {
        this.#freezeAt = undefined
        this.freeze()
      }
      if (method !== undefined && this.#frozen) this.#heldUpMethods.add(method)
    }
  }

  #noteDelivery(broker: Socket, bytes: Buffer): void {
    // A method frame of class basic, method deliver; what the broker writes at once begins with a frame.
    const isDelivery = bytes.length > 10 && bytes[0] === 1 && bytes.readUInt32BE(7) === 0x3c003c
    if (isDelivery) this.#lastDelivery = { broker, channel: bytes.readUInt16BE(1) }
  }
}
