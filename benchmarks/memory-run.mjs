/** Sends, runs and answers tasks in this process, and prints how much bigger it is after the many than after the first tenth. */
import { add, makeApp } from './setting.mjs'

const [url = '', namespace = '', total = '0'] = process.argv.slice(2)
const queue = `${namespace}.memory`
const setting = { url, namespace, rounds: 1, scale: 1, say: () => {} }
const app = makeApp(setting, { queue, type: 'quorum' })
await app.worker({ queues: [queue], concurrency: 100 }).start()

await runTasks(Number(total) / 10)
const before = restingBytes()
await runTasks(Number(total))
const grownMb = (restingBytes() - before) / 2 ** 20
await app.close()
console.log(JSON.stringify({ grownMb, queue }))

/** @param {number} count */
async function runTasks(count) {
  let left = count
  const lane = async () => {
    while (left-- > 0) await (await app.run(() => add.delay(1, 2))).get({ timeout: '30s' })
  }
  await Promise.all(Array.from({ length: 200 }, lane))
}

function restingBytes() {
  global.gc?.()
  return process.memoryUsage.rss()
}
