/** How an area of the broker contract states its tests: as data. */
import type { BrokerSubject } from './subject.js'
import type { Trial } from './trial.js'

/** What only some brokers have. */
export type Need = 'deliveryCount' | 'priority' | 'twoBrokers'

/** One test of the contract. */
export interface Rule {
  readonly title: string
  readonly need: Need | undefined
  readonly test: (trial: Trial) => Promise<void>
}

/** A test for every broker, or for those that have what it needs. */
export function rule(title: string, test: (trial: Trial) => Promise<void>, need?: Need): Rule {
  return { title, test, need }
}

/** Why this subject cannot be put to the test; undefined when it can. */
export function lacking(subject: BrokerSubject, need: Need | undefined): string | undefined {
  const { capabilities } = subject
  if (need === 'deliveryCount' && !capabilities.deliveryCount) return 'this broker does not count deliveries'
  if (need === 'priority' && !capabilities.priority) return 'this broker has no priorities'
  return need === 'twoBrokers' && !subject.isShared ? 'its queues belong to one broker alone' : undefined
}
