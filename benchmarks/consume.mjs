/** Worker throughput on no-op tasks, against raw consume with JSON.parse and single acks, both with 100 in hand. */
import { interleave, median } from './rounds.mjs'
import { task } from 'taskalope'
import { connectRaw, makeApp } from './setting.mjs'

const IN_HAND = 100
const LAST_ACKS_MS = 200

let onRun = () => {}
const add = task(
  { name: 'bench.count', ignoreResult: true },
  (/** @type {number} */ a, /** @type {number} */ b) => {
    onRun()
    return a + b
  },
)

/** @param {import('./setting.mjs').Setting} setting */
export async function consume(setting) {
  const results = []
  for (const type of /** @type {const} */ (['quorum', 'classic']))
    results.push(await consumeFrom(type, setting))
  return { queues: results.flatMap((each) => each.queues), rows: results.flatMap((each) => each.rows) }
}

/**
 * @param {'quorum' | 'classic'} type
 * @param {import('./setting.mjs').Setting} setting
 */
async function consumeFrom(type, setting) {
  const count = Math.round(20_000 * setting.scale)
  const queue = `${setting.namespace}.consume-${type}`
  const producer = makeApp(setting, { queue, type }, [add])
  const fill = () =>
    producer.run(() =>
      add.delayMany(Array.from({ length: count }, () => /** @type {[number, number]} */ ([1, 2]))),
    )
  const connection = await connectRaw(setting.url)

  const figures = await interleave(
    setting.rounds,
    {
      raw: async () => (await fill(), consumeRaw(connection, queue, count)),
      worker: async () => (await fill(), consumeWithWorker(setting, { queue, type }, count)),
    },
    (line) => setting.say(`worker (${type}): ${line}`),
  )
  await connection.close()
  await producer.close()
  const [raw, ours] = [median(figures.raw), median(figures.worker)]
  return {
    queues: [queue],
    rows: [
      {
        name: `worker, no-op tasks (${type}, 100 in hand)`,
        ratio: ours / raw,
        limit: 0.9,
        better: 'higher',
        raw,
        ours,
        unit: '/s',
      },
    ],
  }
}

/**
 * @param {import('amqplib').ChannelModel} connection
 * @param {string} queue
 * @param {number} count
 */
async function consumeRaw(connection, queue, count) {
  const channel = await connection.createChannel()
  await channel.prefetch(IN_HAND)
  const startedAt = performance.now()
  let taken = 0
  let sum = 0
  await new Promise((resolve) => {
    void channel.consume(queue, (message) => {
      if (!message) return
      const [[a, b]] = JSON.parse(message.content.toString())
      sum += a + b
      channel.ack(message)
      if (++taken === count) resolve(undefined)
    })
  })
  const tookMs = performance.now() - startedAt
  // A quorum queue of 3.10 takes back the last few messages of a channel that closes right behind their single acks.
  await new Promise((resolve) => setTimeout(resolve, LAST_ACKS_MS))
  await channel.close()
  if (sum !== count * 3) throw new Error(`The raw consumer saw ${sum / 3} of ${count} messages.`)
  return (count / tookMs) * 1000
}

/**
 * @param {import('./setting.mjs').Setting} setting
 * @param {{ queue: string, type: 'quorum' | 'classic' }} target
 * @param {number} count
 */
async function consumeWithWorker(setting, target, count) {
  let ran = 0
  const app = makeApp(setting, target, [add])
  const worker = app.worker({ queues: [target.queue], concurrency: IN_HAND })
  await app.connect()
  const finished = new Promise((resolve) => {
    onRun = () => void (++ran === count && resolve(undefined))
  })
  const startedAt = performance.now()
  await worker.start()
  await finished
  const tookMs = performance.now() - startedAt
  await app.close()
  return (count / tookMs) * 1000
}
