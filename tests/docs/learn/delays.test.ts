/** Runs the code of docs/learn/delays.md on the embedded broker, with a clock that is moved on. */
import { afterAll, expect, it, vi } from 'vitest'
import { configure, currentTask, defaultApp, silentLogger, task } from '../../../src/index.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'

const clock = new FakeClock(Date.UTC(2031, 0, 2, 3, 0, 0))
configure({ clock, logger: silentLogger })
afterAll(() => defaultApp().close())

const ran = vi.fn()
const remind = task('orders.remind', async (orderId: string) => {
  ran(orderId, clock.now() - startedAt, currentTask()?.eta)
})
let startedAt = clock.now()

it('waits for as long as it is told, and until a moment', async () => {
  // #region delays
  await remind.applyAsync(['order 7'], { countdown: '20m' })
  await remind.applyAsync(['order 8'], { eta: new Date('2031-01-02T03:04:05Z') })
  await remind.applyAsync(['order 9'], { eta: '2031-01-02T04:04:05+01:00' })
  // #endregion delays

  await clock.advance(245_000 - 1)
  expect(ran).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(ran.mock.calls.map(([orderId]) => orderId as unknown)).toEqual(['order 8', 'order 9'])
  await clock.advance(1_200_000)
  expect(ran).toHaveBeenLastCalledWith('order 7', 1_200_000, startedAt + 1_200_000)
})

it.each([
  ['countdown', 1, 1000],
  ['countdown', 1001, 2000],
  ['eta', 1, 1000],
  ['eta', 1001, 2000],
])('rounds a %s of %i ms up to %i ms', async (option, ms, waitedMs) => {
  startedAt = clock.now()
  ran.mockClear()
  const times = option === 'eta' ? { eta: new Date(startedAt + ms) } : { countdown: ms }

  await remind.applyAsync(['rounded'], times)
  await clock.advance(waitedMs - 1)
  expect(ran).not.toHaveBeenCalled()

  await clock.advance(1)
  expect(ran).toHaveBeenCalledTimes(1)
})

it.each([
  ['a countdown of 0', { countdown: 0 }],
  ['an eta in the past', { eta: new Date(0) }],
])('runs %s at once', async (_what, options) => {
  ran.mockClear()

  await remind.applyAsync(['at once'], options)
  await clock.advance(0)

  expect(ran).toHaveBeenCalledTimes(1)
})

it.each([
  ['a countdown that is no number', { countdown: NaN }, 'ERR_DELAY_INVALID'],
  ['a countdown below 0', { countdown: '-5m' as never }, 'ERR_DELAY_INVALID'],
  ['an eta without a zone', { eta: '2031-01-02T03:04:05' }, 'ERR_ETA_INVALID'],
  ['an eta on a day there is not', { eta: '2031-02-30T03:04:05Z' }, 'ERR_ETA_INVALID'],
  ['a countdown of 9 years', { countdown: '3287d' }, 'ERR_DELAY_RANGE'],
  ['an eta in 9 years', { eta: '2040-01-02T03:04:05Z' }, 'ERR_DELAY_RANGE'],
  ['both', { countdown: '1s', eta: new Date() }, 'ERR_OPTION_INVALID'],
  ['one that expires before it is due', { countdown: '2h', expires: '1h' }, 'ERR_EXPIRES_BEFORE_ETA'],
] as const)('refuses %s, and sends nothing', async (_what, options, code) => {
  await expect(remind.applyAsync(['never'], options)).rejects.toMatchObject({ name: 'PayloadError', code })
})

it('does not run what expired while it waited for its worker', async () => {
  ran.mockClear()

  // #region expires
  const call = await remind.applyAsync(['order 7'], { countdown: '20m', expires: '1h' })
  // #endregion expires
  clock.setWallClock(clock.now() + 7_200_000)
  await clock.advance(1_200_000)

  expect(await call.state()).toBe('REVOKED')
  expect(ran).not.toHaveBeenCalled()
})

it('believes no clock where a delay is relative, and the worker’s where it is a moment', async () => {
  startedAt = clock.now()
  ran.mockClear()

  await remind.applyAsync(['relative'], { countdown: '10m' })
  await remind.applyAsync(['absolute'], { eta: new Date(startedAt + 600_000) })
  clock.setWallClock(startedAt - 3_600_000)
  await clock.advance(600_000)
  expect(ran.mock.calls.map(([what]) => what as unknown)).toEqual(['relative'])

  await clock.advance(3_600_000)
  expect(ran.mock.calls.map(([what]) => what as unknown)).toEqual(['relative', 'absolute'])
})
