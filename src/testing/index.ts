/** The testing surface of the package, its second entry point: `taskalope/testing`. */
export { FakeClock } from './fake-clock.js'
export { brokerContract } from './broker-contract.js'
export type { BrokerSubject, BrokerWorld, MovableClock, TestRunner } from './broker-contract/subject.js'
export { createMemoryBroker, type MemoryBrokerOptions } from '../broker/memory-broker.js'
