/** The servers around the image service: what the storage keeps and refuses, and what goes wrong on the way there. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createFlakyUploads } from '../../examples/image-service/flaky-uploads.js'
import { createSampleServer } from '../../examples/image-service/samples.js'
import { createStorage } from '../../examples/image-service/storage.js'
import { tracked } from '../support/tracked.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskalope-storage-'))
  tracked({ close: () => rm(folder, { recursive: true }) })
})

describe('the storage server', () => {
  it('gives back what was put into it, as what it is', async () => {
    const storage = tracked(await createStorage(folder))
    const bytes = Buffer.from([0, 1, 2, 255])

    const put = await storage.inject({
      method: 'PUT',
      url: '/objects/a-b_c.png',
      payload: bytes,
      headers: { 'content-type': 'image/png' },
    })
    const got = await storage.inject('/objects/a-b_c.png')

    expect(put.statusCode).toBe(201)
    expect(got.statusCode).toBe(200)
    expect(got.headers['content-type']).toBe('image/png')
    expect(got.rawPayload).toEqual(bytes)
    expect(await readdir(folder)).toEqual(['a-b_c.png'])
  })

  it('replaces an object that is put again', async () => {
    const storage = tracked(await createStorage(folder))

    for (const payload of ['the longer first one', 'second']) {
      await storage.inject({
        method: 'PUT',
        url: '/objects/x',
        payload,
        headers: { 'content-type': 'text/plain' },
      })
    }

    expect((await storage.inject('/objects/x')).payload).toBe('second')
  })

  it.each(['..%2Fescaped', '%2e%2e%2Fescaped', '..%5Cescaped', '.hidden', '%2Fetc%2Fpasswd', 'a%00b', '..'])(
    'does not let the name %s lead out of its folder',
    async (name) => {
      const inner = join(folder, 'inner')
      const storage = tracked(await createStorage(inner))
      await writeFile(join(folder, 'escaped'), 'secret')

      const put = await storage.inject({
        method: 'PUT',
        url: `/objects/${name}`,
        payload: 'mine now',
        headers: { 'content-type': 'text/plain' },
      })
      const got = await storage.inject(`/objects/${name}`)

      expect(put.statusCode).toBeGreaterThanOrEqual(400)
      expect(put.statusCode).toBeLessThan(500)
      expect(got.payload).not.toContain('secret')
      expect(await readFile(join(folder, 'escaped'), 'utf8')).toBe('secret')
      expect(await readdir(inner)).toEqual([])
    },
  )

  it('refuses an object above 5 MB and keeps nothing of it', async () => {
    const storage = tracked(await createStorage(folder))

    const put = await storage.inject({
      method: 'PUT',
      url: '/objects/big',
      payload: Buffer.alloc(5 * 1024 * 1024 + 1),
      headers: { 'content-type': 'application/octet-stream' },
    })

    expect(put.statusCode).toBe(413)
    expect(await readdir(folder)).toEqual([])
  })

  it('answers 404 for what it does not have', async () => {
    const storage = tracked(await createStorage(folder))

    const got = await storage.inject('/objects/nothing')

    expect(got.statusCode).toBe(404)
    expect(got.json()).toEqual({ error: 'There is no "nothing" here.' })
  })
})

describe('the sample server', () => {
  it('names the images of its folder and serves each with its type', async () => {
    await writeFile(join(folder, 'one.webp'), 'not really')
    await writeFile(join(folder, 'LICENSE.md'), 'free')
    const samples = tracked(createSampleServer(folder))

    const list = await samples.inject('/')
    const one = await samples.inject('/one.webp')

    expect(list.json()).toEqual(['one.webp'])
    expect(one.headers['content-type']).toBe('image/webp')
  })
})

describe('the upload server', () => {
  let uploadUrl: string

  beforeEach(async () => {
    const storage = tracked(await createStorage(folder))
    const storageUrl = await storage.listen({ host: '127.0.0.1', port: 0 })
    const uploads = tracked(createFlakyUploads(storageUrl))
    uploadUrl = await uploads.listen({ host: '127.0.0.1', port: 0 })
  })

  it.each([
    ['rotated-1.jpg', [201, 201]],
    ['jackalope-1.png', [500, 201, 201]],
    ['meadow-1.webp', [429, 201]],
    ['lake-1.avif', [502, 500, 201]],
    ['blink-1.png', ['hung up', 201]],
    ['unlucky-1.jpg', [500, 500, 500, 500, 500]],
  ])('answers the uploads of %s %j', async (name, expected) => {
    const answers = []
    for (const _ of expected) answers.push((await put(name))?.status ?? 'hung up')

    expect(answers).toEqual(expected)
  })

  it('has the same troubles for each call', async () => {
    await put('jackalope-1.png')

    expect((await put('jackalope-2.png'))?.status).toBe(500)
  })

  it('says with a 429 when to come back', async () => {
    const answer = await put('meadow-1.webp')

    expect(answer?.headers.get('retry-after')).toBe('2')
  })

  it('hands on what it takes, whatever it answers then', async () => {
    await put('lake-1.avif')
    expect(await readFile(join(folder, 'lake-1.avif'), 'utf8')).toBe('pixels')

    await put('jackalope-1.png')
    expect(await readdir(folder)).toEqual(['lake-1.avif'])
  })

  it('does not say that it is stored when the storage says that it is not', async () => {
    await mkdir(join(folder, 'rotated-1.jpg'))

    expect((await put('rotated-1.jpg'))?.status).toBe(500)
  })

  it.each(['..%2Fescaped', '.hidden', 'a%00b'])('refuses the name %s', async (name) => {
    expect((await put(name))?.status).toBe(400)
  })

  const put = (name: string) =>
    fetch(`${uploadUrl}/objects/${name}`, {
      method: 'PUT',
      body: 'pixels',
      headers: { 'content-type': 'image/png' },
    }).catch(() => undefined)
})
