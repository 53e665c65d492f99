/** What a task may throw to steer its own fate; these are no errors and are never logged as such. */

const BRAND = Symbol.for('taskalope.signal/1')

/** Thrown by a task: this message shall go to the dead letters now, with this reason. */
export class Reject extends Error {
  readonly [BRAND] = 'reject'
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'Reject'
  }
}

/** Thrown by a task: forget it. The message is acknowledged, nothing is stored, and whoever waits goes on waiting. */
export class Ignore extends Error {
  readonly [BRAND] = 'ignore'
  constructor(reason = 'ignored', options?: ErrorOptions) {
    super(reason, options)
    this.name = 'Ignore'
  }
}

/** Which signal a thrown value is, across duplicate installs of the package; undefined for none. */
export function signalOf(thrown: unknown): 'reject' | 'ignore' | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  try {
    const brand = (thrown as { readonly [BRAND]?: unknown })[BRAND]
    return brand === 'reject' || brand === 'ignore' ? brand : undefined
  } catch {
    // A proxy may throw at every look at it.
    return undefined
  }
}
