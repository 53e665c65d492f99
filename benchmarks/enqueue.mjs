/** Enqueue: `delay()` until confirmed, against raw publishes with confirms, both with 200 on their way. */
import { interleave, median } from './rounds.mjs'
import { add, connectRaw, makeApp, sampleMessage } from './setting.mjs'

const WINDOW = 200

/** @param {import('./setting.mjs').Setting} setting */
export async function enqueue(setting) {
  const count = Math.round(20_000 * setting.scale)
  const queue = `${setting.namespace}.enqueue`
  const message = await sampleMessage(setting)
  const app = makeApp(setting, { queue, type: 'quorum' })
  await (await app.broker()).declare({ name: queue, type: 'quorum' })
  const connection = await connectRaw(setting.url)
  const channel = await connection.createConfirmChannel()

  const figures = await interleave(
    setting.rounds,
    {
      raw: async () => {
        const figure = await perSecond(count, () => publishRaw(channel, queue, message))
        await channel.purgeQueue(queue)
        return figure
      },
      delay: async () => {
        const figure = await perSecond(count, () => app.run(() => add.delay(1, 2)))
        await app.purge(queue)
        return figure
      },
    },
    (line) => setting.say(`enqueue: ${line}`),
  )
  await connection.close()
  await app.close()
  const [raw, ours] = [median(figures.raw), median(figures.delay)]
  return {
    queues: [queue],
    rows: [
      {
        name: 'enqueue, confirmed (quorum, 200 in flight)',
        ratio: ours / raw,
        limit: 0.85,
        better: 'higher',
        raw,
        ours,
        unit: '/s',
      },
    ],
  }
}

/**
 * @param {number} count
 * @param {() => Promise<unknown>} send
 */
async function perSecond(count, send) {
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
 * @param {string} queue
 * @param {{ content: Buffer, options: import('amqplib').Options.Publish }} message
 */
function publishRaw(channel, queue, { content, options }) {
  return new Promise((resolve, reject) =>
    channel.publish('', queue, content, options, (error) => (error ? reject(error) : resolve(undefined))),
  )
}
