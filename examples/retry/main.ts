/** Asks a third party that has troubles of every kind, and prints what became of each call, run by run. */
import { configure, defaultApp, silentLogger, Worker } from 'taskalope'
import { FetchPrice } from './tasks.js'
import { timelineOf } from './timeline.js'
import { startUpstream } from './upstream.js'

const SEED = 3

const CALLS = {
  '/missing': 'No policy is for 404',
  '/down': 'It is down, and stays so: the budget of "http" is used up',
  '/moody': 'It has another trouble each time: maxRuns ends that',
  '/shaky': 'It has every trouble once: each is counted under its own policy',
}

// A worker has one log line for each of these runs; here the timeline says the same.
configure({ logger: silentLogger })
const upstream = await startUpstream(SEED)
if (process.env['TASKALOPE_BROKER_URL']) await new Worker({ queues: ['examples.retry'] }).start()

const calls = await FetchPrice.delayMany(Object.keys(CALLS).map((path) => [upstream.url + path]))
const timelines = []
for (const [number, [path, about]] of Object.entries(CALLS).entries()) {
  const call = calls[number]
  if (!call) throw new Error(`${path} was not sent`)
  // Failing is what three of them are here for.
  await call.get({ timeout: '30s' }).catch(() => {})
  const timeline = timelineOf(call.id)
  timelines.push(timeline)
  console.log(`${path}: ${about}\n${timeline.lines.join('\n')}`)
}

const retries = timelines.reduce((sum, timeline) => sum + timeline.retries, 0)
const untimely = timelines.flatMap((timeline) => timeline.untimely)
console.log(`${retries} retries, each ${untimely.length === 0 ? 'in its time' : untimely.join(', ')}`)

upstream.close()
await defaultApp().close()
