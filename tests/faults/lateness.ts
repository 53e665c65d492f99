/** How late delayed calls were, and how long work lay ready while nothing ended. */
import type { Call, History, Outage } from './history.js'

/** Milliseconds after the moment a call was due. */
export interface Percentiles {
  readonly calls: number
  readonly least: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly most: number
}

/** How late, apart by what the broker went through meanwhile. */
export interface Lateness {
  /** Sent, waited and run while the broker was up. */
  readonly undisturbed: Percentiles | undefined
  /** Due while it was up, after waiting through a time when it was down: where they were to move on meanwhile, they stay longer by that time. */
  readonly disturbed: Percentiles | undefined
  /** Due while it was down, and counted from the moment it was up again. */
  readonly whileDown: Percentiles | undefined
  /** How long before or after its due time the earliest run began: negative would be too early. */
  readonly earliest: number
}

/** Undefined where no call was delayed. */
export function latenessOf({ calls, outages }: History): Lateness | undefined {
  const down = outages.filter(({ what }) => what === 'broker-kill')
  const delayed = [...calls.values()].filter(
    ({ submit, runs }) => submit?.due !== undefined && runs.length > 0,
  )
  if (delayed.length === 0) return undefined
  const outageOf = (call: Call) => outageAt(dueOf(call), down)
  return {
    undisturbed: percentiles(delayed.filter((call) => !met(call, down)).map(latenessOfCall)),
    disturbed: percentiles(delayed.filter((call) => met(call, down) && !outageOf(call)).map(latenessOfCall)),
    whileDown: percentiles(
      delayed.flatMap((call) => {
        const outage = outageOf(call)
        return outage ? firstStart(call) - outage.until : []
      }),
    ),
    earliest: delayed.reduce((least, call) => Math.min(least, latenessOfCall(call)), Infinity),
  }
}

/**
 * The longest time in which no attempt ended though a call was ready for its first one: sent, due, and never run to an end. Milliseconds.
 */
export function longestStall({ calls }: History): number {
  const steps: { readonly t: number; readonly ready: number; readonly isEnd: boolean }[] = []
  for (const call of calls.values()) {
    const ends = call.runs.flatMap(({ endedAt }) => endedAt ?? [])
    for (const t of ends) steps.push({ t, ready: 0, isEnd: true })
    if (!call.sent || ends.length === 0) continue
    const readyAt = Math.max(call.sent.t, call.submit?.due ?? 0)
    const doneAt = Math.max(readyAt, Math.min(...ends))
    steps.push({ t: readyAt, ready: 1, isEnd: false }, { t: doneAt, ready: -1, isEnd: false })
  }
  return longestGap(steps.toSorted((one, other) => one.t - other.t))
}

function longestGap(
  steps: readonly { readonly t: number; readonly ready: number; readonly isEnd: boolean }[],
): number {
  let [ready, since, longest] = [0, 0, 0]
  for (const step of steps) {
    if (ready > 0) longest = Math.max(longest, step.t - since)
    if (step.isEnd || ready === 0) since = step.t
    ready += step.ready
  }
  return longest
}

function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { calls: sorted.length, least: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) }
}

function outageAt(t: number, outages: readonly Outage[]): Outage | undefined {
  return outages.find((outage) => outage.t <= t && t <= outage.until)
}

function dueOf({ submit }: Call): number {
  return submit?.due ?? 0
}

function firstStart({ runs }: Call): number {
  return Math.min(...runs.map(({ startedAt }) => startedAt))
}

function latenessOfCall(call: Call): number {
  return firstStart(call) - dueOf(call)
}

/** Whether the broker was down at any time between its sending and its run. */
function met(call: Call, outages: readonly Outage[]): boolean {
  return outages.some(({ t, until }) => (call.submit?.t ?? 0) <= until && t <= firstStart(call))
}
