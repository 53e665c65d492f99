/** Runs the first task as the pages say: compiled by the settings they show, on the embedded broker, and over RabbitMQ with a worker of its own. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { ROOT, textOf } from '../architecture/project-files.js'
import { leaveNoQueues } from '../examples/leave-no-queues.js'
import { startChild } from '../support/child.js'
import { describeWithRabbit } from '../support/rabbitmq.js'

const EXAMPLE = 'examples/first-task'
const CLI = join(ROOT, 'dist/cli/main.js')
let dist = ''

beforeAll(async () => {
  // Inside the project, where `taskalope` is the package that was built.
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  dist = mkdtempSync(join(ROOT, 'build/first-task-'))
  await execa('tsc', ['-p', EXAMPLE, '--outDir', dist, '--skipLibCheck'], { cwd: ROOT, preferLocal: true })
})

afterAll(() => {
  if (dist !== '') rmSync(dist, { recursive: true, force: true })
})

it('prints what the page shows, with no broker at all', async () => {
  const { stdout } = await runMain(undefined)

  expect(`${stdout}\n`).toBe(textOf(`${EXAMPLE}/output.txt`))
})

it('names itself an error in production, where no broker is set', async () => {
  const { exitCode, stderr } = await runMain(undefined, { NODE_ENV: 'production' })

  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('ERR_NO_BROKER')
})

it('runs in an empty folder that is set up as the pages say', { timeout: 60_000 }, async () => {
  const [setUp = ''] = /^npm init .*$/m.exec(textOf('README.md')) ?? []
  expect(textOf('docs/start/install.md')).toContain(`\n${setUp}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'taskalope-first-task-'))
  try {
    await execa(setUp, { cwd: folder, shell: true })
    installed(folder)
    cpSync(join(ROOT, EXAMPLE, 'src'), join(folder, 'src'), { recursive: true })
    cpSync(join(ROOT, EXAMPLE, 'tsconfig.json'), join(folder, 'tsconfig.json'))
    writeFileSync(join(folder, 'src/story.ts'), story())

    await execa('tsc', { cwd: folder, preferLocal: true, localDir: ROOT })
    const { stdout } = await execa('node', ['dist/main.js'], {
      cwd: folder,
      env: { TASKALOPE_BROKER_URL: undefined, NODE_ENV: undefined },
    })

    expect(`${stdout}\n`).toBe(textOf(`${EXAMPLE}/output.txt`))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

describeWithRabbit('over RabbitMQ', (rabbit) => {
  beforeEach(() => leaveNoQueues(rabbit.url, ['taskalope', 'taskalope.dead']))

  it('prints the same, and the worker says what the page shows and does the work', async () => {
    const worker = startChild(process.execPath, [CLI, 'worker', join(dist, 'tasks.js')], {
      env: { TASKALOPE_BROKER_URL: rabbit.url, NODE_ENV: 'production' },
    })
    await worker.printed('Ready')
    expect(bannerIn(worker.output())).toBe(textOf(`${EXAMPLE}/worker.txt`))

    const { stdout } = await runMain(rabbit.url)
    expect(`${stdout}\n`).toBe(textOf(`${EXAMPLE}/output.txt`))

    await worker.printed('task succeeded')
    worker.kill('SIGTERM')
    expect((await worker.ended).exitCode).toBe(0)
  })
})

/** As npm would install it, but without a network. */
function installed(folder: string): void {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/taskalope'), 'dir')
  for (const name of ['@types', 'sharp']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
  }
}

/** What the README begins with, as somebody compiles it who has the settings it gives, browser types included. */
function story(): string {
  const [, first = '', second = ''] = textOf('README.md').split(/^```ts\n/m)
  const code = [first, second].map((block) => block.replace(/^```[^]*/m, ''))
  return ['declare const storage: string, imageUrl: string', ...code].join('\n')
}

/** What people see when a worker starts, with what differs from machine to machine replaced; log lines left out. */
function bannerIn(output: string): string {
  const [banner = ''] = /^[^]*Ready.*\n/.exec(output.replaceAll(/^\{.*\n/gm, '')) ?? []
  return banner
    .replace(/taskalope@\S+/, 'taskalope@HOST:PID')
    .replace(/(Broker +)\S+/, '$1amqp://localhost:5672')
    .replace(dist, '/app/dist')
}

function runMain(broker: string | undefined, env: Readonly<Record<string, string>> = {}) {
  return execa(process.execPath, [join(dist, 'main.js')], {
    env: { TASKALOPE_BROKER_URL: broker, NODE_ENV: 'development', ...env },
    reject: false,
    timeout: 14_000,
  })
}
