/** What holds for every decision, whatever fails in what order, and whatever policies and errors are made of. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideExplicitRetry, decideRetry } from '../../../src/retry/retry-policy.js'
import {
  after,
  budgetsOf,
  context,
  decide,
  fresh,
  halfway,
  hostile,
  HttpError,
  LONGEST_DELAY_MS,
  RateLimited,
  refuse,
  rulesOf,
  type AnyPolicy,
} from './deciding.js'

describe('over any sequence of failures', () => {
  const kinds = [HttpError, RateLimited, TypeError, RangeError]
  const anyPolicies = fc.array(
    fc.record({
      on: fc.constantFrom<AnyPolicy['on'][]>(undefined, ...kinds, [TypeError, HttpError]),
      max: fc.constantFrom(0, 1, 2, 5),
      backoff: fc.constantFrom({}, { type: 'decorrelated' }, { type: 'linear', jitter: 'equal' }),
    }),
    { maxLength: 4 },
  )
  const anyFailures = fc.array(fc.constantFrom('foreign', 'Retry', ...kinds), {
    minLength: 30,
    maxLength: 60,
  })
  const anyMaxRuns = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined })

  it('no budget and no limit of runs is exceeded, and it comes to an end', () => {
    fc.assert(
      fc.property(anyPolicies, anyFailures, anyMaxRuns, (policies, failures, maxRuns) => {
        const rules = rulesOf(policies)
        const maxOf = new Map(rules.map(({ key, max }) => [key, max as number] as const)).set('explicit', 3)
        let state = fresh({ maxRuns })
        let own = 0
        let foreign = 0
        for (const kind of failures) {
          if (kind === 'foreign') {
            state = { ...state, retries: state.retries + 1 }
            foreign += 1
            continue
          }
          const failed = { state, context, random: halfway }
          const decision =
            kind === 'Retry'
              ? decideExplicitRetry({ ...failed, error: undefined, terms: {} })
              : decideRetry({ ...failed, error: new (kind as typeof TypeError)('x'), rules })
          if (!decision.retry) continue
          own += 1
          // Whoever of the others tried again counts as well.
          expect(decision.number).toBeLessThanOrEqual(decision.max)
          expect(foreign + (decision.budgets.get(decision.policy)?.used ?? 0)).toBe(decision.number)
          state = after(decision, state)
          expect(state.retries).toBeLessThan(maxRuns ?? Infinity)
        }
        const most = [...maxOf.values()].reduce((sum, max) => sum + max, 0)

        expect(own).toBeLessThanOrEqual(most)
        for (const [key, { used }] of state.budgets) expect(used).toBeLessThanOrEqual(maxOf.get(key) ?? 0)
        expect(state.retries).toBe(own + foreign)
      }),
      { numRuns: 500 },
    )
  })

  it('the same facts give the same decision', () => {
    fc.assert(
      fc.property(anyPolicies, fc.nat(9), fc.constantFrom(...kinds), (policies, retries, Kind) => {
        const failed = {
          error: new (Kind as typeof TypeError)('x'),
          rules: rulesOf(policies),
          state: fresh({ retries, budgets: budgetsOf({ default: 1 }) }),
          context,
          random: halfway,
        }

        expect(decideRetry(failed)).toEqual(decideRetry(failed))
      }),
    )
  })
})

describe('nothing makes it throw', () => {
  const nasty = (give: unknown) =>
    fc.constantFrom(
      () => give,
      refuse,
      async () => give,
      async () => refuse(),
      () => hostile(),
      () => Object.assign(Promise.resolve(), { catch: refuse }),
    )
  const anyThing = fc.anything({
    withBigInt: true,
    withDate: true,
    withNullPrototype: true,
    withSparseArray: true,
  })
  // As functions, because fast-check looks at values as well.
  const anyThrown = fc.oneof(
    anyThing.map((thing) => () => thing),
    anyThing.map((cause) => () => new Error('x', { cause })),
    fc.constantFrom<() => unknown>(
      hostile,
      () => Object.freeze(new Error('x')),
      () => new HttpError(),
      () => new Proxy(new HttpError(), {}),
    ),
  )
  const anyPolicy = anyThing.chain((give) =>
    fc.record(
      {
        when: nasty(give),
        delay: nasty(give),
        max: nasty(give),
        key: nasty(give),
        on: fc.constant(HttpError),
      },
      { requiredKeys: [] },
    ),
  )

  it('neither what was thrown, nor what the policies do', () => {
    fc.assert(
      fc.property(
        anyThrown,
        fc.array(anyPolicy, { maxLength: 3 }),
        fc.nat(5),
        (thrown, policies, retries) => {
          const decision = decide(thrown(), policies, { retries })

          expect(typeof decision.retry).toBe('boolean')
          if (decision.retry) {
            expect(decision.delayMs).toBeGreaterThanOrEqual(0)
            expect(decision.delayMs).toBeLessThanOrEqual(LONGEST_DELAY_MS)
            expect(decision.policy).toMatch(/^.{1,100}$/u)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('nor the terms of a Retry', () => {
    const anyTerms = fc.record({ delay: anyThing, max: anyThing, key: anyThing }, { requiredKeys: [] })
    fc.assert(
      fc.property(anyTerms, anyThrown, (terms, error) => {
        const decision = decideExplicitRetry({
          error: error(),
          terms,
          state: fresh(),
          context,
          random: halfway,
        })

        expect(typeof decision.retry).toBe('boolean')
      }),
      { numRuns: 500 },
    )
  })
})
