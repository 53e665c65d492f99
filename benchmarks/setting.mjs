/** What every measurement uses: the broker, queues of its own, raw amqplib and an app beside each other. */
import { randomBytes } from 'node:crypto'
import amqp from 'amqplib'
import { Registry, silentLogger, task, Taskalope } from 'taskalope'

/** The task everything is measured with: the least that can be done, so that what remains is ours. */
export const add = task('bench.add', (/** @type {number} */ a, /** @type {number} */ b) => a + b)

/**
 * @typedef {object} Setting
 * @property {string} url
 * @property {string} namespace of this run; what it made is removed at the end
 * @property {(line: string) => void} say progress, on stderr
 * @property {number} rounds
 * @property {number} scale 1 for a full run; less for a look whether it still works
 */

/**
 * An app that knows `add`, on queues of the given kind.
 * @param {Setting} setting
 * @param {{ queue: string, type: 'quorum' | 'classic' }} target
 * @param {readonly unknown[]} [tasks]
 */
export function makeApp({ url, namespace }, { queue, type }, tasks = [add]) {
  const registry = new Registry()
  registry.add(.../** @type {any} */ (tasks))
  return new Taskalope({
    broker: url,
    namespace,
    registry,
    defaultQueue: queue,
    queues: { [queue]: { type } },
    logger: silentLogger,
  })
}

/** A random namespace. */
export function newNamespace() {
  return `bench-${randomBytes(4).toString('hex')}`
}

/**
 * A raw connection as a careful user of amqplib would open it.
 * @param {string} url
 */
export async function connectRaw(url) {
  const connection = await amqp.connect(url, { noDelay: true })
  connection.on('error', () => {})
  return connection
}

/**
 * Removes everything a run made on the broker.
 * @param {Setting} setting
 * @param {readonly string[]} queues
 */
export async function removeAll({ url, namespace }, queues) {
  const connection = await connectRaw(url)
  const channel = await connection.createChannel()
  for (const queue of [...queues, `${namespace}.dead`]) await channel.deleteQueue(queue)
  await channel.deleteExchange(`${namespace}.dead`)
  for (const level of [...Array(28).keys()]) {
    await channel.deleteQueue(`${namespace}.delay.${level}`)
    await channel.deleteExchange(`${namespace}.delay.${level}`)
  }
  await channel.deleteExchange(`${namespace}.delay.deliver`)
  await connection.close()
}

/**
 * What `add.delay(1, 2)` puts on the wire, taken from the wire: raw amqplib is measured with the very same message.
 * @param {Setting} setting
 * @returns {Promise<{ content: Buffer, options: import('amqplib').Options.Publish }>}
 */
export async function sampleMessage(setting) {
  const queue = `${setting.namespace}.sample`
  const app = makeApp(setting, { queue, type: 'classic' })
  await app.run(() => add.applyAsync([1, 2], { ignoreResult: true }))
  const connection = await connectRaw(setting.url)
  const channel = await connection.createChannel()
  const message = await channel.get(queue, { noAck: true })
  if (!message) throw new Error('The sample message did not arrive.')
  await channel.deleteQueue(queue)
  await connection.close()
  await app.close()
  const { headers, contentType, contentEncoding, priority, correlationId } = message.properties
  return {
    content: Buffer.from(message.content),
    options: { headers, contentType, contentEncoding, priority, correlationId, persistent: true },
  }
}

/** How many publishes are on their way at a time. */
const WINDOW = 200

/**
 * How many a second, with 200 on their way.
 * @param {number} count
 * @param {() => Promise<unknown>} send
 */
export async function perSecond(count, send) {
  let left = count
  const lane = async () => {
    while (left-- > 0) await send()
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: WINDOW }, lane))
  return (count / (performance.now() - startedAt)) * 1000
}

/**
 * @param {import('amqplib').ConfirmChannel} channel
 * @param {{ exchange?: string, key: string }} address
 * @param {{ content: Buffer, options: import('amqplib').Options.Publish }} message
 */
export function publishRaw(channel, { exchange = '', key }, { content, options }) {
  return new Promise((resolve, reject) =>
    channel.publish(exchange, key, content, options, (error) => (error ? reject(error) : resolve(undefined))),
  )
}

/**
 * Sends at a steady pace, whether or not what was sent has arrived.
 * @param {number} count
 * @param {number} everyMs
 * @param {(index: number) => unknown} send
 */
export async function paced(count, everyMs, send) {
  const startedAt = performance.now()
  for (let index = 0; index < count; index += 1) {
    const dueIn = startedAt + index * everyMs - performance.now()
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn))
    void send(index)
  }
}
