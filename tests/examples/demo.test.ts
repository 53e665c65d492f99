/** The demo: it shows what it promises in both modes, fails when something is not as expected, and ends what it started. */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildExamples } from '../../scripts/demo/build.mjs'
import { EXPECTATIONS } from '../../scripts/demo/expectations.mjs'
import { startChild } from '../support/child.js'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { tracked } from '../support/tracked.js'
import { leaveNoQueues } from './leave-no-queues.js'
import { DEMO, ROOT, runDemo } from './run-demo.js'

const DEMO_MS = 60_000
const SAMPLES = join(ROOT, 'examples/image-service/samples')

let folder: string

beforeAll(() => buildExamples(ROOT))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskalope-demo-test-'))
  tracked({ close: () => rm(folder, { recursive: true }) })
})

describe('the demo on the embedded broker', () => {
  it(
    'shows a table of all images in 80 columns, what the user was told, and where the thumbnails are',
    async () => {
      const { stdout, exitCode, all } = await runDemo(['--out', folder])

      expect(exitCode, all).toBe(0)
      expect(stdout).toContain('Broker: embedded; the service and its worker are one process')
      expectFullReport(stdout)
      expect(await thumbnailsIn(folder)).toEqual([
        'blink.png',
        'huge.jpeg',
        'jackalope.png',
        'lake.avif',
        'meadow.webp',
        'rotated.jpeg',
        'tiny.png',
      ])
    },
    DEMO_MS,
  )

  it(
    'prints JSON and nothing else when asked to',
    async () => {
      const { stdout, exitCode, all } = await runDemo(['--json', '--out', folder])

      expect(exitCode, all).toBe(0)
      const { images, ...rest } = JSON.parse(stdout)
      expect(rest).toEqual({ ok: true, mode: 'embedded', thumbnails: folder })
      expect(images).toHaveLength(EXPECTATIONS.length)
      expect(images[3]).toMatchObject({
        file: 'lake.avif',
        job: { state: 'SUCCESS', attempts: 3, retries: [{ reason: '502' }, { reason: '500' }] },
      })
    },
    DEMO_MS,
  )

  it(
    'ends with 1 and says so when it is not done in time',
    async () => {
      const { exitCode, all } = await runDemo(['--timeout', '0.01', '--out', folder])

      expect(exitCode).toBe(1)
      expect(all).toContain('Not everything was done within 0.01 s (--timeout).')
    },
    DEMO_MS,
  )

  it(
    'ends everything it started on Ctrl-C',
    async () => {
      const demo = startChild(process.execPath, [DEMO, '--no-build', '--keep', '--out', folder], {
        env: { TASKALOPE_BROKER_URL: undefined },
      })
      await demo.printed('Still running', { timeoutMs: DEMO_MS })
      const service = /http:\/\/127\.0\.0\.1:\d+(?=\/images)/.exec(demo.output())?.[0] ?? ''
      expect((await fetch(`${service}/images/nobody`)).status).toBe(404)

      demo.kill('SIGINT')

      expect((await demo.ended).exitCode).toBe(0)
      await expect(fetch(`${service}/images/nobody`)).rejects.toThrow('fetch failed')
    },
    DEMO_MS,
  )

  it(
    'ends with 130 when it is interrupted before the end',
    async () => {
      const demo = startChild(process.execPath, [DEMO, '--no-build', '--out', folder], {
        env: { TASKALOPE_BROKER_URL: undefined },
      })
      await demo.printed('Broker: embedded')

      demo.kill('SIGINT')

      expect((await demo.ended).exitCode).toBe(130)
      expect(demo.output()).toContain('Interrupted.')
    },
    DEMO_MS,
  )

  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--timeout', 'soon'], '--timeout is "soon"'],
    [['surplus'], 'surplus'],
  ])('refuses %j as usage', async (args, said) => {
    const { exitCode, all } = await runDemo(args)

    expect(exitCode).toBe(64)
    expect(all).toContain(said)
  })
})

describe('the demo fails, and says what differs, when', () => {
  it(
    'samples are not what they were',
    async () => {
      const samples = await tamperedSamples({
        'rotated.jpg': () => sharp(join(SAMPLES, 'rotated.jpg')).jpeg(),
        'jackalope.png': () => sharp(join(SAMPLES, 'jackalope.png')).flatten({ background: 'white' }),
        'meadow.webp': () => sharp(join(SAMPLES, 'meadow.webp')).png(),
        'corrupt.jpg': () => sharp(join(SAMPLES, 'huge.jpg')).resize(1200),
        'tiny.png': undefined,
        'lake.avif': undefined,
      })

      const { exitCode, stdout } = await runDemo(['--samples', samples, '--out', folder])

      expect(exitCode).toBe(1)
      expect(stdout).toContain('NOT as expected, 6 of 9 images:')
      expect(stdout).toContain('rotated.jpg: width of the original is 1200, expected 900')
      expect(stdout).toContain('jackalope.png: alpha of the thumbnail is false, expected true')
      expect(stdout).toContain('meadow.webp: format of the original is png, expected webp')
      expect(stdout).toContain('corrupt.jpg: it ended as SUCCESS where it had to fail')
      expect(stdout).toContain('tiny.png: it failed: 127.0.0.1:')
      expect(stdout).toContain('lake.avif: it took 1 of the 3 runs expected')
      expect(stdout).toContain('lake.avif: it was tried again after nothing, expected after 502, 500')
      expect(stdout).toMatch(/│ meadow\.webp +│.*UNEXPECTED/)
    },
    DEMO_MS,
  )

  it(
    'a picture of the right size is upside down',
    async () => {
      const samples = await tamperedSamples({
        'rotated.jpg': () => sharp(join(SAMPLES, 'rotated.jpg')).withMetadata({ orientation: 8 }).jpeg(),
      })

      const { exitCode, stdout } = await runDemo(['--samples', samples, '--out', folder])

      expect(exitCode).toBe(1)
      expect(stdout).toContain('NOT as expected, 1 of 9 images:')
      expect(stdout).toContain('rotated.jpg: the sky above (pixel 7,7) is rgba(')
    },
    DEMO_MS,
  )

  it(
    'the broker cannot be reached',
    async () => {
      const { exitCode, all } = await runDemo(['--out', folder], 'amqp://guest:secret@127.0.0.1:9')

      expect(exitCode).toBe(1)
      expect(all).toMatch(/The worker ended \(exit code 69\)/)
      expect(all).not.toContain('secret')
    },
    DEMO_MS,
  )
})

describeWithRabbit('the demo over RabbitMQ', (rabbit) => {
  beforeEach(() => leaveNoQueues(rabbit.url, ['images']))

  it(
    'has the worker in its own process, and comes to the same end',
    async () => {
      const { stdout, exitCode, all } = await runDemo(['--out', folder], rabbit.url)

      expect(exitCode, all).toBe(0)
      expect(stdout).toMatch(
        /Broker: RabbitMQ at amqp:\/\/127\.0\.0\.1:\d+\S*; the worker is its own process/,
      )
      expectFullReport(stdout)
      expect(await thumbnailsIn(folder)).toHaveLength(7)
    },
    DEMO_MS,
  )
})

function expectFullReport(stdout: string): void {
  for (const line of stdout.split('\n').filter((each) => each.startsWith('│')))
    expect(line.length).toBeLessThanOrEqual(80)
  for (const { file } of EXPECTATIONS)
    expect(stdout).toMatch(new RegExp(`│ ${file.replace('.', '\\.')} +│.*(done|failed)`))
  expect(stdout).toMatch(/│ corrupt\.jpg +│.*│ 1 run +│ failed/)
  expect(stdout).toMatch(/│ unlucky\.jpg +│.*│ 4 runs +│ failed +│\n│ .*│ \(3 × 500\) +│ +│/)
  expect(stdout).toMatch(/│ lake\.avif +│.*│ 3 runs +│ done +│\n│ .*│ \(502, 500\) +│ +│/)
  expect(stdout).toMatch(
    /lake\.avif waits until \d\d:\d\d:\d\d for its retry: 127\S+ answered 502 Bad Gateway/,
  )
  expect(stdout).toContain('8 retries, each after 1s or what Retry-After said.')
  expect(stdout).toMatch(
    /The user was told: \S+\/unlucky\.jpg was not processed, though it was tried 4 times\. \S+ answered 500 Internal/,
  )
  expect(stdout).toMatch(
    /The user was told: \S+\/corrupt\.jpg was not processed\. It cannot be read as an image: .+/,
  )
  expect(stdout).toContain(
    'All 9 images came out as expected; unlucky.jpg and corrupt.jpg had to fail and did.',
  )
  expect(stdout).toContain(`Thumbnails: ${folder}`)
}

/** Without the id each name carries. */
const thumbnailsIn = async (path: string) =>
  (await readdir(path)).map((name) => name.replace(/-[\da-f-]{36}/, '')).sort()

/** A copy of the samples in which these are replaced, or left out. */
async function tamperedSamples(
  changes: Readonly<Record<string, (() => Sharp) | undefined>>,
): Promise<string> {
  const samples = join(folder, 'samples')
  await cp(SAMPLES, samples, { recursive: true })
  for (const [file, change] of Object.entries(changes)) {
    await rm(join(samples, file))
    if (change) await writeFile(join(samples, file), await change().toBuffer())
  }
  return samples
}
