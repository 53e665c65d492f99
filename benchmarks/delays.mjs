/** Delays: how fast calls go into the ladder, against entering it at its top as Celery does, and how late they come out. */
import { interleave, median, percentile } from './rounds.mjs'
import { add, connectRaw, makeApp, paced, perSecond, publishRaw, sampleMessage } from './setting.mjs'

const LEVELS = 28
const ROUND_LIMIT = 5
/** How many delayed calls are sent for the look at their accuracy. */
const PER_SECOND = 300

/** Enqueue with a countdown, against raw publishes with the same delays at level 27. @param {import('./setting.mjs').Setting} setting */
export async function delayedEnqueue(setting) {
  const count = Math.round(5_000 * setting.scale)
  const queue = `${setting.namespace}.delayed`
  const message = await sampleMessage(setting)
  const app = makeApp(setting, { queue, type: 'quorum' })
  // Makes the ladder, which both sides use.
  await app.run(() => add.applyAsync([1, 2], { countdown: '1h' }))
  const connection = await connectRaw(setting.url)
  const channel = await connection.createConfirmChannel()
  const top = `${setting.namespace}.delay.${LEVELS - 1}`
  const empty = async () => {
    for (let level = 0; level < LEVELS; level += 1)
      await channel.purgeQueue(`${setting.namespace}.delay.${level}`)
  }

  const figures = await interleave(
    Math.min(setting.rounds, ROUND_LIMIT),
    {
      raw: async () => {
        const delays = delaysInSeconds()
        // A tenth of the work: it is that slow.
        const figure = await perSecond(Math.ceil(count / 10), () =>
          publishRaw(channel, { exchange: top, key: keyOf(delays.next().value, queue) }, message),
        )
        await empty()
        return figure
      },
      ours: async () => {
        const delays = delaysInSeconds()
        const figure = await perSecond(count, () =>
          app.run(() => add.applyAsync([1, 2], { countdown: delays.next().value * 1000 })),
        )
        await empty()
        return figure
      },
    },
    (line) => setting.say(`delayed enqueue: ${line}`),
  )
  await connection.close()
  await app.close()
  const [raw, ours] = [median(figures.raw), median(figures.ours)]
  const row = { better: 'higher', ours, unit: '/s' }
  return {
    queues: [queue],
    rows: [
      {
        ...row,
        name: 'delayed enqueue, confirmed (quorum ladder)',
        ratio: undefined,
        limit: 5000,
        raw: undefined,
      },
      { ...row, name: 'delayed enqueue, to entering at level 27', ratio: ours / raw, limit: 8, raw },
    ],
  }
}

/** How late delays of 1 to 30 seconds are. @param {import('./setting.mjs').Setting} setting */
export async function delayAccuracy(setting) {
  const { task } = await import('taskalope')
  const count = Math.max(20, Math.round(3_000 * setting.scale))
  const longestMs = Math.max(2_000, 30_000 * setting.scale)
  const queue = `${setting.namespace}.accuracy`
  /** @type {number[]} */
  const lateMs = []
  const stamp = task({ name: 'bench.due', ignoreResult: true }, (/** @type {number} */ dueAt) => {
    lateMs.push(performance.now() - dueAt)
  })
  const app = makeApp(setting, { queue, type: 'quorum' }, [stamp])
  await app.worker({ queues: [queue], concurrency: 100 }).start()
  // Makes the ladder, which is done once for each connection.
  await app.run(() => stamp.applyAsync([performance.now()], { countdown: 1_000 }))
  while (lateMs.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  lateMs.length = 0
  setting.say(
    `delay accuracy: ${count} calls, ${PER_SECOND} a second, of up to ${Math.round(longestMs / 1000)} s`,
  )

  await paced(count, 1000 / PER_SECOND, (index) => {
    const countdown = 1_000 + Math.floor(((longestMs - 1_000) * ((index * 7919) % count)) / count)
    return app.run(() => stamp.applyAsync([performance.now() + countdown], { countdown }))
  })
  while (lateMs.length < count) await new Promise((resolve) => setTimeout(resolve, 20))
  await app.close()
  const row = { ratio: undefined, raw: undefined, unit: 'ms' }
  return {
    queues: [queue],
    rows: [
      {
        ...row,
        name: 'delays of 1-30 s at 300/s, earliest',
        better: 'higher',
        limit: 0,
        ours: Math.min(...lateMs),
      },
      {
        ...row,
        name: 'delays of 1-30 s at 300/s, p99 late',
        better: 'lower',
        limit: 1200,
        ours: percentile(lateMs, 99),
      },
    ],
  }
}

/** From a minute to a bit over an hour, spread evenly. @returns {Generator<number, never>} */
function* delaysInSeconds() {
  for (let index = 0; ; index += 1) yield 60 + ((index * 7919) % 4000)
}

/**
 * The routing key of the ladder: the seconds in 28 bits, then the queue.
 * @param {number} seconds
 * @param {string} queue
 */
function keyOf(seconds, queue) {
  return [...seconds.toString(2).padStart(LEVELS, '0'), queue].join('.')
}
