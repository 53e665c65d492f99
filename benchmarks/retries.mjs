/** Retries: a task that fails once and then succeeds, against the same handoff (publish, confirm, acknowledge) in raw amqplib. */
import { interleave, median } from './rounds.mjs'
import { connectRaw, makeApp, publishRaw, sampleMessage } from './setting.mjs'

const IN_FLIGHT = 200

/** @param {import('./setting.mjs').Setting} setting */
export async function retryCycle(setting) {
  const { createRetry, currentTask, task } = await import('taskalope')
  const count = Math.round(10_000 * setting.scale)
  const queues = [`${setting.namespace}.retry-raw`, `${setting.namespace}.retry`]
  const again = createRetry({ key: 'bench', max: 1, delay: 0 })
  const done = counter()
  const flaky = again(
    task({ name: 'bench.flaky', ignoreResult: true }, () => {
      if (currentTask()?.attempt === 1) throw new Error('the first time')
      done.count()
    }),
  )
  const app = makeApp(setting, { queue: queues[1] ?? '', type: 'quorum' }, [flaky])
  const worker = app.worker({ queues: [queues[1] ?? ''], concurrency: IN_FLIGHT })
  await worker.start()
  const raw = await rawRoad(setting, queues[0] ?? '')

  const figures = await interleave(
    setting.rounds,
    {
      raw: () => raw.run(count),
      ours: async () => {
        const startedAt = performance.now()
        const all = done.until(count)
        let left = count
        const lane = async () => {
          while (left-- > 0) await app.run(() => flaky.delay())
        }
        await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
        await all
        return (count / (performance.now() - startedAt)) * 1000
      },
    },
    (line) => setting.say(`retry cycle: ${line}`),
  )
  await raw.close()
  await app.close()
  const row = { name: 'retry cycle: fails, is sent again, succeeds (calls)', better: 'higher', unit: '/s' }
  const [rawFigure, ours] = [median(figures.raw), median(figures.ours)]
  return { queues, rows: [{ ...row, limit: undefined, ratio: ours / rawFigure, raw: rawFigure, ours }] }
}

/**
 * Publishes, consumes, publishes again with a count in a header, confirms, acknowledges, and consumes that.
 * @param {import('./setting.mjs').Setting} setting
 * @param {string} queue
 */
async function rawRoad(setting, queue) {
  const message = await sampleMessage(setting)
  const second = {
    ...message,
    options: {
      ...message.options,
      headers: { ...message.options.headers, retries: { '!': 'int', value: 1 } },
    },
  }
  const [sending, receiving] = [await connectRaw(setting.url), await connectRaw(setting.url)]
  const publisher = await sending.createConfirmChannel()
  const consumer = await receiving.createChannel()
  await publisher.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await consumer.prefetch(IN_FLIGHT)
  const done = counter()
  const onMessage = async (/** @type {import('amqplib').ConsumeMessage} */ arrived) => {
    JSON.parse(arrived.content.toString())
    if (arrived.properties.headers?.['retries'] === 1) done.count()
    else await publishRaw(publisher, { key: queue }, second)
    consumer.ack(arrived)
  }
  await consumer.consume(queue, (arrived) => void (arrived && onMessage(arrived)))
  return {
    run: async (/** @type {number} */ count) => {
      const startedAt = performance.now()
      const all = done.until(count)
      let left = count
      const lane = async () => {
        while (left-- > 0) await publishRaw(publisher, { key: queue }, message)
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
      await all
      return (count / (performance.now() - startedAt)) * 1000
    },
    close: async () => {
      // A second message may be done before the broker has confirmed it.
      await publisher.waitForConfirms()
      await sending.close()
      await receiving.close()
    },
  }
}

/** Counts, and says when a number is reached. */
function counter() {
  let seen = 0
  let wanted = Infinity
  /** @type {() => void} */
  let reached = () => {}
  return {
    count: () => {
      seen += 1
      if (seen === wanted) reached()
    },
    until: (/** @type {number} */ count) =>
      new Promise((resolve) => {
        seen = 0
        wanted = count
        reached = () => resolve(undefined)
      }),
  }
}
