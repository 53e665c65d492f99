/** The image service on the embedded broker: what it answers, what it makes of images, and what it tells the user of bad ones. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import sharp, { type Sharp } from 'sharp'
import { configure, silentLogger, Taskalope } from 'taskalope'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job } from '../../examples/image-service/jobs.js'
import { createService } from '../../examples/image-service/service.js'
import { createStorage } from '../../examples/image-service/storage.js'
import { ProcessImage } from '../../examples/image-service/tasks.js'
import { freePorts } from '../../scripts/rabbitmq/free-ports.mjs'
import { tracked } from '../support/tracked.js'
import { until } from '../support/until.js'

// Before the task is loaded: its decorators read it there.
vi.hoisted(() => vi.stubEnv('IMAGE_RETRY_DELAY', '0s'))

type Answer = (response: ServerResponse) => unknown
type JobWithNotification = Job & { readonly notification?: string }

/** What the rest of the web answers, by path; set by each test. */
const web = new Map<string, Answer>()
const told: string[] = []
let webUrl: string
let service: FastifyInstance
let storageFolder: string
let storageUrl: string

beforeAll(async () => {
  storageFolder = await mkdtemp(join(tmpdir(), 'taskalope-images-'))
  tracked({ close: () => rm(storageFolder, { recursive: true }) })
  const storage = tracked(await createStorage(storageFolder))
  storageUrl = await storage.listen({ host: '127.0.0.1', port: 0 })
  vi.stubEnv('IMAGE_STORAGE_URL', storageUrl)
  vi.stubEnv('IMAGE_UPLOAD_URL', storageUrl)
  service = tracked(createService((message) => told.push(message)))
  vi.stubEnv('IMAGE_SERVICE_URL', await service.listen({ host: '127.0.0.1', port: 0 }))
  webUrl = await startWeb()
  tracked(configure({ logger: silentLogger }))
})

afterAll(() => vi.unstubAllEnvs())

beforeEach(() => {
  web.clear()
  told.length = 0
})

describe('the service', () => {
  it('answers at once, while the image has not even arrived', async () => {
    const png = await picture(300, 200)
    let asked: ServerResponse | undefined
    web.set('/slow.png', (response) => (asked = response))

    const { statusCode, headers, json } = await post({ url: `${webUrl}/slow.png` })
    const { id, status } = json<{ id: string; status: string }>()
    const response = await until(() => asked)
    const waiting = await jobOf(id)

    expect(statusCode).toBe(202)
    expect(headers.location).toBe(status)
    expect(status).toBe(`/images/${id}`)
    expect(waiting).toMatchObject({ id, url: `${webUrl}/slow.png`, state: 'PROGRESS', progress: 0 })

    answerWith(png, 'image/png')(response)

    expect(await ended(id)).toMatchObject({
      state: 'SUCCESS',
      progress: 1,
      result: { format: 'png', width: 256, height: 171, original: { width: 300, height: 200 } },
    })
  })

  it.each([
    ['nothing', undefined],
    ['no url', {}],
    ['a number', { url: 5 }],
    ['no address', { url: 'not a url' }],
    ['a path', { url: '/a.jpg' }],
    ['an address that is not of the web', { url: 'ftp://example.org/a.jpg' }],
    ['a file', { url: 'file:///etc/passwd' }],
    ['a text without end', { url: `http://example.org/${'a'.repeat(3000)}` }],
    ['something nobody asked for', { url: 'http://example.org/a.jpg', size: 'big' }],
  ])('refuses %s with 400 and says what is wrong', async (_, body) => {
    const answer = await post(body)

    expect(answer.statusCode).toBe(400)
    expect(answer.json<{ error: string }>().error).toMatch(/body/)
  })

  it('answers 404 for an image it does not know', async () => {
    const answer = await service.inject('/images/nobody')

    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toEqual({ error: 'No image has the id "nobody".' })
  })

  it('answers 503 when the call cannot be sent, because the image was not taken', async () => {
    const closed = new Taskalope()
    await closed.close()
    const cutOff = tracked(createService())
    cutOff.addHook('preHandler', (_request, _reply, done) => closed.run(done))

    const answer = await cutOff.inject({
      method: 'POST',
      url: '/images',
      payload: { url: `${webUrl}/a.jpg` },
    })

    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'ERR_NOT_SENT' })
  })
})

describe('a thumbnail', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is upright for EXIF orientation %i', async (orientation) => {
    const upright = await sharp(await picture(400, 300))
      .raw()
      .toBuffer({ resolveWithObject: true })
    const stored = laidDown(sharp(upright.data, { raw: upright.info }), orientation)
    web.set(
      '/photo.jpg',
      answerWith(await stored.withMetadata({ orientation }).jpeg().toBuffer(), 'image/jpeg'),
    )

    const { result } = await process('/photo.jpg')

    expect(result).toMatchObject({ width: 256, height: 192, original: { width: 400, height: 300 } })
    const thumbnail = await storedObject(result?.thumbnailUrl)
    expect(await colourAt(thumbnail, 20, 20)).toBe('red')
    expect(await colourAt(thumbnail, 230, 20)).toBe('green')
    expect(await colourAt(thumbnail, 20, 170)).toBe('blue')
    expect((await sharp(thumbnail).metadata()).orientation).toBeUndefined()
  })

  it('has the same name when the call runs twice, so that the second run does no harm', async () => {
    web.set('/twice.png', answerWith(await picture(300, 300), 'image/png'))
    const options = { taskId: 'the-same-call' }

    const first = await ProcessImage.applyAsync([`${webUrl}/twice.png`], options)
    await first.get({ timeout: '10s' })
    const second = await ProcessImage.applyAsync([`${webUrl}/twice.png`], options)
    await second.get({ timeout: '10s' })

    const objects = await readdir(storageFolder)
    expect(objects.filter((name) => name.includes('the-same-call'))).toEqual(['twice-the-same-call.png'])
  })
})

describe('what a third party fails in', () => {
  it('is tried again, and the user never hears of it', async () => {
    const png = answerWith(await picture(300, 200), 'image/png')
    web.set('/flaky.png', oneByOne(answerStatus(500), breakOff, answerStatus(502), png))

    const job = await process('/flaky.png')

    expect(job).toMatchObject({ state: 'SUCCESS', attempts: 4, result: { width: 256 } })
    expect(job.retries.map(({ reason }) => reason)).toEqual(['500', 'network', '502'])
    expect(told).toEqual([])
  })

  it('waits as long as Retry-After says, and shows until when', async () => {
    web.set('/busy.png', (response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    const before = Date.now()

    const { id } = (await post({ url: `${webUrl}/busy.png` })).json<{ id: string }>()
    const job = await until(async () => {
      const seen = await jobOf(id)
      return seen.state === 'RETRY' && seen
    })

    expect(job).toMatchObject({ step: 'waiting', attempts: 1, retries: [{ reason: '429' }] })
    expect(job.retries[0]?.message).toMatch(/answered 429 Too Many Requests/)
    const waitMs = new Date(job.retries[0]?.nextAt ?? NaN).getTime() - before
    expect(waitMs).toBeGreaterThanOrEqual(3_600_000)
    expect(waitMs).toBeLessThan(3_660_000)
    expect(job).not.toHaveProperty('ms')
    expect(told).toEqual([])
  })
})

describe('the user is told why there is no thumbnail, when the address', () => {
  const bomb = () =>
    sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
  const cases: [what: string, answer: () => Answer | Promise<Answer>, reason: RegExp, attempts?: number][] = [
    ['is answered 404', () => answerStatus(404), /127\.0\.0\.1:\d+ answered 404 Not Found/],
    ['is always answered 502', () => answerStatus(502), /answered 502 Bad Gateway/, 4],
    ['is always answered 503', () => answerStatus(503), /answered 503 Service Unavailable/, 6],
    [
      'leads to a page',
      () => answerWith(Buffer.from('<html>'), 'text/html'),
      /It is text\/html, not an image/,
    ],
    ['leads to an empty file', () => answerWith(Buffer.alloc(0), 'image/png'), /cannot be read as an image/],
    [
      'leads to text called an image',
      () => answerWith(Buffer.from('hello'), 'image/png'),
      /cannot be read as an image/,
    ],
    ['leads to an SVG', () => answerWith(SVG, 'image/svg+xml'), /svg\+xml is not taken, only jpeg/],
    ['leads to more than 20 MB', () => answerWith(Buffer.alloc(21e6), 'image/png'), /larger than 20 MB/],
    ['never says how long it is', () => answerWithoutEnd, /larger than 20 MB/],
    ['leads to 81 million pixels', async () => answerWith(await bomb(), 'image/png'), /pixel limit/],
    ['always breaks off', () => breakOff, /The download broke off: .+/, 4],
  ]

  it.each(cases)('%s', async (_, answer, reason, attempts = 1) => {
    web.set('/bad', await answer())

    const job = await process('/bad')

    expect(job).toMatchObject({ state: 'FAILURE', attempts })
    expect(job.failure).toMatch(reason)
    expect(job.notification).toMatch(reason)
    expect(job.notification).toContain(`${webUrl}/bad was not processed${times(attempts)}.`)
    expect(told).toEqual([job.notification])
    expect(job.result).toBeUndefined()
  })

  it('is fine but the storage is full', async () => {
    web.set('/507/objects', answerStatus(507))
    web.set('/fine.png', answerWith(await picture(100, 100), 'image/png'))
    vi.stubEnv('IMAGE_UPLOAD_URL', `${webUrl}/507`)

    const job = await process('/fine.png')

    vi.stubEnv('IMAGE_UPLOAD_URL', storageUrl)
    expect(job.notification).toMatch(/answered 507 Insufficient Storage/)
  })

  it('leads nowhere', async () => {
    const [port] = await freePorts(1)

    const job = await processUrl(`http://127.0.0.1:${port}/a.jpg`)

    expect(job.notification).toContain(`127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`)
    expect(job.attempts).toBe(4)
  })
})

const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
)

async function startWeb(): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const answer = web.get(path) ?? web.get(dirname(path)) ?? answerStatus(404)
    void answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  tracked({
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** One answer for each request. */
function oneByOne(...answers: Answer[]): Answer {
  return (response) => (answers.shift() ?? answerStatus(404))(response)
}

const times = (attempts: number) => (attempts === 1 ? '' : `, though it was tried ${attempts} times`)

const answerStatus = (status: number) => (response: ServerResponse) => response.writeHead(status).end()

function answerWith(bytes: Buffer, type: string): Answer {
  return (response) =>
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes)
}

/** Goes on until the other side has had enough. */
function answerWithoutEnd(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/png' })
  const chunk = Buffer.alloc(256 * 1024)
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': 1000 })
  response.write(Buffer.alloc(500), () => response.destroy())
}

const post = (body: unknown) =>
  service.inject({ method: 'POST', url: '/images', ...(body !== undefined && { payload: body as object }) })

const jobOf = async (id: string) => (await service.inject(`/images/${id}`)).json<JobWithNotification>()

const ended = (id: string) =>
  until(async () => {
    const job = await jobOf(id)
    return job.ms !== undefined && job
  })

const process = (path: string) => processUrl(webUrl + path)

async function processUrl(url: string): Promise<JobWithNotification> {
  const answer = await post({ url })
  expect(answer.statusCode).toBe(202)
  return ended(answer.json<{ id: string }>().id)
}

async function storedObject(url: string | undefined): Promise<Buffer> {
  const response = await fetch(url ?? 'no thumbnail was made')
  return Buffer.from(await response.arrayBuffer())
}

/** Red, green, blue and white quarters. */
function picture(width: number, height: number): Promise<Buffer> {
  const [w, h] = [width / 2, height / 2]
  const quarter = (x: number, y: number, fill: string) =>
    `<rect x="${x * w}" y="${y * h}" width="${w}" height="${h}" fill="${fill}"/>`
  const quarters =
    quarter(0, 0, 'red') + quarter(1, 0, 'lime') + quarter(0, 1, 'blue') + quarter(1, 1, 'white')
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${quarters}</svg>`,
    ),
  )
    .removeAlpha()
    .png()
    .toBuffer()
}

/** The opposite of what a viewer does for this orientation: a table, so that it does not share the code under test. */
function laidDown(upright: Sharp, orientation: number): Sharp {
  const ways: Readonly<Record<number, (image: Sharp) => Sharp>> = {
    1: (image) => image,
    2: (image) => image.flop(),
    3: (image) => image.rotate(180),
    4: (image) => image.flip(),
    5: (image) => image.affine([0, 1, 1, 0], { interpolator: 'nearest' }),
    6: (image) => image.rotate(270),
    7: (image) => image.affine([0, -1, -1, 0], { interpolator: 'nearest' }),
    8: (image) => image.rotate(90),
  }
  return ways[orientation]?.(upright) ?? upright
}

async function colourAt(image: Buffer, left: number, top: number): Promise<string> {
  const pixel = await sharp(image).extract({ left, top, width: 1, height: 1 }).raw().toBuffer()
  const names = ['red', 'green', 'blue']
  const bright = [...pixel.subarray(0, 3)].flatMap((value, i) => (value > 128 ? names[i] : []))
  return bright.join('+')
}
