/** An export goes as fast as it is read, and one that breaks off says how much of it there is. */
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { exportLetters } from '../../../src/cli/dlq-export.js'
import { listLetters } from '../../../src/cli/dlq-list.js'
import { FatalErrors } from '../../../src/cli/fatal-errors.js'
import { createOutput } from '../../../src/cli/output.js'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

const EXPORT = { action: 'export', filter: {}, limit: undefined, output: undefined } as never
const LIST = { action: 'list', filter: {}, limit: 1000 } as never

/** 300 dead letters, and a command that writes to streams of its own; nothing is read of them but what the test reads. */
async function withLetters({ json }: { json: boolean }) {
  const app = tracked(new Taskalope({ broker: 'memory://', registry: new Registry(), logger: silentLogger }))
  const broker = await app.broker()
  await broker.declare({ name: 'q' })
  for (let n = 0; n < 300; n++) {
    const letter = { body: Buffer.from('[]'), properties: {}, headers: { id: `n${n}`, task: 't' } }
    await broker.publish({ routingKey: app.deadLetters.queue }, letter)
  }
  const stdout = new PassThrough({ highWaterMark: 2000 })
  const stderr = new PassThrough()
  const output = createOutput(json, { stdout, stderr })
  const surroundings = { version: '0', output, stderr, folder: '.', fatal: new FatalErrors() }
  return { app, broker, stdout, stderr, output, surroundings }
}

it('says how many letters it wrote when the broker is gone in the middle', async () => {
  const { app, broker, stdout, stderr, surroundings } = await withLetters({ json: false })
  stdout.on('data', () => void broker.close())

  const exporting = exportLetters(EXPORT, app, surroundings)

  await expect(exporting).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  expect(String(stderr.read())).toMatch(/^Wrote \d+ dead letters?, which may not be all there are\.\n$/)
})

it.each(['export', 'list'])('%s holds nothing in memory that nobody reads', async (command) => {
  const { app, stdout, output, surroundings } = await withLetters({ json: command === 'list' })
  let lines = 0

  const running =
    command === 'list' ? listLetters(LIST, app, output) : exportLetters(EXPORT, app, surroundings)
  await until(() => stdout.writableNeedDrain)
  for (let turn = 0; turn < 1000; turn++) await setImmediate()
  const unread = stdout.writableLength + stdout.readableLength
  stdout.on('data', (chunk: Buffer) => (lines += chunk.toString().split('\n').length - 1))
  const exitCode = await running
  await until(() => lines === 300)

  expect(unread).toBeLessThan(6000)
  expect(exitCode).toBe(0)
})
