/** Removes the queues an example leaves behind on a broker that is not ours; on ours the whole vhost goes. */
import amqp, { type ChannelModel } from 'amqplib'
import { tracked } from '../support/tracked.js'

/** Call it before each test. Queues that were there before are somebody's, and stay. */
export async function leaveNoQueues(url: string, queues: readonly string[]): Promise<void> {
  if (process.env['TASKALOPE_TEST_BROKER_FOLDER']) return
  const connection = await amqp.connect(url, { timeout: 10_000 })
  const ours: string[] = []
  for (const queue of queues) if (!(await exists(connection, queue))) ours.push(queue)

  tracked({
    async close() {
      const channel = await connection.createChannel()
      for (const queue of ours) await channel.deleteQueue(queue)
      await connection.close()
    },
  })
}

async function exists(connection: ChannelModel, queue: string): Promise<boolean> {
  // Asking for a queue that is not there closes the channel, hence one for each.
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  return channel.checkQueue(queue).then(
    () => channel.close().then(() => true),
    () => false,
  )
}
