/** A ledger put in order: each call with its runs, each fault with its length. */
import type { End, Fault, LedgerEvent, Sent, Start, Submit } from './events.js'

/** One time a task was entered. */
export interface Run {
  readonly life: number
  readonly attempt: number
  readonly pid: number
  readonly startedAt: number
  /** Undefined: its process died before it was left. */
  endedAt: number | undefined
  ok: boolean
  /** The broker said that it hands it out again. */
  readonly flagged: boolean
}

/** One call and all that became of it. */
export interface Call {
  readonly id: string
  submit: Submit | undefined
  sent: Sent | undefined
  /** By their start. */
  readonly runs: Run[]
  /** How often each copy among the dead letters had been replayed. */
  readonly dead: number[]
}

/** A fault and when it was over: a killed broker is back, a killed process stays dead. */
export interface Outage extends Fault {
  readonly until: number
}

/** What happened. */
export interface History {
  readonly calls: ReadonlyMap<string, Call>
  readonly outages: readonly Outage[]
  /** When a process noticed that its connection was gone. */
  readonly disconnects: readonly number[]
  /** What each worker's memory was when it was first and last asked, bytes. */
  readonly memory: ReadonlyMap<number, { readonly first: number; last: number }>
  /** Calls of which something ended that nobody saw begin. */
  readonly strays: readonly string[]
}

/** Puts the lines of all processes in order; none of them needs to be whole. */
export function historyOf(events: readonly LedgerEvent[]): History {
  const ordered = events.toSorted((one, other) => one.t - other.t || rank(one) - rank(other))
  const calls = new Map<string, Call>()
  const memory = new Map<number, { first: number; last: number }>()
  const strays: string[] = []
  const backs = ordered.filter(({ ev }) => ev === 'up').map(({ t }) => t)
  for (const event of ordered) {
    if ('id' in event && !enter(event, callIn(calls, event.id))) strays.push(event.id)
    if (event.ev === 'memory') {
      const known = memory.get(event.pid)
      if (known) known.last = event.rss
      else memory.set(event.pid, { first: event.rss, last: event.rss })
    }
  }
  return {
    calls,
    memory,
    strays,
    outages: ordered.filter((event) => event.ev === 'fault').map((fault) => outage(fault, backs)),
    disconnects: ordered.filter(({ ev }) => ev === 'disconnect').map(({ t }) => t),
  }
}

/** Lines of one millisecond, in the order in which they can have been written. */
function rank({ ev }: LedgerEvent): number {
  return ev === 'submit' ? 0 : ev === 'start' ? 1 : 2
}

function callIn(calls: Map<string, Call>, id: string): Call {
  const known = calls.get(id)
  if (known) return known
  const call: Call = { id, submit: undefined, sent: undefined, runs: [], dead: [] }
  calls.set(id, call)
  return call
}

/** False: it ends something that nobody saw begin. */
function enter(event: Extract<LedgerEvent, { id: string }>, call: Call): boolean {
  switch (event.ev) {
    case 'submit':
      call.submit = event
      return true
    case 'start':
      call.runs.push(runOf(event))
      return true
    case 'end':
      return leave(event, call)
    case 'dead':
      call.dead.push(event.replays)
      return true
    case 'accept':
    case 'reject':
    case 'unknown':
      call.sent = event
      return true
  }
}

function runOf({ life = 0, attempt, pid, t, redelivered, deliveryCount = 0 }: Start): Run {
  const flagged = redelivered || deliveryCount > 0
  return { life, attempt, pid, startedAt: t, endedAt: undefined, ok: false, flagged }
}

function leave({ life = 0, attempt, pid, ok, t }: End, { runs }: Call): boolean {
  const run = runs.find(
    (each) =>
      each.pid === pid && each.life === life && each.attempt === attempt && each.endedAt === undefined,
  )
  if (!run) return false
  run.endedAt = t
  run.ok = ok
  return true
}

function outage(fault: Fault, backs: readonly number[]): Outage {
  if (fault.what !== 'broker-kill') return { ...fault, until: fault.t }
  return { ...fault, until: backs.find((t) => t >= fault.t) ?? Infinity }
}
