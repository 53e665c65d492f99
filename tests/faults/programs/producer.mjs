/** A sender process: sends the calls of a file at a given pace, and writes down what it was told of each. */
import { readFileSync } from 'node:fs'
import { Registry, Taskalope } from 'taskalope'
import { faulty } from './faulty-task.mjs'
import { logger, options, record } from './ledger-file.mjs'

/** @typedef {import('../plan.js').PlannedCall} PlannedCall */

const AT_ONCE = 200
const PACE_MS = 20

const { url, namespace, queue, perSecond = Infinity } = options
const registry = new Registry()
registry.add(faulty)
const app = new Taskalope({
  broker: url,
  namespace,
  registry,
  defaultQueue: queue,
  logger,
  results: false,
  publishTimeout: '90s',
})
/** @type {PlannedCall[]} */
const calls = JSON.parse(readFileSync(options.calls, 'utf8'))
const began = performance.now()
let sent = 0

await app.connect()
await (await app.broker()).declare(app.queue(queue))
await Promise.all(Array.from({ length: AT_ONCE }, sendInTurn))
await app.close()
process.exit(0)

async function sendInTurn() {
  for (;;) {
    const call = calls[sent++]
    if (!call) return
    while (((performance.now() - began) / 1000) * perSecond < sent - AT_ONCE) {
      await new Promise((resolve) => setTimeout(resolve, PACE_MS))
    }
    await sendOne(call)
  }
}

/** @param {PlannedCall} call */
async function sendOne({ id, delayMs, road, work }) {
  const { fails, retries } = work
  const due = delayMs === undefined ? undefined : Date.now() + delayMs
  record({ ev: 'submit', id, fails, retries, due, ...(road === 'eta' ? {} : { delayMs }) })
  try {
    if (road === 'eta') await sendWithEta(id, work, due ?? 0)
    else
      await app.run(() =>
        faulty.applyAsync([work], { taskId: id, ...(delayMs ? { countdown: delayMs } : {}) }),
      )
    record({ ev: 'accept', id })
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error)
    record({ ev: code === 'ERR_UNKNOWN_OUTCOME' ? 'unknown' : 'reject', id, code: code ?? String(error) })
  }
}

/**
 * As senders do that know no ladder: straight into the queue, with its time in a header.
 * @param {string} id
 * @param {PlannedCall['work']} work
 * @param {number} due
 */
async function sendWithEta(id, work, due) {
  const embed = { callbacks: null, errbacks: null, chain: null, chord: null }
  await (
    await app.broker()
  ).publish(
    { routingKey: queue },
    {
      body: Buffer.from(JSON.stringify([[work], {}, embed])),
      properties: { contentType: 'application/json', contentEncoding: 'utf-8', correlationId: id },
      headers: {
        lang: 'py',
        task: 'faults.call',
        id,
        root_id: id,
        retries: 0,
        eta: new Date(due).toISOString(),
        ignore_result: true,
      },
    },
  )
}
