/** `npm run faults` says what it can do, and refuses what it cannot, before anything is started. */
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

describe('npm run faults', () => {
  it('lists its checks', async () => {
    const { exitCode, stdout } = await faults('retry', '--list')

    expect(exitCode).toBe(0)
    for (const name of ['delays', 'handoff', 'chaos', 'replay']) expect(stdout).toContain(`\n  ${name} `)
  })

  it('explains its ledger', async () => {
    const { exitCode, stdout } = await faults('--help')

    expect(exitCode).toBe(0)
    for (const word of ['lost', 'duplicates', 'earliest', '70: a run that proves nothing']) {
      expect(stdout).toContain(word)
    }
  })

  it.each([
    [['nothing'], 'There are: retry.'],
    [['retry', '--only', 'delays,hiccups'], 'There is no check "hiccups".'],
    [['retry', '--seed', '-1'], 'It must be a whole number'],
    [['retry', '--calls', 'many'], 'It must be a whole number'],
    [['retry', '--sed', '1'], 'unknown option'],
  ])('refuses %j', async (args, why) => {
    const { exitCode, stderr } = await faults(...args)

    expect(exitCode).toBe(64)
    expect(stderr).toContain(why)
  })
})

function faults(...args: readonly string[]) {
  return execa('node', ['scripts/faults.mjs', ...args], { reject: false })
}
