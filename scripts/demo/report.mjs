/** Tells how the demo went: a table and a few sentences for people, or JSON for programs. */
import { RETRY_DELAY } from './start-parts.mjs'
import { outcomeTable } from './table.mjs'

/** @typedef {import('./table.mjs').CheckedOutcome} CheckedOutcome */

/**
 * @param {readonly CheckedOutcome[]} outcomes
 * @param {{ thumbnails: string, brokerUrl: string | undefined, isJson: boolean }} circumstances
 * @returns {boolean} whether everything came out as expected
 */
export function report(outcomes, { thumbnails, brokerUrl, isJson }) {
  const ok = outcomes.every(({ problems }) => problems.length === 0)
  if (isJson) {
    const mode = brokerUrl === undefined ? 'embedded' : 'rabbitmq'
    console.log(JSON.stringify({ ok, mode, thumbnails, images: outcomes }, undefined, 2))
    return ok
  }
  console.log(outcomeTable(outcomes))
  console.log(
    [
      '',
      ...timing(outcomes),
      ...retries(outcomes),
      ...notifications(outcomes),
      ...deadLetters(outcomes, brokerUrl),
      `Thumbnails: ${thumbnails}`,
      ...verdict(outcomes),
    ].join('\n'),
  )
  return ok
}

/** @param {readonly CheckedOutcome[]} outcomes */
function timing(outcomes) {
  const answers = outcomes.flatMap(({ answeredMs }) => answeredMs ?? [])
  const work = outcomes.flatMap(({ job }) => job?.ms ?? [])
  if (answers.length === 0) return []
  return [
    `The web handler answered within ${Math.ceil(Math.max(...answers))} ms; the longest work took ${Math.max(...work)} ms.`,
  ]
}

/** @param {readonly CheckedOutcome[]} outcomes */
function retries(outcomes) {
  const count = outcomes.reduce((sum, { job }) => sum + (job?.retries.length ?? 0), 0)
  if (count === 0) return []
  return [
    `The upload server had its troubles: ${count} retries, each after ${RETRY_DELAY} or what Retry-After said. The demo says ${RETRY_DELAY}; the service by itself says 20m.`,
  ]
}

/** @param {readonly CheckedOutcome[]} outcomes */
function notifications(outcomes) {
  return outcomes.flatMap(({ job }) => (job?.notification ? [`The user was told: ${job.notification}`] : []))
}

/**
 * @param {readonly CheckedOutcome[]} outcomes
 * @param {string | undefined} brokerUrl
 */
function deadLetters(outcomes, brokerUrl) {
  if (brokerUrl === undefined || !outcomes.some(({ job }) => job?.failure)) return []
  return [
    'The failed calls are kept on the broker, with the reasons, in the queue taskalope.dead: see npx taskalope dlq list.',
  ]
}

/** @param {readonly CheckedOutcome[]} outcomes */
function verdict(outcomes) {
  const wrong = outcomes.filter(({ problems }) => problems.length > 0)
  if (wrong.length === 0) {
    const failed = outcomes.filter(({ job }) => job?.state === 'FAILURE').map(({ file }) => file)
    return [
      `All ${outcomes.length} images came out as expected; ${failed.join(' and ')} had to fail and did.`,
    ]
  }
  return [
    `NOT as expected, ${wrong.length} of ${outcomes.length} images:`,
    ...wrong.flatMap(({ file, problems }) => problems.map((problem) => `  ${file}: ${problem}`)),
  ]
}
