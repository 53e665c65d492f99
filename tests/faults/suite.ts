/** The suites of `npm run faults`: which checks there are, how much each does by itself, and how one is run and judged. */
import { existsSync } from 'node:fs'
import type { ThrowawayBroker } from '../../scripts/throwaway-broker.mjs'
import { chaos } from './chaos.js'
import type { Verdict } from './checker.js'
import { delays } from './delays.js'
import { handoff, HANDOFF_POINTS, type HandoffSight } from './handoff.js'
import { chanceOf } from './plan.js'
import { replay } from './replay.js'
import { handoffTable, verdictLines } from './report.js'
import { Stage, type StageOptions } from './stage.js'

/** A check of a suite. */
export interface Check {
  readonly name: string
  /** For people, one line. */
  readonly title: string
  /** How many calls it makes unless it is told otherwise. */
  readonly calls: number
}

/** How a check ended. */
export interface CheckReport {
  readonly name: string
  readonly calls: number
  readonly seconds: number
  readonly result: Verdict['result']
  readonly failures: readonly string[]
  readonly invalid: readonly string[]
  /** The ledger's sums, for people. */
  readonly lines: readonly string[]
  /** Where the ledgers are kept: those of checks that did not pass. */
  readonly ledgers: readonly string[]
  readonly details: readonly unknown[]
}

/** What a check is run with. */
export interface RunOptions {
  readonly node: ThrowawayBroker
  readonly seed: number
  readonly calls: number
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** What a check comes to. */
type Performance = Pick<CheckReport, 'failures' | 'invalid' | 'lines' | 'details'>

interface RunnableCheck extends Check {
  run(options: RunOptions, newStage: (name: string) => Promise<Stage>): Promise<Performance>
}

const HANDOFFS_AT_ONCE = 2

const RETRY: readonly RunnableCheck[] = [
  {
    name: 'delays',
    title: 'calls wait 1–31 s in the broker, which is killed twice meanwhile: all run, none too early',
    calls: 10_000,
    async run({ calls, seed }, newStage) {
      const stage = await newStage('delays')
      const chance = chanceOf(seed)
      return judged(await delays(stage, { calls, kills: 2, longestMs: 31_000, sendingSeconds: 6, chance }))
    },
  },
  {
    name: 'handoff',
    title:
      'a worker kills itself at each step of retrying, postponing and parking: that costs what the table says',
    calls: 10,
    run: runHandoff,
  },
  {
    name: 'chaos',
    title:
      'tasks fail 0–5 times and then succeed, while their workers are killed at random: every attempt, no loss',
    calls: 2_000,
    async run({ calls, seed }, newStage) {
      const stage = await newStage('chaos')
      return judged(await chaos(stage, { calls, kills: 12, chance: chanceOf(seed) }))
    },
  },
  {
    name: 'replay',
    title:
      '`taskalope dlq retry` is killed, and the broker under it: each dead letter comes back, and is counted',
    calls: 3_000,
    async run({ calls, seed }, newStage) {
      const stage = await newStage('replay')
      return judged(await replay(stage, { calls, killBroker: true, chance: chanceOf(seed) }))
    },
  },
]

const SUITES: Readonly<Record<string, readonly RunnableCheck[]>> = { retry: RETRY }

/** The names of the suites. */
export function suiteNames(): string[] {
  return Object.keys(SUITES)
}

/** The checks of a suite, in their order; empty where there is no such suite. */
export function checksOf(suite: string): readonly Check[] {
  return SUITES[suite] ?? []
}

/** Runs one; what it started has ended when it resolves, or rejects because it was interrupted. */
export async function runCheck(suite: string, name: string, options: RunOptions): Promise<CheckReport> {
  const wanted = SUITES[suite]?.find((each) => each.name === name)
  if (!wanted) throw new Error(`There is no check "${name}" in the suite "${suite}".`)
  const stages: Stage[] = []
  const newStage = async (name: string) => {
    const stage = await openStage(name, options)
    stages.push(stage)
    return stage
  }
  const began = performance.now()
  let forget = true
  try {
    const performed = await wanted.run(options, newStage).catch((error: unknown) => {
      if (options.signal.aborted) throw error
      return brokenOff(error)
    })
    forget = performed.failures.length === 0 && performed.invalid.length === 0
    return {
      ...{ name, calls: options.calls, result: resultOf(performed), ...performed },
      seconds: Math.round((performance.now() - began) / 1000),
      ledgers: forget ? [] : stages.map(({ ledger }) => ledger.folder).filter((path) => existsSync(path)),
    }
  } finally {
    await Promise.all(stages.map((stage) => stage.close({ forget })))
  }
}

/** Its own vhost keeps it apart from the others on the same node. */
async function openStage(name: string, { node, say, signal }: RunOptions): Promise<Stage> {
  const options: StageOptions = {
    ...{ name, node, signal, namespace: 'taskalope' },
    url: await node.addVhost(name),
    say: (line) => say(`${name}: ${line}`),
  }
  return new Stage(options)
}

async function runHandoff(
  { calls }: RunOptions,
  newStage: (name: string) => Promise<Stage>,
): Promise<Performance> {
  const left = [...HANDOFF_POINTS]
  const sights: HandoffSight[] = []
  const lane = async () => {
    for (let point = left.shift(); point; point = left.shift()) {
      const stage = await newStage(point.name)
      const sight = await handoff(stage, point, calls)
      sights.push(sight)
      stage.options.say(`${sight.crashes} workers died there.`)
      await stage.close({ forget: sight.verdict.result === 'passed' })
    }
  }
  // Not Promise.all: what still runs in the other lane must have ended before the stages are closed.
  const lanes = await Promise.allSettled(Array.from({ length: HANDOFFS_AT_ONCE }, lane))
  for (const each of lanes) if (each.status === 'rejected') throw each.reason
  const order = HANDOFF_POINTS.map(({ name }) => name)
  sights.sort((one, other) => order.indexOf(one.point) - order.indexOf(other.point))
  const named = (of: (verdict: Verdict) => readonly string[]) =>
    sights.flatMap(({ point, verdict }) => of(verdict).map((text) => `${point}: ${text}`))
  return {
    failures: named(({ failures }) => failures),
    invalid: named(({ invalid }) => invalid),
    lines: handoffTable(sights).split('\n'),
    details: sights,
  }
}

function judged(verdict: Verdict): Performance {
  const { failures, invalid } = verdict
  return { failures, invalid, lines: verdictLines(verdict), details: [verdict] }
}

/** Something that was waited for never came. */
function brokenOff(error: unknown): Performance {
  const failures = [error instanceof Error ? error.message : String(error)]
  return { failures, invalid: [], lines: [], details: [] }
}

function resultOf({ failures, invalid }: Performance): Verdict['result'] {
  return failures.length > 0 ? 'failed' : invalid.length > 0 ? 'invalid' : 'passed'
}
