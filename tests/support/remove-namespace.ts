/** Removes what a test file declared on a broker that is not ours, where no vhost can be thrown away as a whole. */
import amqp from 'amqplib'

const OWN_OBJECTS = ['dead', 'tasks', 'results', 'control', 'events', 'revoked', 'beat', 'delay.deliver']
const DELAY_LEVELS = 28

/** Deletes queues and exchanges of those names and of the library's own names in that namespace. */
export async function removeNamespace(
  url: string,
  namespace: string,
  named: Iterable<string>,
): Promise<void> {
  const connection = await amqp.connect(url, { timeout: 10_000 })
  try {
    const channel = await connection.createChannel()
    // Deleting what does not exist succeeds.
    for (const name of [...named, ...ownNames(namespace)]) {
      await channel.deleteQueue(name)
      await channel.deleteExchange(name)
    }
  } finally {
    await connection.close()
  }
}

function ownNames(namespace: string): string[] {
  const levels = Array.from({ length: DELAY_LEVELS }, (_, level) => `delay.${level}`)
  return [namespace, ...[...OWN_OBJECTS, ...levels].map((name) => `${namespace}.${name}`)]
}
