/** Looks into queues without the library: how much is ready, and which dead letters there are. */
import amqp, { type ChannelModel } from 'amqplib'

/** A dead letter as far as the ledger needs it. */
export interface DeadLetter {
  readonly id: string
  /** How often it was sent again. */
  readonly replays: number
}

/** How many messages are ready in these queues together; one that does not exist has none. Not to be trusted within five seconds of a restart. */
export async function readyIn(url: string, queues: readonly string[]): Promise<number> {
  return connected(url, async (connection) => {
    let ready = 0
    for (const queue of queues) ready += await readyInOne(connection, queue)
    return ready
  })
}

async function readyInOne(connection: ChannelModel, queue: string): Promise<number> {
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  try {
    const { messageCount } = await channel.checkQueue(queue)
    await channel.close()
    return messageCount
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return 0
    throw error
  }
}

const NOT_FOUND = 404

/** Takes everything out of a queue until nothing more has come for `waitMs`, looks at it, and gives all of it back. */
export async function lookAtDead(url: string, queue: string, waitMs = 2_000): Promise<DeadLetter[]> {
  return connected(url, async (connection) => {
    const channel = await connection.createChannel()
    const found: DeadLetter[] = []
    let lastAt = performance.now()
    await channel.consume(queue, (message) => {
      lastAt = performance.now()
      if (!message) return
      const headers = message.properties.headers ?? {}
      found.push({ id: String(headers['id']), replays: Number(headers['taskalope-replays'] ?? 0) })
    })
    while (performance.now() - lastAt < waitMs) await new Promise((resolve) => setTimeout(resolve, 50))
    return found
  })
}

/** The ladder's queues. */
export function ladderQueues(namespace: string): string[] {
  return Array.from({ length: 28 }, (_, level) => `${namespace}.delay.${level}`)
}

async function connected<T>(url: string, look: (connection: ChannelModel) => Promise<T>): Promise<T> {
  const connection = await amqp.connect(url, { timeout: 10_000 })
  connection.on('error', () => {})
  try {
    return await look(connection)
  } finally {
    await connection.close().catch(() => {})
  }
}
