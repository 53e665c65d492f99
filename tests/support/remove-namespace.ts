/** Removes what a test file declared on a broker that is not ours, where no vhost can be thrown away as a whole. */
import amqp from 'amqplib'

const OWN_OBJECTS = ['dead', 'tasks', 'results', 'control', 'events', 'revoked', 'beat', 'delay.deliver']
const DELAY_LEVELS = 28

/** Deletes queues and exchanges of those names, and the library's own in that namespace and in any that is one of those names. */
export async function removeNamespace(
  url: string,
  namespace: string,
  named: Iterable<string>,
): Promise<void> {
  const connection = await amqp.connect(url, { timeout: 10_000 })
  try {
    const channel = await connection.createChannel()
    const names = [namespace, ...named].flatMap((name) => [
      name,
      ...OWN_OBJECTS.map((own) => `${name}.${own}`),
      ...delayLevels(name),
    ])
    // Deleting what does not exist succeeds.
    for (const name of names) {
      await channel.deleteQueue(name)
      await channel.deleteExchange(name)
    }
  } finally {
    await connection.close()
  }
}

function delayLevels(namespace: string): string[] {
  return Array.from({ length: DELAY_LEVELS }, (_, level) => `${namespace}.delay.${level}`)
}
