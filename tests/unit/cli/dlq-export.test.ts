/** An export that breaks off says how much of it there is. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { exportLetters } from '../../../src/cli/dlq-export.js'
import { FatalErrors } from '../../../src/cli/fatal-errors.js'
import { createOutput } from '../../../src/cli/output.js'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import { tracked } from '../../support/tracked.js'

it('says how many letters it wrote when the broker is gone in the middle', async () => {
  const app = tracked(new Taskalope({ broker: 'memory://', registry: new Registry(), logger: silentLogger }))
  const broker = await app.broker()
  await broker.declare({ name: 'q' })
  for (let n = 0; n < 300; n++) {
    const letter = { body: Buffer.from('[]'), properties: {}, headers: { id: `n${n}`, task: 't' } }
    await broker.publish({ routingKey: app.deadLetters.queue }, letter)
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  stdout.once('data', () => void broker.close())
  const output = createOutput(false, { stdout, stderr })
  const surroundings = { version: '0', output, stderr, folder: '.', fatal: new FatalErrors() }

  const input = { action: 'export', filter: {}, limit: undefined, output: undefined } as never
  const exporting = exportLetters(input, app, surroundings)

  await expect(exporting).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  expect(String(stderr.read())).toMatch(/^Wrote \d+ dead letters?, which may not be all there are\.\n$/)
})
