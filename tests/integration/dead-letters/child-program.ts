/** A program for a process of its own: sends all dead letters again, and dies where it is told to. */
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'

const { TEST_URL: broker = '', TEST_NAMESPACE: namespace = '' } = process.env
const app = new Taskalope({ broker, namespace, registry: new Registry(), logger: silentLogger })
const { moved } = await app.deadLetters.retry({})
process.stdout.write(`moved ${moved}\n`)
await app.close()
