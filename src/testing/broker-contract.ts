/** The suite every broker must pass. */
import assert from 'node:assert/strict'
import { closing } from './broker-contract/closing.js'
import { consuming } from './broker-contract/consuming.js'
import { deadLetters } from './broker-contract/dead-letters.js'
import { declaring } from './broker-contract/declaring.js'
import { delays } from './broker-contract/delays.js'
import { headers } from './broker-contract/headers.js'
import { publishing } from './broker-contract/publishing.js'
import { lacking, rule, type Rule } from './broker-contract/rules.js'
import { settling } from './broker-contract/settling.js'
import type { BrokerSubject, TestRunner } from './broker-contract/subject.js'
import { runTrial } from './broker-contract/trial.js'

/**
 * Declares the tests of the broker contract with your test runner. What the broker cannot do by its own `capabilities` is
 * skipped, with the reason in the title. A test takes at most a few waits of 10 s each, and usually milliseconds, or up to 3 s where a
 * message is delayed and the world has no clock to move; give it 15 s.
 * @example
 * import { describe, it } from 'vitest'
 * brokerContract({ describe, it }, { name: 'my broker', capabilities, isShared: true, open: async () => myWorld() })
 */
export function brokerContract({ describe, it }: TestRunner, subject: BrokerSubject): void {
  describe(`${subject.name} keeps the broker contract`, () => {
    for (const [area, rules] of AREAS) {
      describe(area, () => rules.forEach((each) => state(it, subject, each)))
    }
    state(it, subject, saysWhatItCanDo(subject))
  })
}

function state(it: TestRunner['it'], subject: BrokerSubject, { title, test, need }: Rule): void {
  const reason = lacking(subject, need)
  const run = () => runTrial(subject, test)
  if (reason === undefined) it(title, run)
  else it.skip(`${title} (left out, because ${reason})`, run)
}

function saysWhatItCanDo({ capabilities }: BrokerSubject): Rule {
  return rule('says what it can do, as announced', async ({ broker }) => {
    assert.deepEqual({ ...broker.capabilities }, { ...capabilities })
  })
}

const AREAS: readonly (readonly [string, readonly Rule[]])[] = [
  ['declaring', declaring],
  ['publishing', publishing],
  ['headers', headers],
  ['consuming', consuming],
  ['settling', settling],
  ['delays', delays],
  ['dead letters', deadLetters],
  ['closing', closing],
]
