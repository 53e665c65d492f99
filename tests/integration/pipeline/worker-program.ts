/** A program for a process of its own: a worker that says when it is there and which attempts it begins, until it is killed. */
import { Registry, Taskalope } from '../../../src/index.js'
import { countedTasks } from './counted-tasks.js'

const { TEST_URL: broker = '', TEST_NAMESPACE: namespace = '', TEST_QUEUE: defaultQueue = '' } = process.env
const registry = new Registry()
registry.add(...Object.values(countedTasks((id, attempt) => process.stdout.write(`ran ${id} ${attempt}\n`))))
await new Taskalope({ broker, namespace, defaultQueue, registry }).worker({ concurrency: 1 }).start()
process.stdout.write('ready\n')
