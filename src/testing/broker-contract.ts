/** The suite every broker must pass. */
import { describeClosing } from './broker-contract/closing.js'
import { describeConsuming } from './broker-contract/consuming.js'
import type { Rules } from './broker-contract/rules.js'
import { describeDeadLetters } from './broker-contract/dead-letters.js'
import { describeDeclaring } from './broker-contract/declaring.js'
import { describeHeaders } from './broker-contract/headers.js'
import { describePublishing } from './broker-contract/publishing.js'
import { describeSettling } from './broker-contract/settling.js'
import type { BrokerSubject, TestRunner } from './broker-contract/subject.js'
import { runTrial } from './broker-contract/trial.js'

export type { BrokerSubject, BrokerWorld, TestRunner } from './broker-contract/subject.js'

/**
 * Declares the tests of the broker contract with your test runner. What the broker cannot do by its own `capabilities` is
 * skipped, with the reason in the title. A test takes at most a few waits of 10 s each, and usually milliseconds; give it 15 s.
 * @example
 * import { describe, it } from 'vitest'
 * brokerContract({ describe, it }, { name: 'my broker', capabilities, isShared: true, open: async () => myWorld() })
 */
export function brokerContract(runner: TestRunner, subject: BrokerSubject): void {
  runner.describe(`${subject.name} keeps the broker contract`, () => {
    for (const [area, declareTests] of AREAS) {
      runner.describe(area, () => declareTests(rulesFor(runner, subject)))
    }
  })
}

const AREAS: readonly (readonly [string, (rules: Rules) => void])[] = [
  ['declaring', describeDeclaring],
  ['publishing', describePublishing],
  ['headers', describeHeaders],
  ['consuming', describeConsuming],
  ['settling', describeSettling],
  ['dead letters', describeDeadLetters],
  ['closing', describeClosing],
]

function rulesFor(runner: TestRunner, subject: BrokerSubject): Rules {
  const { capabilities } = subject
  return {
    capabilities,
    needs: {
      deliveryCount: capabilities.deliveryCount ? undefined : 'this broker does not count deliveries',
      priority: capabilities.priority ? undefined : 'this broker has no priorities',
      twoBrokers: subject.isShared ? undefined : 'its queues belong to one broker alone',
    },
    it(title, body, lacking) {
      const test = () => runTrial(subject, body)
      if (lacking === undefined) runner.it(title, test)
      else runner.it.skip(`${title} (left out, because ${lacking})`, test)
    },
  }
}
