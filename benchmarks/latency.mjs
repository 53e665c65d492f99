/** Latency from delay() to run() at 100 a second, against raw publish to raw consume. */
import { interleave, median, percentile } from './rounds.mjs'
import { connectRaw, makeApp, paced, sampleMessage } from './setting.mjs'

const EVERY_MS = 10

/** @param {import('./setting.mjs').Setting} setting */
export async function latency(setting) {
  const { task } = await import('taskalope')
  const count = Math.max(20, Math.round(300 * setting.scale))
  const queues = [`${setting.namespace}.latency-raw`, `${setting.namespace}.latency`]
  /** @type {number[]} */
  let arrived = []
  const stamp = task({ name: 'bench.stamp', ignoreResult: true }, (/** @type {number} */ sentAt) => {
    arrived.push(performance.now() - sentAt)
  })
  const app = makeApp(setting, { queue: queues[1] ?? '', type: 'quorum' }, [stamp])
  await app.worker({ queues: [queues[1] ?? ''], concurrency: 100 }).start()
  const raw = await rawRoad(setting, queues[0] ?? '', (sentAt) => arrived.push(performance.now() - sentAt))
  /** @type {Record<'raw' | 'ours', number[]>} */
  const p99 = { raw: [], ours: [] }
  const measure = async (/** @type {'raw' | 'ours'} */ side, /** @type {() => unknown} */ send) => {
    arrived = []
    await paced(count, EVERY_MS, send)
    while (arrived.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    p99[side].push(percentile(arrived, 99))
    return percentile(arrived, 50)
  }

  const figures = await interleave(
    setting.rounds,
    {
      raw: () => measure('raw', () => raw.send(performance.now())),
      ours: () => measure('ours', () => app.run(() => stamp.delay(performance.now()))),
    },
    (line) => setting.say(`latency: ${line}`),
  )
  await raw.close()
  await app.close()
  const rows = [
    {
      name: 'latency delay() to run(), p50 at 100/s',
      ratio: median(figures.ours) / median(figures.raw),
      limit: 1.5,
      better: 'lower',
      raw: median(figures.raw),
      ours: median(figures.ours),
      unit: 'ms',
    },
    {
      name: 'latency delay() to run(), p99 at 100/s',
      ratio: median(p99.ours) / median(p99.raw),
      limit: undefined,
      better: 'lower',
      raw: median(p99.raw),
      ours: median(p99.ours),
      unit: 'ms',
    },
  ]
  return { queues, rows }
}

/**
 * @param {import('./setting.mjs').Setting} setting
 * @param {string} queue
 * @param {(sentAt: number) => void} onArrival
 */
async function rawRoad(setting, queue, onArrival) {
  const { options } = await sampleMessage(setting)
  const [sending, receiving] = [await connectRaw(setting.url), await connectRaw(setting.url)]
  const publisher = await sending.createConfirmChannel()
  const consumer = await receiving.createChannel()
  await publisher.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await consumer.prefetch(100)
  await consumer.consume(queue, (message) => {
    if (!message) return
    onArrival(JSON.parse(message.content.toString())[0][0])
    consumer.ack(message)
  })
  return {
    send: (/** @type {number} */ sentAt) =>
      publisher.publish('', queue, Buffer.from(JSON.stringify([[sentAt], {}, {}])), options, () => {}),
    close: async () => {
      await sending.close()
      await receiving.close()
    },
  }
}
