/** The checker of the fault tests finds everything that can be wrong with a ledger, and is content with one in order. */
import { describe, expect, it } from 'vitest'
import { check, type Plan, type Verdict } from './checker.js'
import type { FaultKind, LedgerEvent } from './events.js'
import { historyOf } from './history.js'
import { longestStall } from './lateness.js'

const WORKER = 100

describe('a ledger in order', () => {
  it('passes, and its figures are right', () => {
    const verdict = check(aGoodHistory(), A_GOOD_PLAN)

    expect(verdict).toMatchObject({ result: 'passed', failures: [], invalid: [], lost: [] })
    expect(verdict.counts).toMatchObject({ submitted: 3, accepted: 3, starts: 6, ends: 5, dead: 1, cut: 1 })
    expect(verdict.counts.faults).toEqual({ 'broker-kill': 1, 'worker-kill': 1 })
  })

  it('passes however the files of its processes are put together', () => {
    expect(check(aGoodHistory().toReversed(), A_GOOD_PLAN).result).toBe('passed')
  })

  it.each(aGoodHistory().map((event, index) => [index, describeEvent(event)] as const))(
    'does not pass any more without its line %i (%s)',
    (index) => {
      const events = aGoodHistory().toSpliced(index, 1)

      expect(check(events, A_GOOD_PLAN).result).not.toBe('passed')
    },
  )
})

describe('a call that was accepted', () => {
  it('is lost if it never ran', () => {
    expect(judge([submit('a'), accept('a')])).toMatchObject({ result: 'failed', lost: ['a'] })
  })

  it('is lost if it failed, and its retry never came', () => {
    const verdict = judge([submit('a', { fails: 1, retries: 3 }), accept('a'), ...run('a', { ok: false })])

    expect(verdict).toMatchObject({ result: 'failed', lost: ['a'] })
  })

  it('is lost if it failed for good, and is not among the dead letters', () => {
    const events = [submit('a', { fails: 9 }), accept('a'), ...run('a', { ok: false })]

    expect(judge(events)).toMatchObject({ result: 'failed', lost: ['a'] })
    expect(judge([...events, dead('a')])).toMatchObject({ result: 'passed', lost: [] })
  })

  it('is lost if it is among the dead letters, and was to be replayed', () => {
    const events = [submit('a', { fails: 9 }), accept('a'), ...run('a', { ok: false })]
    const replayed = { replays: 1 }

    expect(judge([...events, dead('a')], replayed)).toMatchObject({ lost: ['a'] })
    expect(judge([...events, { ...dead('a'), replays: 1 }], replayed)).toMatchObject({ result: 'passed' })
  })
})

describe('a call whose sending ended otherwise', () => {
  it('may run or not when that is unknown, and is counted as recovered if it did', () => {
    const events: LedgerEvent[] = [submit('a'), { ev: 'unknown', t: 1, id: 'a' }]

    expect(judge(events)).toMatchObject({ result: 'passed', counts: { unknown: 1, recovered: 0 } })
    expect(judge([...events, ...run('a')])).toMatchObject({ result: 'passed', counts: { recovered: 1 } })
  })

  it('must not run when it was refused', () => {
    const events: LedgerEvent[] = [submit('a'), { ev: 'reject', t: 1, id: 'a' }, ...run('a')]

    expect(judge(events).failures).toEqual([expect.stringContaining('refused, and ran all the same: a')])
  })

  it('must not run when nobody sent it', () => {
    expect(judge(run('a')).failures).toEqual([expect.stringContaining('never sent, and ran: a')])
  })
})

describe('attempts', () => {
  it('must be without gaps', () => {
    const events = [
      submit('a', { fails: 2, retries: 5 }),
      accept('a'),
      ...run('a', { ok: false }),
      ...run('a', { attempt: 3, at: 300 }),
    ]

    expect(judge(events).failures).toEqual([expect.stringContaining('with attempts missing: a')])
  })

  it('must not be more than are allowed', () => {
    const events = [
      submit('a', { fails: 1, retries: 1 }),
      accept('a'),
      ...run('a', { ok: false }),
      ...run('a', { attempt: 2, at: 200 }),
      ...run('a', { attempt: 3, at: 300 }),
    ]

    expect(judge(events).failures).toEqual([expect.stringContaining('more attempts than allowed: a')])
  })

  it('must not begin before they are due, by a millisecond', () => {
    const delayed = (at: number) => [
      { ...submit('a'), delayMs: 1_000, due: 1_000 },
      accept('a'),
      ...run('a', { at }),
    ]

    expect(judge(delayed(1_000)).result).toBe('passed')
    expect(judge(delayed(999)).failures).toEqual([expect.stringContaining('before they were due: a')])
  })

  it('must end unless their worker was killed', () => {
    const events = [submit('a'), accept('a'), start('a', { at: 5 }), ...run('a', { at: 900, flagged: true })]

    expect(judge(events).failures).toEqual([expect.stringContaining('though nobody killed its worker: a')])
    expect(judge([...events, fault('worker-kill', 6)]).result).toBe('passed')
  })
})

describe('an attempt that ended twice', () => {
  const sentOnce = [submit('a', { fails: 1, retries: 3 }), accept('a', 1)]
  const first = run('a', { at: 100, ok: false })
  const second = run('a', { at: 30_000, attempt: 2 })

  it('needs a reason', () => {
    const verdict = judge([...sentOnce, ...first, ...run('a', { at: 200, ok: false }), ...second])

    expect(verdict.failures).toEqual([expect.stringContaining('nothing explains it: a')])
    expect(verdict.duplicates).toEqual([{ id: 'a', attempt: 1, life: 0, ends: 2, explanations: [undefined] }])
  })

  it('is explained by the broker that hands it out again', () => {
    const again = run('a', { at: 200, ok: false, flagged: true })

    expect(explanations([...sentOnce, ...first, ...again, ...second])).toEqual(['flagged'])
  })

  it('is explained by a kill while it ran or shortly after it, of its worker or of the broker', () => {
    const again = run('a', { at: 20_000, ok: false, pid: 200 })
    const killed = (what: FaultKind, t: number, pid = WORKER) =>
      explanations([...sentOnce, ...first, fault(what, t, pid), up(t + 1), ...again, ...second])

    expect(killed('worker-kill', 105)).toEqual(['in hand'])
    expect(killed('broker-kill', 105, 7)).toEqual(['in hand'])
    expect(killed('worker-kill', 105, 300)).not.toEqual(['in hand'])
    expect(killed('worker-kill', 5_000)).not.toEqual(['in hand'])
  })

  it('is explained by an attempt before it that ran twice', () => {
    const events = [
      ...sentOnce,
      ...first,
      ...run('a', { at: 200, ok: false, flagged: true }),
      ...second,
      ...run('a', { at: 31_000, attempt: 2 }),
    ]

    expect(explanations(events)).toEqual(['flagged', 'copied'])
  })

  it('is explained by a broker that was killed before it confirmed the call', () => {
    const events = [submit('a'), fault('broker-kill', 10, 7), up(50), accept('a', 60)]

    expect(explanations([...events, ...run('a', { at: 5_000 }), ...run('a', { at: 6_000 })])).toEqual([
      'sent again',
    ])
  })

  it('is explained by a kill as it moved down the ladder, and by none at another time', () => {
    const killedAt = (t: number) => [
      { ...submit('a'), delayMs: 5_000, due: 5_000 },
      accept('a', 1),
      fault('broker-kill', t, 7),
      up(t + 10),
      ...run('a', { at: 9_000 }),
      ...run('a', { at: 9_500 }),
    ]

    // Four seconds on level 2, and then one on level 0.
    expect(explanations(killedAt(4_100))).toEqual(['hop'])
    expect(explanations(killedAt(1_000))).toEqual([undefined])
  })

  it('is explained by a worker that was killed while it put it off, where it was sent without the ladder', () => {
    const events = [
      { ...submit('a'), due: 5_000 },
      accept('a', 1),
      fault('failpoint', 100, 300),
      ...run('a', { at: 5_100 }),
      ...run('a', { at: 5_200 }),
    ]

    expect(explanations(events)).toEqual(['put off'])
  })

  it('is one too many where the victims cannot have had so much in hand', () => {
    const events = [...sentOnce, ...first, ...run('a', { at: 200, ok: false, flagged: true }), ...second]

    expect(judge(events, { maxDuplicates: 1 }).result).toBe('passed')
    expect(judge(events, { maxDuplicates: 0 }).failures).toEqual([expect.stringContaining('at most 0')])
  })
})

describe('a run that proves nothing', () => {
  const one = [submit('a'), accept('a'), ...run('a')]

  it('is one in which fewer faults took place than were planned', () => {
    expect(judge(one, { faults: { failpoint: 1 } })).toMatchObject({ result: 'invalid', failures: [] })
  })

  it('is one in which few of the calls were sent', () => {
    expect(judge(one, { calls: 2 }).invalid).toEqual(['Only 1 of 2 calls were sent.'])
  })

  it('is one in which nobody noticed that the broker was gone', () => {
    const events = [...one, fault('broker-kill', 500, 7), up(600)]
    const noticed: LedgerEvent = { ev: 'disconnect', t: 501, pid: WORKER }

    expect(judge(events, { faults: { 'broker-kill': 1 } }).result).toBe('invalid')
    expect(judge([...events, noticed], { faults: { 'broker-kill': 1 } }).result).toBe('passed')
  })

  it('is one in which workers were only killed while they had nothing to do', () => {
    expect(judge([...one, fault('worker-kill', 500)], { faults: { 'worker-kill': 1 } }).invalid).toEqual([
      'No worker was killed while a task ran.',
    ])
  })

  it('is a failure all the same if something was lost', () => {
    expect(judge([submit('a'), accept('a')], { calls: 9 }).result).toBe('failed')
  })
})

describe('the longest stall', () => {
  it('counts only while there is something to do', () => {
    const events = [
      ...[submit('a'), accept('a', 0), ...run('a', { at: 100 })],
      ...[{ ...submit('b', {}, 0), due: 60_000 }, accept('b', 1), ...run('b', { at: 63_000 })],
    ]

    // The first has been ready since 0 and ends at 110, the second since 60 000 and ends at 63 010.
    expect(longestStall(historyOf(events))).toBe(3_010)
  })
})

const A_GOOD_PLAN: Plan = { calls: 3, faults: { 'broker-kill': 1, 'worker-kill': 1 } }

/** A delayed call, one that is tried again after its worker and after the broker were killed, and one that fails for good. */
function aGoodHistory(): LedgerEvent[] {
  return [
    { ...submit('delayed', {}, 0), delayMs: 1_000, due: 1_000 },
    accept('delayed', 2),
    ...run('delayed', { at: 1_010 }),
    submit('tried again', { fails: 1, retries: 3 }, 10),
    accept('tried again', 12),
    start('tried again', { at: 20 }),
    fault('worker-kill', 25),
    ...run('tried again', { at: 60, pid: 200, ok: false, flagged: true }),
    fault('broker-kill', 61, 7),
    { ev: 'disconnect', t: 62, pid: 200 },
    up(90),
    ...run('tried again', { at: 2_500, pid: 200, ok: false, flagged: true }),
    ...run('tried again', { at: 3_500, pid: 200, attempt: 2 }),
    submit('failing', { fails: 9 }, 30),
    accept('failing', 31),
    ...run('failing', { at: 4_000, pid: 200, ok: false }),
    dead('failing'),
  ]
}

function judge(events: readonly LedgerEvent[], plan: Partial<Plan> = {}): Verdict {
  return check(events, { calls: 0, faults: {}, ...plan })
}

function explanations(events: readonly LedgerEvent[]): unknown[] {
  return judge(events).duplicates.flatMap((duplicate) => duplicate.explanations)
}

function submit(id: string, { fails = 0, retries = 0 } = {}, t = 0): Extract<LedgerEvent, { ev: 'submit' }> {
  return { ev: 'submit', t, id, fails, retries }
}

function accept(id: string, t = 1): LedgerEvent {
  return { ev: 'accept', t, id }
}

interface RunFacts {
  readonly at?: number
  readonly attempt?: number
  readonly pid?: number
  readonly ok?: boolean
  readonly flagged?: boolean
}

/** A start and, ten milliseconds later, its end. */
function run(id: string, facts: RunFacts = {}): LedgerEvent[] {
  const { at = 100, attempt = 1, pid = WORKER, ok = true } = facts
  return [start(id, facts), { ev: 'end', t: at + 10, id, attempt, pid, ok, last: ok }]
}

function start(id: string, { at = 100, attempt = 1, pid = WORKER, flagged = false }: RunFacts): LedgerEvent {
  return { ev: 'start', t: at, id, attempt, pid, redelivered: flagged }
}

function dead(id: string): Extract<LedgerEvent, { ev: 'dead' }> {
  return { ev: 'dead', t: 99_000, id, replays: 0 }
}

function fault(what: FaultKind, t: number, pid = WORKER): LedgerEvent {
  return { ev: 'fault', t, what, pid }
}

function up(t: number): LedgerEvent {
  return { ev: 'up', t }
}

function describeEvent(event: LedgerEvent): string {
  return 'id' in event ? `${event.ev} of "${event.id}" at ${event.t}` : event.ev
}
