/** A worker process: runs the task of the fault tests until it is told to stop, or killed. */
import { Registry, Taskalope } from 'taskalope'
import { faulty } from './faulty-task.mjs'
import { logger, options, record } from './ledger-file.mjs'

const MEMORY_EVERY_MS = 1_000

const { url, namespace, queue, concurrency } = options
const registry = new Registry()
registry.add(faulty)
const app = new Taskalope({ broker: url, namespace, registry, defaultQueue: queue, logger, results: false })
const worker = app.worker({ queues: [queue], concurrency })
await worker.start()
tellMemory()
setInterval(tellMemory, MEMORY_EVERY_MS).unref()
process.stdout.write('ready\n')
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)))

function tellMemory() {
  record({ ev: 'memory', pid: process.pid, rss: process.memoryUsage.rss() })
}
