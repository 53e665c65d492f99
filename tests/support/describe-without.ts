/** Leaves out tests that lack something on this machine: skipped with the reason on a laptop, failing in CI. */
import { describe, it } from 'vitest'

/** A `describe` that cannot run, its reason in its title; where `CI` is set, one failing test. */
export function describeWithout(name: string, reason: string): void {
  const title = `${name} (left out, because ${reason})`
  if (!process.env['CI']) {
    console.warn(`Left out: "${name}", because ${reason}.`)
    describe.skip(title, () => it('is left out', () => {}))
    return
  }
  describe(title, () => {
    it('has what it needs in CI', () => {
      throw new Error(`CI is set, and ${reason}.`)
    })
  })
}
