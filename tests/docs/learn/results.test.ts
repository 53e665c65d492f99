/** Runs the code of docs/learn/results.md. */
import { afterAll, expect, it, vi } from 'vitest'
// #region failure
import { TaskFailedError } from 'taskalope'

// #endregion failure
import { configure, currentTask, defaultApp, silentLogger, task } from '../../../src/index.js'
import { add } from '../../../examples/first-task/src/tasks.js'

configure({ logger: silentLogger })

const divide = task('divide', (a: number, b: number) => {
  if (b === 0) throw new RangeError('Nothing can be divided by zero')
  return a / b
})

// #region report-progress
export const importRows = task('rows.import', async (rows: string[]) => {
  for (const [index, row] of rows.entries()) {
    await save(row)
    await currentTask()?.progress((index + 1) / rows.length, { row })
  }
})
// #endregion report-progress

const saved: string[] = []
let release = () => {}
const followed = new Promise<void>((resolve) => (release = resolve))
async function save(row: string) {
  await followed
  saved.push(row)
}

afterAll(() => defaultApp().close())

it('waits for a result', async () => {
  // #region get
  const call = await add.delay(2, 3)
  const sum = await call.get({ timeout: '10s' })
  // #endregion get

  expect(sum).toBe(5)
})

it('throws what went wrong', async () => {
  const call = await divide.delay(1, 0)
  const log = vi.fn()

  // #region failure
  try {
    await call.get({ timeout: '10s' })
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error
    log(error.taskName, error.remote.name, error.remote.message)
  }
  // #endregion failure

  expect(log).toHaveBeenCalledWith('divide', 'RangeError', 'Nothing can be divided by zero')
})

it('says how a call stands', async () => {
  const call = await add.delay(2, 3)
  await call.get({ timeout: '5s' })

  expect(await call.state()).toBe('SUCCESS')
  expect([await call.ready(), await call.successful(), await call.failed()]).toEqual([true, true, false])
})

it('follows progress', async () => {
  const rows = ['a', 'b']
  const show = vi.fn()

  // #region follow-progress
  const call = await importRows.delay(rows)
  // #endregion follow-progress
  queueMicrotask(release)
  // #region follow-progress
  for await (const { fraction, meta } of call.progress) show(fraction, meta)
  await call.get()
  // #endregion follow-progress

  expect(saved).toEqual(rows)
  expect(show).toHaveBeenLastCalledWith(1, { row: 'b' })
})

it('has none where nobody asked for one', async () => {
  const call = await add.applyAsync([2, 3], { ignoreResult: true })

  await expect(call.get()).rejects.toMatchObject({ code: 'ERR_NO_BACKEND' })
})
