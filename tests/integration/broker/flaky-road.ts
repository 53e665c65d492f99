/** A TCP road to the broker that can be cut, frozen and closed: the faults of a network, without touching the broker. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tracked } from '../../support/tracked.js'

export class FlakyRoad {
  readonly #target: URL
  readonly #pairs = new Set<readonly [client: Socket, broker: Socket]>()
  #server: Server | undefined
  #port = 0
  #frozen = false
  readonly #heldUp: (() => void)[] = []
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

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Ends every connection at once; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy()
  }

  /** Not a byte gets through any more, in either direction; connections are still accepted, as a stopped process's kernel does. */
  freeze(): void {
    this.#frozen = true
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
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    if (server) await once(server, 'close')
  }

  /** Takes connections again, on the same port. */
  async reopen(): Promise<void> {
    this.#server = createServer((client) => this.#join(client))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as { port: number }).port
  }

  #join(client: Socket): void {
    this.opened++
    const broker = connect(Number(this.#target.port || 5672), this.#target.hostname)
    const pair = [client, broker] as const
    this.#pairs.add(pair)
    this.#carry(client, broker)
    this.#carry(broker, client)
    broker.on('data', (bytes) => {
      // A method frame of class basic, method deliver; what the broker writes at once begins with a frame.
      if (bytes[0] === 1 && bytes.readUInt32BE(7) === 0x3c003c) {
        this.#lastDelivery = { broker, channel: bytes.readUInt16BE(1) }
      }
    })
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#pairs.delete(pair)
        for (const each of pair) each.destroy()
      })
    }
  }

  /** Read at once, even while frozen: a socket nobody reads from does not see its other end go. */
  #carry(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      const deliver = () => void (to.destroyed || to.write(bytes))
      if (this.#frozen) this.#heldUp.push(deliver)
      else deliver()
    })
  }
}
