/** The retry decorators that docs/learn/retries.md shows as examples are the library's own, written with what it exports, and they work. */
import { expect, it } from 'vitest'
import { retry, silentLogger, task, Taskalope } from '../../../src/index.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { textOf } from '../../architecture/project-files.js'
import { tracked } from '../../support/tracked.js'
import { retryOnCode } from './own/retry-on-code.js'
import { retryOnHttp } from './own/retry-on-http.js'
import { retryOnNetwork } from './own/retry-on-network.js'

it.each(['retry-on-code', 'retry-on-network'])('%s is the code of the library', (name) => {
  expect(codeOf(`tests/docs/learn/own/${name}.ts`)).toBe(codeOf(`src/decorators/${name}.ts`))
})

it('retry-on-http is the code of the library, but that this checks its options, bounds what a server asks for, and describes itself', () => {
  const simpler = codeOf('src/decorators/retry-on-http.ts')
    .replace('): RetryDecorator {', ') {')
    .replaceAll(/^ +const \w+Ms = .*\n/gm, '')
    .replace(/^ +readonly maxDelay.*\n/m, '')
    .replace(/^ +description: .*\n/m, '')
    .replace(", key = 'http', maxDelay = '1d', ...others }", ", key = 'http' }")
    .replace(/^ +\.\.\.others,\n/m, '')
    .replace(
      'Math.min(retryAfterMs(error) ?? delayMs, Math.max(longestMs, delayMs))',
      'retryAfterMs(error) ?? delay',
    )

  expect(codeOf('tests/docs/learn/own/retry-on-http.ts')).toBe(simpler)
})

it.each([
  ['a status', retryOnHttp([502], { max: 1 }), { status: 502 }, 'http'],
  ['a status with Retry-After', retryOnHttp([429]), { status: 429, headers: { 'retry-after': '9' } }, 'http'],
  ['a network fault', retryOnNetwork({ delay: '5s' }), { code: 'ETIMEDOUT' }, 'network'],
  ['a code', retryOnCode('40001', { delay: '5s' }), { code: '40001' }, '40001'],
])('they try again after %s', async (_what, decorator, facts, policy) => {
  const clock = new FakeClock()
  const app = tracked(new Taskalope({ broker: 'memory://', clock, logger: silentLogger }))
  const flaky = decorator(
    retry({ key: 'never', max: 0 })(
      task(`own.${policy}.${JSON.stringify(facts).length}`, async function (this: { attempt: number }) {
        if (this.attempt === 1) throw Object.assign(new Error('once'), facts)
        return this.attempt
      }),
    ),
  )

  const call = await app.run(() => flaky.delay())
  await clock.advance(1_200_000)

  expect(await call.get()).toBe(2)
})

/** Without comments and imports. */
function codeOf(path: string): string {
  return textOf(path)
    .replaceAll(/^ *\/\*\*[^]*?\*\/\n/gm, '')
    .replaceAll(/^import .*\n/gm, '')
    .trim()
}
