/** Every example, compiled and run as its README says, prints what its expected.txt has, on both brokers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildExamples } from '../../scripts/demo/build.mjs'
import { describeWithRabbit } from '../support/rabbitmq.js'
import { leaveNoQueues } from './leave-no-queues.js'
import { ROOT } from './run-demo.js'

const FOLDERS = readdirSync(join(ROOT, 'examples')).filter((folder) => existsSync(expectedFile(folder)))
const COMPILED = join(ROOT, 'build/examples')
// The retries of one of them take 7 seconds.
const EXAMPLE_MS = 30_000
const QUEUES = ['functions', 'classes', 'methods', 'standard', 'retry'].map((word) => `examples.${word}`)

beforeAll(() => buildExamples(ROOT))

it('there are examples to run', () => {
  expect(FOLDERS).toEqual(
    expect.arrayContaining(['class-tasks', 'di-methods', 'function-tasks', 'retry', 'tc39-decorators']),
  )
})

describe('on the embedded broker', () => {
  it.each(FOLDERS)('%s prints what it should', { timeout: EXAMPLE_MS }, async (folder) => {
    const { stdout, stderr, exitCode } = await runExample(folder, undefined)

    expect(stdout, stderr).toBe(expectedOutput(folder))
    expect(exitCode).toBe(0)
  })
})

describeWithRabbit('over RabbitMQ', (rabbit) => {
  beforeEach(() => leaveNoQueues(rabbit.url, QUEUES))

  it.each(FOLDERS)('%s prints the same', { timeout: EXAMPLE_MS }, async (folder) => {
    const { stdout, stderr, exitCode } = await runExample(folder, rabbit.url)

    expect(stdout, stderr).toBe(expectedOutput(folder))
    expect(exitCode).toBe(0)
  })
})

function runExample(folder: string, brokerUrl: string | undefined) {
  return execa(process.execPath, [join(COMPILED, folder, 'main.js')], {
    env: { TASKALOPE_BROKER_URL: brokerUrl, NODE_ENV: 'development', EXAMPLE_RETRY_DELAY: undefined },
    reject: false,
    timeout: EXAMPLE_MS - 1_000,
  })
}

const expectedOutput = (folder: string) => readFileSync(expectedFile(folder), 'utf8').trimEnd()

function expectedFile(folder: string): string {
  return join(ROOT, 'examples', folder, 'expected.txt')
}
