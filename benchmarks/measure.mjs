/** Runs the measurements asked for, one after the other, and cleans up after them. */
import { consume } from './consume.mjs'
import { delayAccuracy, delayedEnqueue } from './delays.mjs'
import { enqueue } from './enqueue.mjs'
import { latency } from './latency.mjs'
import { coldImport, memory } from './memory.mjs'
import { retryCycle } from './retries.mjs'
import { newNamespace, removeAll } from './setting.mjs'
import { waiting } from './waiting.mjs'

const MEASUREMENTS = {
  enqueue,
  consume,
  latency,
  memory,
  import: coldImport,
  delayed: delayedEnqueue,
  retry: retryCycle,
  waiting,
  accuracy: delayAccuracy,
}

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number | undefined} ratio ours to raw
 * @property {number | undefined} limit of the ratio, or of the figure where there is no raw side
 * @property {string} better higher or lower
 * @property {number | undefined} raw
 * @property {number} ours
 * @property {string} unit
 */

/**
 * @param {Omit<import('./setting.mjs').Setting, 'namespace'>} given
 * @param {readonly string[]} only
 */
export async function measure(given, only) {
  const setting = { ...given, namespace: newNamespace() }
  /** @type {Row[]} */
  const rows = []
  /** @type {string[]} */
  const queues = []
  try {
    for (const name of only) {
      const measured = await MEASUREMENTS[/** @type {keyof typeof MEASUREMENTS} */ (name)](setting)
      rows.push(...measured.rows)
      queues.push(...measured.queues)
    }
  } finally {
    await removeAll(setting, queues)
  }
  return rows.map((row) => ({ ...row, kept: isKept(row) }))
}

/** @param {Row} row */
function isKept({ limit, ratio, ours, better }) {
  if (limit === undefined) return true
  const figure = ratio ?? ours
  return better === 'higher' ? figure >= limit : figure <= limit
}
