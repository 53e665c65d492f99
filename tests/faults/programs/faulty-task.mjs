/** The task of all fault tests: writes down that it runs, and fails as often as its argument says. */
import * as taskalope from 'taskalope'
import { options, record } from './ledger-file.mjs'

/**
 * @typedef {object} Work
 * @property {number} [fails] how many attempts fail before one succeeds
 * @property {number} [retries] how many retries are allowed
 * @property {number} [retryMs] how long to wait before each
 * @property {number} [workMs] how long an attempt takes
 * @property {boolean} [stubborn] fails in every attempt, in a worker that is told so
 */

export const faulty = taskalope.retry({
  key: 'faults',
  max: ({ args }) => /** @type {Work} */ (args[0]).retries ?? 0,
  delay: ({ args }) => /** @type {Work} */ (args[0]).retryMs ?? 0,
})(taskalope.task({ name: 'faults.call', ignoreResult: true }, run))

/** @param {Work} work */
async function run(work) {
  const { id, attempt, redelivered, deliveryCount } = taskalope.currentTask() ?? missing()
  const facts = { id, attempt, life: options.life ?? 0, pid: process.pid }
  record({ ev: 'start', ...facts, redelivered, deliveryCount })
  if (work.workMs) await new Promise((resolve) => setTimeout(resolve, work.workMs))
  const ok = succeeds(work, attempt)
  record({ ev: 'end', ...facts, ok, last: ok || attempt > (work.retries ?? 0) })
  if (!ok) throw new Error('Planned.')
}

/**
 * @param {Work} work
 * @param {number} attempt
 */
function succeeds({ fails = 0, stubborn = false }, attempt) {
  if (options.failing === 'all' || (options.failing === 'stubborn' && stubborn)) return false
  return attempt > fails
}

/** @returns {never} */
function missing() {
  throw new Error('There is no current task.')
}
