/** A verdict in words and figures, for people. */
import Table from 'cli-table3'
import type { Verdict } from './checker.js'
import type { HandoffSight } from './handoff.js'
import type { Lateness, Percentiles } from './lateness.js'

const SHOWN = 10
const DEAD_LETTER_RETRY_MS = 120_000
const MEGABYTE = 1024 * 1024

/** The ledger's sums, one to a line. */
export function verdictLines({ counts, lost, lateness, stallMs, memory, ...verdict }: Verdict): string[] {
  const { submitted, accepted, rejected, unknown, recovered, starts, ends, dead, cut, overlaps } = counts
  const downs = verdict.downMs.map((ms) => `${(ms / 1000).toFixed(1)} s`)
  const faults = Object.entries(counts.faults).map(([what, times]) => `${times} × ${what}`)
  return [
    `calls       ${submitted} sent: ${accepted} accepted, ${rejected} refused, ${unknown} unknown (${recovered} of them ran)`,
    `runs        ${starts} begun, ${ends} ended, ${cut} cut short by a kill, ${overlaps} at the same time as another of their call`,
    `lost        ${lost.length}`,
    `dead        ${dead} calls among the dead letters`,
    ...duplicateLines(verdict.duplicates),
    `faults      ${faults.join(', ') || 'none'}${downs.length > 0 ? ` (the broker was down for ${downs.join(' and ')})` : ''}`,
    ...(lateness
      ? [
          `earliest    ${lateness.earliest} ms after it was due`,
          `late        ${percentileText(lateness.undisturbed)}; the broker was up all the time`,
          `            ${percentileText(lateness.disturbed)}; it was down while they waited`,
          `            ${percentileText(lateness.whileDown)}; due while it was down, counted from its return`,
          ...excuseOf(lateness),
        ]
      : []),
    `stall       ${stallMs} ms at most without an end while a call was ready`,
    ...(memory
      ? [
          `memory      ${megabytes(memory.first)} MB at first, ${megabytes(memory.last)} MB at last (resident, the worker that grew most)`,
        ]
      : []),
  ]
}

/** What each step of the handoff may cost, and cost. */
export function handoffTable(sights: readonly HandoffSight[]): string {
  const table = new Table({
    head: ['killed at', 'may cost', 'crashes', 'lost', '1st again', '2nd again', 'dead again', ''],
    style: { head: [], border: [], compact: true },
  })
  for (const { point, allowed, crashes, firstAgain, secondAgain, deadAgain, verdict } of sights) {
    table.push([
      point,
      allowed,
      crashes,
      verdict.lost.length,
      firstAgain,
      secondAgain,
      deadAgain,
      verdict.result,
    ])
  }
  return table.toString()
}

/** What is that late was held up by RabbitMQ: see the limit in delays.ts. */
function excuseOf({ undisturbed, disturbed, whileDown }: Lateness): string[] {
  const most = Math.max(...[undisturbed, disturbed, whileDown].map((group) => group?.most ?? 0))
  if (most < DEAD_LETTER_RETRY_MS) return []
  return [
    '            (right after its restart RabbitMQ found no way for a delay queue; it tries again after three minutes)',
  ]
}

function duplicateLines(duplicates: Verdict['duplicates']): string[] {
  const reasons = new Map<string, number>()
  for (const { explanations } of duplicates) {
    for (const reason of explanations) {
      reasons.set(reason ?? 'UNEXPLAINED', (reasons.get(reason ?? 'UNEXPLAINED') ?? 0) + 1)
    }
  }
  const sums = [...reasons].map(([reason, count]) => `${count} ${reason}`)
  const first = duplicates.slice(0, SHOWN).map(nameOf)
  return [
    `duplicates  ${duplicates.length} attempts ended more than once${sums.length > 0 ? `: ${sums.join(', ')}` : ''}`,
    ...(first.length > 0 ? [`            ${first.join('; ')}${duplicates.length > SHOWN ? '; …' : ''}`] : []),
  ]
}

function nameOf({ id, attempt, life, ends }: Verdict['duplicates'][number]): string {
  return `${id} attempt ${attempt}${life > 0 ? ` of replay ${life}` : ''} × ${ends}`
}

function percentileText(lateness: Percentiles | undefined): string {
  if (!lateness) return 'no calls'
  const { calls, p50, p90, p99, most } = lateness
  return `${calls} calls: p50 ${p50}, p90 ${p90}, p99 ${p99}, most ${most} ms`
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(0)
}
