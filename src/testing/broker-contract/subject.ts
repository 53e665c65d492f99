/** What the broker contract asks of whoever runs it: a test runner, and a way to the broker under test. */
import type { Broker, BrokerCapabilities } from '../../broker/broker.js'

/** The two functions of a test runner the suite needs; those of vitest, Jest, Mocha and node:test fit as they are. */
export interface TestRunner {
  readonly describe: (title: string, body: () => void) => void
  readonly it: {
    (title: string, body: () => Promise<void>): void
    readonly skip: (title: string, body: () => Promise<void>) => void
  }
}

/** A kind of broker, as the suite sees it. */
export interface BrokerSubject {
  /** For titles. */
  readonly name: string
  /** What every broker of this kind says of itself; it decides which tests apply. */
  readonly capabilities: BrokerCapabilities
  /** Whether brokers opened in one world see the same queues; false leaves out the tests that need two. */
  readonly isShared: boolean
  /** Opens a world for one test. */
  open(): Promise<BrokerWorld>
}

/** Time that a test can move; a `FakeClock` is one. */
export interface MovableClock {
  monotonic(): number
  advance(ms: number): Promise<void>
}

/** Where one test takes place. Worlds may share queues with each other, as long as `name` gives names nobody else uses. */
export interface BrokerWorld {
  /** The queue of dead letters. */
  readonly deadLetters: string
  /** The clock by which the brokers of this world wait, where a test can move it. Without one delays are waited for, 1 to 3 s each. */
  readonly clock?: MovableClock
  /** A broker over the queues of this world, not connected yet. The suite closes it. */
  newBroker(): Broker
  /** A queue name that no other world has: the same for the same word. */
  name(word: string): string
  /** After every broker has been closed. */
  close(): Promise<void>
}
