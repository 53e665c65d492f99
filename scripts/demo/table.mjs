/** Puts what became of the samples into a table that fits 80 columns. */
import Table from 'cli-table3'

/** @typedef {import('./send-samples.mjs').ImageOutcome} ImageOutcome */
/** @typedef {import('./send-samples.mjs').Job} Job */
/** @typedef {ImageOutcome & { problems: string[] }} CheckedOutcome */

/**
 * @param {readonly CheckedOutcome[]} outcomes
 * @returns {string}
 */
export function outcomeTable(outcomes) {
  const table = new Table({
    head: ['image', 'kB', 'size', 'ms', 'runs', 'result'],
    colAligns: ['left', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const outcome of outcomes) table.push(row(outcome))
  return table.toString()
}

/** @param {CheckedOutcome} outcome */
function row({ file, job, problems }) {
  const ms = job?.ms ?? '–'
  const result = job?.result
  const word = problems.length > 0 ? UNEXPECTED : result ? 'done' : 'failed'
  if (!result) return [file, '–', '–', ms, runs(job), word]
  const { original } = result
  return [
    file,
    `${kilobytes(original.bytes)} → ${kilobytes(result.bytes)}`,
    `${original.width}×${original.height} → ${result.width}×${result.height}`,
    ms,
    runs(job),
    word,
  ]
}

const UNEXPECTED = 'UNEXPECTED'

/**
 * How often it ran, and in a second line what it was tried again for.
 * @param {Job | undefined} job
 */
function runs(job) {
  if (!job) return '–'
  const count = job.attempts === 1 ? '1 run' : `${job.attempts} runs`
  const reasons = job.retries.map(({ reason }) => reason)
  if (reasons.length === 0) return count
  const isSame = reasons.length > 1 && new Set(reasons).size === 1
  return `${count}\n(${isSame ? `${reasons.length} × ${reasons[0]}` : reasons.join(', ')})`
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return (bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)
}
