/** The progress bar of a run over dead letters says how far it is and how long it will take, and is drawn on terminals only. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { progressBar } from '../../../src/cli/dlq-progress.js'
import { Tally, type MoveReport } from '../../../src/dead-letters/move-report.js'
import { FakeClock } from '../../../src/testing/fake-clock.js'
import { until } from '../../support/until.js'

function reportOf(visited: number, moved = visited): MoveReport {
  return { ...new Tally(false).report(), waiting: 1000, visited, moved }
}

function terminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 200 })
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { stream, text: () => text }
}

it('says how long it will take, once that is more than a guess', async () => {
  const clock = new FakeClock()
  const { stream, text } = terminal()
  const progress = await progressBar('retry', stream, false, clock)

  progress.update(reportOf(0))
  progress.update(reportOf(1))
  await until(() => text().includes('1 of 1000'))
  const early = text()
  await clock.advance(10_000)
  progress.update(reportOf(400, 390))
  await until(() => text().includes('400 of 1000'))
  progress.stop()

  expect(early).not.toContain('left')
  expect(text()).toContain('Sending [')
  expect(text()).toContain('40% · 400 of 1000 looked at, 390 sent · 15s left')
})

it.each([
  ['where there is no terminal', false, false],
  ['with --json', true, true],
])('draws nothing %s', async (_, isTTY, json) => {
  const { stream, text } = terminal()
  const progress = await progressBar('drop', Object.assign(stream, { isTTY }), json)

  progress.update(reportOf(10))
  progress.stop()

  expect(text()).toBe('')
})
