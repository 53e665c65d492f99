/** A worker in a process of its own that tells its memory and how soon tasks start: at first, and once more when it is told to. */
import { getOneMessage, sendMessage } from 'execa'
import { Registry, silentLogger, task, Taskalope } from 'taskalope'
import { percentile } from './rounds.mjs'
import { add, paced } from './setting.mjs'

const [url = '', namespace = '', scale = '1'] = process.argv.slice(2)
const count = Math.max(50, Math.round(1_000 * Number(scale)))
const EVERY_MS = 10
/** @type {number[]} */
let arrived = []
const stamp = task({ name: 'bench.start', ignoreResult: true }, (/** @type {number} */ sentAt) => {
  arrived.push(performance.now() - sentAt)
})
const registry = new Registry()
registry.add(add, stamp)
const queue = `${namespace}.waiting`
const app = new Taskalope({ broker: url, namespace, registry, defaultQueue: queue, logger: silentLogger })
await app.worker({ queues: [queue], concurrency: 100 }).start()

await measure()
await sendMessage(await standing())
await getOneMessage()
await sendMessage(await standing())
await app.close()

async function standing() {
  await measure()
  global.gc?.()
  return { rssMb: process.memoryUsage.rss() / 2 ** 20, p99: percentile(arrived, 99) }
}

async function measure() {
  arrived = []
  await paced(count, EVERY_MS, () => app.run(() => stamp.delay(performance.now())))
  while (arrived.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
}
