/** How an area of the broker contract states its tests. */
import type { BrokerCapabilities } from '../../broker/broker.js'
import type { Trial } from './trial.js'

/** Handed to every area of the suite. */
export interface Rules {
  readonly capabilities: BrokerCapabilities
  /** What a test may need, and why this broker lacks it; undefined where it does not. */
  readonly needs: {
    readonly deliveryCount: string | undefined
    readonly priority: string | undefined
    readonly twoBrokers: string | undefined
  }
  /** States a test; with `lacking` it is skipped for that reason. */
  it(title: string, body: (trial: Trial) => Promise<void>, lacking?: string): void
}
