/** How long a script lives that uses the embedded broker and closes nothing: until its work is done, and not a moment longer. */
import { describe, expect, it } from 'vitest'
import { startChild } from '../support/child.js'

const INDEX = new URL('../../src/index.ts', import.meta.url).href

const PREAMBLE = `
  import { task, configure, Ignore } from '${INDEX}'
  configure({ broker: 'memory://' })
  const unref = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref())
  process.on('exit', (code) => console.log('exit', code))
`

describe('a script on the embedded broker', () => {
  it('ends with its last awaited result', async () => {
    await expectOutput(
      `const add = task('add', async (a, b) => { await unref(30); return a + b })
       console.log(await (await add.delay(2, 3)).get())`,
      '5\nexit 0\n',
    )
  })

  it('lives until what it sent is done, though nobody waits for it', async () => {
    await expectOutput(
      `const say = task('say', async (n) => { await unref(30); console.log('said', n) })
       await say.delayMany([[1], [2]])
       console.log('sent')`,
      'sent\nsaid 1\nsaid 2\nexit 0\n',
    )
  })

  it('lives for what its tasks send', async () => {
    await expectOutput(
      `const leaf = task('leaf', async () => { await unref(30); console.log('leaf') })
       const root = task('root', async () => { await leaf.delay(); console.log('root') })
       await root.delay()`,
      'root\nleaf\nexit 0\n',
    )
  })

  it('ends by itself when a task is ignored, fails, or leaves a rejection it caught itself', async () => {
    await expectOutput(
      `const ignores = task('ignores', () => { throw new Ignore() })
       const fails = task({ name: 'fails', deadLetter: false }, () => { throw new Error('no') })
       await ignores.delay()
       console.log((await (await fails.delay()).get().catch((error) => error)).code)`,
      /ERR_TASK_FAILED\nexit 0\n$/,
    )
  })

  it('does not end before a timeout it waits for', async () => {
    await expectOutput(
      `const hangs = task('hangs', () => new Promise(() => {}))
       const result = await hangs.delay()
       console.log((await result.get({ timeout: 50 }).catch((error) => error)).code)
       process.exit(0)`,
      'ERR_RESULT_TIMEOUT\nexit 0\n',
    )
  })
})

/** Runs the program to its end, which it has to find by itself. */
async function expectOutput(program: string, output: string | RegExp): Promise<void> {
  const args = ['--import', '@oxc-node/core/register', '--input-type=module', '--eval', PREAMBLE + program]
  const child = startChild(process.execPath, args, { env: { TASKALOPE_BROKER_URL: undefined } })

  const { exitCode, signal } = await child.ended

  expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: undefined })
  if (typeof output === 'string') expect(child.output()).toBe(output)
  else expect(child.output()).toMatch(output)
}
