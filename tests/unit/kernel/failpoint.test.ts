/** Failpoints: none unless armed, and what cannot be armed is refused by name. */
import { afterEach, describe, expect, it } from 'vitest'
import { Taskalope } from '../../../src/index.js'
import { armFailpoint, failpoint } from '../../../src/kernel/failpoint.js'
import { startChild } from '../../support/child.js'

afterEach(() => {
  delete process.env['TASKALOPE_FAILPOINT']
  armFailpoint(undefined)
})

describe('a failpoint', () => {
  it.each([undefined, ''])('that is armed by %o is not armed, and nothing happens', (text) => {
    armFailpoint(text)

    failpoint('after-ack')
  })

  it('that is not the armed one is passed', () => {
    armFailpoint('before-park:exit')

    failpoint('after-park')
  })

  it('whose time has not come is passed', () => {
    armFailpoint('before-park:exit@3')

    failpoint('before-park')
    failpoint('before-park')
  })

  it.each([
    'after-ack',
    'after-ack:stop',
    'after-ack:exit@0',
    'after-ack:exit@1.5',
    'after-ack:exit ',
    ':exit',
  ])('cannot be armed as "%s"', (text) => {
    expect(() => armFailpoint(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringMatching(/^The variable TASKALOPE_FAILPOINT is .*; there are: before-start, /),
      }),
    )
  })

  it('that is unknown is refused, with the one that was meant', () => {
    expect(() => armFailpoint('after-parc:exit')).toThrow(/Did you mean "after-park:exit"\?/)
  })

  it('that is unknown keeps an app from starting', async () => {
    process.env['TASKALOPE_FAILPOINT'] = 'nowhere:exit'
    const app = new Taskalope({ broker: 'memory://' })

    await expect(app.connect()).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it('kills the process where it stands, the time it was armed for, with nothing run or flushed after', async () => {
    const program = `
      import { armFailpoint, failpoint } from './src/kernel/failpoint.ts'
      process.on('exit', () => process.stdout.write('exit handler'))
      armFailpoint('after-ack:exit@2')
      failpoint('after-ack')
      process.stdout.write('once\\n')
      failpoint('after-ack')
      process.stdout.write('not reached')
    `
    const args = ['--import', '@oxc-node/core/register', '--input-type=module', '-e', program]

    const child = startChild(process.execPath, args)

    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
    expect(child.output().split('\n').toSorted()).toEqual([
      '',
      'Failpoint "after-ack": this process kills itself.',
      'once',
    ])
  })
})
