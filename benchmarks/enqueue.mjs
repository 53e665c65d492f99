/** Enqueue: `delay()` until confirmed, against raw publishes with confirms, both with 200 on their way. */
import { interleave, median } from './rounds.mjs'
import { add, connectRaw, makeApp, perSecond, publishRaw, sampleMessage } from './setting.mjs'

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
        const figure = await perSecond(count, () => publishRaw(channel, { key: queue }, message))
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
