/** Runs the code of the README, and holds its "Not yet" against what the package exports. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as everything from '../../src/index.js'
// #region story
import sharp from 'sharp'
import { createRetry, Task, task } from 'taskalope'

// #endregion story
// #region again
import { retryOnHttp } from 'taskalope/retry'

// #endregion again
import { FakeClock } from '../../src/testing/fake-clock.js'
import { textOf } from '../architecture/project-files.js'
import { until } from '../support/until.js'
import { ROOT } from './pages.js'

const clock = new FakeClock()
const lines: string[] = []
const note = (_fields: unknown, message: string) => void lines.push(message)
everything.configure({ clock, logger: { ...everything.silentLogger, warn: note, error: note } })

let storage = ''
/** What the server answers first. */
const answers: number[] = []
const stored = new Map<string, Buffer>()
const server = createServer((request, response) => {
  const answer = answers.shift()
  if (answer !== undefined) {
    response.writeHead(answer).end()
  } else if (request.url === '/ping') {
    response.end()
  } else if (request.method === 'PUT') {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      stored.set(request.url ?? '', Buffer.concat(chunks))
      response.writeHead(201).end()
    })
  } else if (request.url === '/a.jpg') {
    response.end(readFileSync(`${ROOT}/examples/image-service/samples/rotated.jpg`))
  } else {
    response.writeHead(404).end()
  }
})

// #region story
class HttpError extends Error {
  constructor(
    readonly url: string,
    readonly status: number,
  ) {
    super(`${url} answered ${status}`)
  }
}

const retryOnStatus = (...statuses: number[]) =>
  createRetry({ key: 'http', on: HttpError, when: (e) => statuses.includes(e.status), delay: '20m', max: 5 })

@retryOnStatus(500, 502)
@task({ name: 'images.process', queue: 'images' })
export class ProcessImage extends Task {
  async run(url: string): Promise<string> {
    const image = await this.download(url)
    const small = await sharp(image).resize(256).jpeg().toBuffer()
    return await this.upload(small)
  }

  private async download(url: string) {
    const response = await fetch(url, { signal: this.signal })
    if (!response.ok) throw new HttpError(url, response.status)
    return await response.arrayBuffer()
  }

  private async upload(image: Uint8Array<ArrayBuffer>) {
    const url = `${storage}/${this.request.id}.jpg`
    const response = await fetch(url, { method: 'PUT', body: image })
    if (!response.ok) throw new HttpError(url, response.status)
    return url
  }
}
// #endregion story

// #region again
export const ping = retryOnHttp([500, 502], { delay: '20m' })(
  task('ping', async (url: string) => {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url} answered ${response.status}`, { cause: response })
    return response.status
  }),
)
// #endregion again

beforeAll(async () => {
  await listening(server)
  storage = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await everything.defaultApp().close()
  server.close()
})

it('processes an image, and tries again in 20 minutes when the storage is down', async () => {
  const imageUrl = `${storage}/a.jpg`
  answers.push(502, 500)

  // #region call
  const call = await ProcessImage.delay(imageUrl)
  // #endregion call

  await ended(call)
  expect(lines.map((line) => line.slice(0, 54))).toEqual([
    'task failed (attempt 1); retry 1/5 under "http" in 20m',
    'task failed (attempt 2); retry 2/5 under "http" in 20m',
  ])
  const url = await call.get()
  const thumbnail = await sharp(stored.get(new URL(url).pathname)).metadata()
  expect(thumbnail.width).toBe(256)
})

it('fails visibly when there is no such image', async () => {
  const call = await ProcessImage.delay(`${storage}/missing.jpg`)

  await ended(call)
  await expect(call.get()).rejects.toThrow('missing.jpg answered 404')
})

it('logs what minute 3 shows', async () => {
  answers.push(502)
  lines.splice(0)
  const startedAt = clock.now()
  const call = await ping.delay(`${storage}/ping`)

  await ended(call)
  const nextAt = new Date(startedAt + 1_200_000).toISOString()
  expect(lines.map((line) => `${line.replace(nextAt, '2031-05-06T12:20:00.000Z')}\n`)).toEqual([
    textOf('tests/docs/readme-log.txt'),
  ])
  expect(await call.get()).toBe(200)
})

it('does not say "not yet" of what is there', () => {
  const notYet = ['timeLimit', 'chain', 'group', 'chord', 'periodic', 'revoke', 'metrics', 'dashboard']

  expect(notYet.filter((name) => name in everything)).toEqual([])
})

/** Moves the clock from one retry to the next; what is done in between takes real time. */
async function ended(call: everything.AsyncResult<unknown>): Promise<void> {
  await until(async () => {
    if (clock.waiting > 0) await clock.advance(60_000)
    return call.ready()
  })
}

function listening(it: Server): Promise<void> {
  return new Promise((resolve) => it.listen(0, '127.0.0.1', resolve))
}
