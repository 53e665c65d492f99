/** Very large pictures are made small without ever being in memory whole. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { buildExamples } from '../../scripts/demo/build.mjs'
import { freePorts } from '../../scripts/rabbitmq/free-ports.mjs'
import { startChild } from '../support/child.js'
import { tracked } from '../support/tracked.js'
import { until } from '../support/until.js'
import { ROOT } from './run-demo.js'

const AT_ONCE = 8
/** Decoded, one of them has 8000 × 5000 × 3 bytes. */
const DECODED_MB = 114

beforeAll(() => buildExamples(ROOT))

// Where else is the peak of another process written down?
it.runIf(process.platform === 'linux')(
  'eight pictures of 40 million pixels need less memory than three',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskalope-memory-'))
    tracked({ close: () => rm(folder, { recursive: true }) })
    const [service, storage, samples, uploads] = (await freePorts(4)).map(
      (port) => `http://127.0.0.1:${port}`,
    )
    const env = {
      NODE_ENV: 'development',
      TASKALOPE_BROKER_URL: undefined,
      IMAGE_SERVICE_URL: service,
      IMAGE_STORAGE_URL: storage,
      IMAGE_STORAGE_FOLDER: folder,
      IMAGE_SAMPLES_URL: samples,
      IMAGE_UPLOAD_URL: uploads,
    }
    const child = startChild(process.execPath, [join(ROOT, 'build/examples/image-service/main.js')], {
      env,
      cwd: ROOT,
    })
    await child.printed('Ready')
    const before = await peakMb(child.pid)

    const statuses = await Promise.all(
      Array.from({ length: AT_ONCE }, () => send(`${service}`, `${samples}/huge.jpg`)),
    )
    for (const status of statuses) {
      await until(async () => (await stateOf(status)) === 'SUCCESS')
    }

    expect((await peakMb(child.pid)) - before).toBeLessThan(3 * DECODED_MB)
  },
)

async function send(service: string, url: string): Promise<string> {
  const response = await fetch(`${service}/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  })
  const { status } = (await response.json()) as { status: string }
  return service + status
}

async function stateOf(status: string): Promise<string> {
  const job = (await (await fetch(status)).json()) as { state: string }
  return job.state
}

async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}
