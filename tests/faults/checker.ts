/** Judges a ledger: what was accepted is done, nothing runs too early or too often, and whatever ran twice can be explained. */
import type { FaultKind, LedgerEvent } from './events.js'
import { explainDuplicate, isSameAttempt, type Explanation } from './explain-duplicate.js'
import { historyOf, type Call, type History, type Run } from './history.js'
import { latenessOf, longestStall, type Lateness } from './lateness.js'

/** What the test set out to do; less than that proves nothing. */
export interface Plan {
  readonly calls: number
  /** How often each fault was to be made. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  /** How many times an attempt may be run again, over all calls: what the victims had in hand, and what was on its way. Default no limit. */
  readonly maxDuplicates?: number
  /** Which calls end among the dead letters; default those that are allowed fewer retries than they fail. */
  readonly endsDead?: (call: Call) => boolean
  /** How often a call is begun with fresh budgets, and so how often it has its attempts. Default 1. */
  readonly lives?: (call: Call) => number
  /** How often what ends among the dead letters was replayed at least. Default 0. */
  readonly replays?: number
}

/** An attempt that was finished more than once. */
export interface Duplicate {
  readonly id: string
  readonly attempt: number
  readonly life: number
  readonly ends: number
  /** Why each run after the first took place; undefined where nothing explains it. */
  readonly explanations: readonly (Explanation | undefined)[]
}

/** What a ledger comes to. */
export interface Verdict {
  readonly result: 'passed' | 'failed' | 'invalid'
  /** Sentences; empty when it passed. */
  readonly failures: readonly string[]
  /** Why it proves nothing; empty unless it is invalid. */
  readonly invalid: readonly string[]
  readonly counts: Counts
  readonly lost: readonly string[]
  readonly duplicates: readonly Duplicate[]
  readonly lateness: Lateness | undefined
  readonly stallMs: number
  /** How long the broker was down, each time; milliseconds. */
  readonly downMs: readonly number[]
  /** Bytes, of the worker whose memory grew most. */
  readonly memory: { readonly first: number; readonly last: number } | undefined
}

/** How much of what. */
export interface Counts {
  readonly submitted: number
  readonly accepted: number
  readonly rejected: number
  readonly unknown: number
  /** Ran, though nobody could say whether they were sent. */
  readonly recovered: number
  readonly starts: number
  readonly ends: number
  readonly dead: number
  /** Runs that their worker's death cut short. */
  readonly cut: number
  /** Two runs of one call at the same time. */
  readonly overlaps: number
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
}

const ENOUGH_SUBMITS = 0.95

/** Judges; pure. */
export function check(events: readonly LedgerEvent[], plan: Plan): Verdict {
  const history = historyOf(events)
  const calls = [...history.calls.values()]
  const counts = count(history)
  const lost = calls.filter((call) => isAccepted(call) && !isDone(call, plan)).map(({ id }) => id)
  const duplicates = calls.flatMap((call) => duplicatesOf(call, history))
  const failures = [
    ...told(lost, 'accepted and never done: lost'),
    ...findings(history, calls, plan),
    ...aboutDuplicates(duplicates, counts, plan),
  ]
  const invalid = vacuities(history, counts, plan)
  return {
    result: failures.length > 0 ? 'failed' : invalid.length > 0 ? 'invalid' : 'passed',
    ...{ failures, invalid, counts, lost, duplicates },
    lateness: latenessOf(history),
    stallMs: longestStall(history),
    downMs: history.outages.filter(({ what }) => what === 'broker-kill').map(({ t, until }) => until - t),
    memory: mostGrown(history),
  }
}

function count({ calls, outages }: History): Counts {
  const all = [...calls.values()]
  const sent = (ev: string) => all.filter((call) => call.sent?.ev === ev)
  const runs = all.flatMap((call) => call.runs)
  const faults: Partial<Record<FaultKind, number>> = {}
  for (const { what } of outages) faults[what] = (faults[what] ?? 0) + 1
  return {
    submitted: all.filter(({ submit }) => submit).length,
    accepted: sent('accept').length,
    rejected: sent('reject').length,
    unknown: sent('unknown').length,
    recovered: sent('unknown').filter((call) => call.runs.length > 0).length,
    starts: runs.length,
    ends: runs.filter(({ endedAt }) => endedAt !== undefined).length,
    dead: all.filter(({ dead }) => dead.length > 0).length,
    cut: runs.filter(({ endedAt }) => endedAt === undefined).length,
    overlaps: all.map(overlapsOf).reduce((sum, each) => sum + each, 0),
    faults,
  }
}

function isAccepted(call: Call): boolean {
  return call.sent?.ev === 'accept'
}

function isDone(call: Call, plan: Plan): boolean {
  const { replays: least = 0 } = plan
  if (endsDead(call, plan)) return call.dead.some((replays) => replays >= least)
  return call.runs.some(({ ok }) => ok)
}

function endsDead(call: Call, { endsDead }: Plan): boolean {
  return endsDead ? endsDead(call) : (call.submit?.fails ?? 0) > (call.submit?.retries ?? 0)
}

/** How many attempts there are to be, of each life. */
function attemptsOf({ submit }: Call): number {
  return Math.min(submit?.fails ?? 0, submit?.retries ?? 0) + 1
}

/** The hard rules besides that of loss. */
function findings({ outages, strays }: History, calls: readonly Call[], plan: Plan): string[] {
  const ids = (isSo: (call: Call) => boolean) => calls.filter(isSo).map(({ id }) => id)
  const victims = new Set(outages.map(({ pid }) => pid))
  const isCut = (run: Run) => run.endedAt === undefined && !victims.has(run.pid)
  return [
    ...told(
      ids(({ submit, runs, dead }) => !submit && runs.length + dead.length > 0),
      'never sent, and ran',
    ),
    ...told(
      ids(({ submit, sent }) => submit !== undefined && !sent),
      'sent without any outcome',
    ),
    ...told(
      ids(({ sent, runs }) => sent?.ev === 'reject' && runs.length > 0),
      'refused, and ran all the same',
    ),
    ...told(
      ids((call) => call.runs.length > 0 && isDone(call, plan) && hasGap(call, plan)),
      'with attempts missing',
    ),
    ...told(
      ids((call) => call.runs.some(({ attempt }) => attempt > attemptsOf(call))),
      'with more attempts than allowed',
    ),
    ...told(ids(ranEarly), 'run before they were due'),
    ...told(
      ids(({ runs }) => runs.some(isCut)),
      'whose task never ended, though nobody killed its worker',
    ),
    ...told(
      ids((call) => call.dead.length > 0 && !endsDead(call, plan)),
      'among the dead letters that should not be',
    ),
    ...told(strays, 'that ended without having begun'),
  ]
}

/** Attempts are 1, 2, 3 … up to the last, in each life. */
function hasGap(call: Call, { lives = () => 1 }: Plan): boolean {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
  return numbers(lives(call)).some((life) =>
    numbers(attemptsOf(call)).some(
      (index) => !call.runs.some((run) => isSameAttempt(run, { life, attempt: index + 1 })),
    ),
  )
}

function ranEarly({ submit, runs }: Call): boolean {
  return submit?.due !== undefined && runs.some(({ startedAt }) => startedAt < (submit.due ?? 0))
}

function duplicatesOf(call: Call, { outages }: History): Duplicate[] {
  const firsts = call.runs.filter((run) => call.runs.find((other) => isSameAttempt(run, other)) === run)
  return firsts.flatMap(({ life, attempt }) => {
    const runs = call.runs.filter((run) => isSameAttempt(run, { life, attempt }))
    const ends = runs.filter(({ endedAt }) => endedAt !== undefined).length
    if (ends < 2) return []
    const explanations = runs.slice(1).map((run) => explainDuplicate(call, run, outages))
    return [{ id: call.id, attempt, life, ends, explanations }]
  })
}

function aboutDuplicates(duplicates: readonly Duplicate[], { starts }: Counts, plan: Plan): string[] {
  const unexplained = duplicates.filter(({ explanations }) => explanations.includes(undefined))
  const extra = duplicates.reduce((sum, { ends }) => sum + ends - 1, 0)
  const { maxDuplicates = Infinity } = plan
  return [
    ...told(
      unexplained.map(({ id }) => id),
      'run twice, and nothing explains it',
    ),
    ...(extra > maxDuplicates
      ? [`${extra} of ${starts} runs were repetitions; at most ${maxDuplicates} are possible.`]
      : []),
  ]
}

function overlapsOf({ runs }: Call): number {
  return runs
    .slice(1)
    .filter((run, index) => runs.slice(0, index + 1).some(({ endedAt }) => (endedAt ?? 0) > run.startedAt))
    .length
}

/** What keeps the run from proving anything. */
function vacuities({ outages, disconnects, calls }: History, counts: Counts, plan: Plan): string[] {
  const planned = Object.entries(plan.faults) as [FaultKind, number][]
  const unnoticed = outages.filter(
    ({ what, t }) => what === 'broker-kill' && !disconnects.some((at) => at >= t),
  )
  const starts = [...calls.values()].flatMap(({ runs }) => runs)
  const harmless =
    planned.some(([what]) => what === 'worker-kill') && !starts.some(({ endedAt }) => endedAt === undefined)
  return [
    ...(counts.submitted < plan.calls * ENOUGH_SUBMITS
      ? [`Only ${counts.submitted} of ${plan.calls} calls were sent.`]
      : []),
    ...planned
      .filter(([what, times]) => (counts.faults[what] ?? 0) < times)
      .map(([what, times]) => `Of ${times} faults "${what}" only ${counts.faults[what] ?? 0} took place.`),
    ...unnoticed.map(() => 'The broker was killed and no process lost a connection.'),
    ...outages.filter(({ until }) => until === Infinity).map(() => 'The broker did not come back.'),
    ...(harmless ? ['No worker was killed while a task ran.'] : []),
  ]
}

function mostGrown({ memory }: History): Verdict['memory'] {
  return [...memory.values()].toSorted((one, other) => other.last - other.first - one.last + one.first)[0]
}

/** A sentence about the calls of a finding, if there are any. */
function told(ids: readonly string[], what: string): string[] {
  if (ids.length === 0) return []
  const shown = ids.slice(0, 10).join(', ')
  return [`${ids.length} calls ${what}: ${shown}${ids.length > 10 ? ' …' : ''}`]
}
