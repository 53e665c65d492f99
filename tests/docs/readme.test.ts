/** Runs the code of the README, and holds its "Not yet" against what the package exports. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as everything from '../../src/index.js'
// #region story
import sharp from 'sharp'
import { Task, task } from 'taskalope'

// #endregion story
import { ROOT } from './pages.js'

everything.configure({ logger: everything.silentLogger })

let storage = ''
const stored = new Map<string, Buffer>()
const server = createServer((request, response) => {
  if (request.method === 'PUT') {
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
@task({ name: 'images.process', queue: 'images' })
export class ProcessImage extends Task {
  async run(url: string): Promise<string> {
    const image = await this.download(url)
    const small = await sharp(image).resize(256).jpeg().toBuffer()
    return await this.upload(small)
  }

  private async download(url: string) {
    const response = await fetch(url, { signal: this.signal })
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    return await response.arrayBuffer()
  }

  private async upload(image: Uint8Array<ArrayBuffer>) {
    const url = `${storage}/${this.request.id}.jpg`
    const response = await fetch(url, { method: 'PUT', body: image })
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    return url
  }
}
// #endregion story

beforeAll(async () => {
  await listening(server)
  storage = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await everything.defaultApp().close()
  server.close()
})

it('processes an image', async () => {
  const imageUrl = `${storage}/a.jpg`

  // #region call
  const call = await ProcessImage.delay(imageUrl)
  // #endregion call

  const url = await call.get({ timeout: '10s' })
  const thumbnail = await sharp(stored.get(new URL(url).pathname)).metadata()
  expect(thumbnail.width).toBe(256)
})

it('fails visibly when there is no such image', async () => {
  const call = await ProcessImage.delay(`${storage}/missing.jpg`)

  await expect(call.get({ timeout: '10s' })).rejects.toThrow('missing.jpg answered 404')
})

it('does not say "not yet" of what is there', () => {
  const notYet = [
    'retry',
    'createRetry',
    'makeRetryDecorator',
    'combineRetries',
    'Retry',
    'timeLimit',
    'chain',
    'group',
    'chord',
    'periodic',
  ]

  expect(notYet.filter((name) => name in everything)).toEqual([])
})

function listening(it: Server): Promise<void> {
  return new Promise((resolve) => it.listen(0, '127.0.0.1', resolve))
}
