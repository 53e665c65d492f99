/** Puts what became of the samples into a table that fits 80 columns. */
import Table from 'cli-table3'

/** @typedef {import('./send-samples.mjs').ImageOutcome} ImageOutcome */
/** @typedef {ImageOutcome & { problems: string[] }} CheckedOutcome */

/**
 * @param {readonly CheckedOutcome[]} outcomes
 * @returns {string}
 */
export function outcomeTable(outcomes) {
  const table = new Table({
    head: ['image', 'bytes\nbefore → after', 'size\nbefore → after', 'ms', 'outcome'],
    colAligns: ['left', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const outcome of outcomes) table.push(row(outcome))
  return table.toString()
}

/** @param {CheckedOutcome} outcome */
function row({ file, job, problems }) {
  const ms = job?.ms ?? '–'
  const result = job?.result
  if (!result) return [file, '–', '–', ms, problems.length > 0 ? UNEXPECTED : 'failed']
  const { original } = result
  return [
    file,
    `${bytes(original.bytes)} → ${bytes(result.bytes)}`,
    `${original.width}×${original.height} → ${result.width}×${result.height}`,
    ms,
    problems.length > 0 ? UNEXPECTED : `done (${result.format})`,
  ]
}

const UNEXPECTED = 'UNEXPECTED'

/** @param {number} count */
function bytes(count) {
  if (count < 1000) return `${count} B`
  return count < 999_950 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`
}
