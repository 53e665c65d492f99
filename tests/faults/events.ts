/** The lines of a fault test's ledger: what was sent, what ran, and what was done to whom. */

/** What is done to the system on purpose. */
export type FaultKind = 'broker-kill' | 'worker-kill' | 'failpoint' | 'cli-kill'

/** A call is about to be sent. */
export interface Submit {
  readonly ev: 'submit'
  readonly t: number
  readonly id: string
  /** How long it waits in the broker before its first run. */
  readonly delayMs?: number
  /** When it may run at the earliest, on the sender's clock. */
  readonly due?: number
  /** How often its task fails before it succeeds; default never. */
  readonly fails?: number
  /** How many retries its task is allowed; default none. */
  readonly retries?: number
}

/** What became of sending it; `unknown` may run or not. */
export interface Sent {
  readonly ev: 'accept' | 'reject' | 'unknown'
  readonly t: number
  readonly id: string
  readonly code?: string
}

/** Its task is entered. */
export interface Start {
  readonly ev: 'start'
  readonly t: number
  readonly id: string
  readonly attempt: number
  /** Counts up where the same call is sent anew with fresh budgets; default 0. */
  readonly life?: number
  readonly pid: number
  readonly redelivered: boolean
  readonly deliveryCount?: number
}

/** Its task is left, having returned or thrown. */
export interface End {
  readonly ev: 'end'
  readonly t: number
  readonly id: string
  readonly attempt: number
  readonly life?: number
  readonly pid: number
  readonly ok: boolean
  /** The task knows that it will not be tried again. */
  readonly last: boolean
}

/** It was found among the dead letters at the end. */
export interface Dead {
  readonly ev: 'dead'
  readonly t: number
  readonly id: string
  readonly replays: number
}

/** Something is broken, from now on. */
export interface Fault {
  readonly ev: 'fault'
  readonly t: number
  readonly what: FaultKind
  readonly pid: number
}

/** The broker takes connections again. */
export interface Up {
  readonly ev: 'up'
  readonly t: number
}

/** A process noticed that its connection is gone. */
export interface Disconnect {
  readonly ev: 'disconnect'
  readonly t: number
  readonly pid: number
}

/** The resident memory of a worker. */
export interface Memory {
  readonly ev: 'memory'
  readonly t: number
  readonly pid: number
  readonly rss: number
}

/** One line. */
export type LedgerEvent = Submit | Sent | Start | End | Dead | Fault | Up | Disconnect | Memory
