/** Finds out why an attempt was run again: at-least-once has few reasons, and each leaves its traces in the ledger. */
import type { Call, Outage, Run } from './history.js'

/**
 * `flagged`: the broker says it hands it out again. `in hand`: it was being run, or just settled, when its worker or the broker was killed.
 * `sent again`: whoever sent it was waiting for the confirmation at a kill. `copied`: the attempt before was run twice, and each run sent
 * the next one. `hop`: it moved down the delay ladder, at least once, as the broker was killed. `put off`: it came before it was due, and a
 * worker was killed that may have been sending it back to wait.
 */
export type Explanation = 'flagged' | 'in hand' | 'sent again' | 'copied' | 'hop' | 'put off'

/** Acknowledgements and confirmations that are this old have reached the disk of the broker. */
const SETTLED_MS = 2_000

/** Why this run came after others of the same attempt; undefined where nothing explains it. */
export function explainDuplicate(call: Call, run: Run, outages: readonly Outage[]): Explanation | undefined {
  const before = call.runs.filter((other) => isSameAttempt(other, run) && other.startedAt <= run.startedAt)
  if (run.flagged) return 'flagged'
  if (before.some((other) => other !== run && wasInHand(other, outages))) return 'in hand'
  if (isCopied(call, run)) return 'copied'
  if (wasSentAgain(call, run, outages)) return 'sent again'
  if (wasPutOff(call, run, outages)) return 'put off'
  if (hopsOf(call, run).some((hop) => isHitBy(hop, outages))) return 'hop'
  return undefined
}

/** Whether two runs are of one attempt. */
export function isSameAttempt(
  one: Pick<Run, 'life' | 'attempt'>,
  other: Pick<Run, 'life' | 'attempt'>,
): boolean {
  return one.life === other.life && one.attempt === other.attempt
}

function wasInHand({ pid, startedAt, endedAt = Infinity }: Run, outages: readonly Outage[]): boolean {
  return outages.some(
    ({ what, t, pid: victim }) =>
      (what === 'broker-kill' || victim === pid) && startedAt <= t && t <= endedAt + SETTLED_MS,
  )
}

/** Whoever runs an attempt twice sends the next one twice, and what failed for good twice is twice there to be replayed. */
function isCopied({ runs }: Call, run: Run): boolean {
  const before =
    run.attempt > 1
      ? { life: run.life, attempt: run.attempt - 1 }
      : { life: run.life - 1, attempt: Math.max(...attemptsIn(run.life - 1, runs)) }
  return runs.filter((other) => isSameAttempt(other, before)).length > 1
}

function attemptsIn(life: number, runs: readonly Run[]): number[] {
  return runs.filter((run) => run.life === life).map(({ attempt }) => attempt)
}

/** Between the moment it was to be sent and its first run somebody was killed who may have had it on its way. */
function wasSentAgain(call: Call, run: Run, outages: readonly Outage[]): boolean {
  const sentAt = sendingOf(call, run)
  if (!sentAt) return false
  return outages.some(({ t, until }) => t <= sentAt.until && until >= sentAt.from)
}

/** A call with a time of its own that is in no ladder yet goes into it from the hands of a worker. */
function wasPutOff({ submit, runs }: Call, run: Run, outages: readonly Outage[]): boolean {
  const { t: sentAt = 0, due, delayMs } = submit ?? {}
  if (due === undefined || delayMs !== undefined || run.attempt !== 1) return false
  const [first] = runs
  return outages.some(({ t }) => sentAt <= t && t <= (first?.startedAt ?? 0))
}

function sendingOf(call: Call, run: Run): { readonly from: number; readonly until: number } | undefined {
  if (run.attempt === 1 && run.life === 0) {
    return call.submit && { from: call.submit.t, until: call.sent?.t ?? Infinity }
  }
  const parents = call.runs.filter(
    ({ life, attempt }) =>
      (life === run.life && attempt === run.attempt - 1) || (run.attempt === 1 && life === run.life - 1),
  )
  const ends = parents.map(({ endedAt = Infinity }) => endedAt)
  return parents.length === 0 ? undefined : { from: Math.min(...ends), until: run.startedAt }
}

/** When a delayed call goes from one level of the ladder to the next: after 2^level seconds for each bit that is set, from the top. */
function hopsOf({ submit }: Call, run: Run): number[] {
  if (submit?.delayMs === undefined || run.attempt !== 1 || run.life !== 0) return []
  const seconds = Math.ceil(submit.delayMs / 1000)
  const hops: number[] = []
  let at = submit.t
  for (let level = 27; level >= 0; level--) {
    const wait = 2 ** level
    if (Math.floor(seconds / wait) % 2 === 1) hops.push((at += wait * 1000))
  }
  return hops
}

function isHitBy(hop: number, outages: readonly Outage[]): boolean {
  return outages.some(
    ({ what, t, until }) =>
      what === 'broker-kill' && t >= hop - SETTLED_MS && t <= hop + SETTLED_MS && until >= hop,
  )
}
