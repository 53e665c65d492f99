/** Runs the built bin against a real RabbitMQ: worker, call and purge, signals, and everything a broker can refuse. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startChild, type Child } from '../../support/child.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { createProject, jsonLines, SCRIPT, type Ended, type Project } from './project.js'

const TASKS = `
import { Taskalope, currentTask, task } from 'taskalope'
const queue = process.env.TEST_QUEUE
export const app = new Taskalope({ namespace: process.env.TEST_NAMESPACE, defaultQueue: queue })
export const add = task('add', async (a, b) => a + b)
export const echo = task('echo', async (...args) => args)
export const fail = task('fail', async () => { throw new TypeError('no\\ngood') })
export const stray = task('stray', async () => { setTimeout(() => { throw new Error('nobody catches this') }, 5) })
export const slow = task('slow', async (ms) => {
  const { signal, log } = currentTask()
  log.info({ ms }, 'slow begins')
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason) })
  })
  return 'slept'
})
`
/** A second signal within this time counts as the first one, told twice. */
const ECHO_MS = 250

describeWithRabbit('taskalope over RabbitMQ', (rabbit) => {
  let project: Project

  beforeAll(() => {
    project = createProject({ 'tasks.js': TASKS })
  })
  afterAll(() => project.remove())

  const environment = (queue: string) => ({
    TASKALOPE_BROKER_URL: rabbit.url,
    TEST_QUEUE: queue,
    TEST_NAMESPACE: rabbit.namespace,
  })
  const taskalope = (queue: string, ...args: string[]): Promise<Ended> =>
    project.run(args, { env: environment(queue) })
  async function startWorker(queue: string, ...options: string[]): Promise<Child> {
    const worker = project.start(['worker', 'tasks.js', ...options], { env: environment(queue) })
    await until(() => /Ready|"event":"ready"/.test(worker.output()), { what: 'the worker is ready' })
    return worker
  }
  const callsOf = async (queue: string) => (await (await rabbit.channel()).checkQueue(queue)).messageCount

  it('a worker says where it works and on what, and carries out what is called', async () => {
    const queue = rabbit.name('banner')
    const worker = await startWorker(queue, '--concurrency', '3', '--name', 'w1')

    const { exitCode, stdout } = await taskalope(queue, 'call', 'add', '[2, 3]', '--queue', queue, '--wait')

    expect([exitCode, stdout]).toEqual([0, '5\n'])
    const banner = worker.output()
    expect(banner).toMatch(/^Taskalope \d+\.\d+\.\d+, worker w1\n/)
    expect(banner).toMatch(/ {2}Broker +amqp:\/\/[^@\s]+\n/)
    expect(banner).toContain(`${project.folder}/tasks.js`)
    expect(banner).toContain(`${queue} (quorum)`)
    expect(banner).toContain('3 at a time, 3 held for each queue')
    expect(banner).toMatch(/ {2}slow +\S+ +slow \(tasks\.js:9\)\n/)
    expect(banner).toContain('task succeeded')
    worker.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ exitCode: 0 })
    expect(worker.output()).toContain('SIGTERM: nothing is running, the worker stops.\nStopped.')
  })

  it('with --json a worker speaks JSON only', async () => {
    const queue = rabbit.name('json')
    const worker = await startWorker(queue, '--json')

    await taskalope(queue, 'call', 'fail', '--queue', queue, '--wait')
    worker.kill('SIGTERM')
    await worker.ended

    const lines = jsonLines(worker.output())
    expect(lines.flatMap(({ event }) => event ?? [])).toEqual(['starting', 'ready', 'stopping', 'stopped'])
    expect(lines.find(({ event }) => event === 'starting')).toMatchObject({
      queues: [{ name: queue }],
      modules: [`${project.folder}/tasks.js`],
      concurrency: 10,
      prefetch: 10,
    })
    expect(lines.find(({ task }) => task === 'fail')).toMatchObject({ err: { type: 'TypeError' }, queue })
  })

  it('a call without --wait prints the id, and takes any queue as it is', async () => {
    const queue = rabbit.name('id')
    const channel = await rabbit.channel()
    await channel.assertQueue(queue, { durable: true })

    const { exitCode, stdout } = await taskalope(
      ...([queue, 'call', 'py.add', '[2]', '--kwargs', '{"c": 9007199254740993}', '--queue', queue] as const),
      ...['--id', 'order-1', '--priority', '7', '--expires', '1h'],
    )

    expect([exitCode, stdout]).toEqual([0, 'order-1\n'])
    const sent = await channel.get(queue, { noAck: true })
    if (!sent) throw new Error('Nothing was sent.')
    expect(sent.content.toString()).toMatch(/^\[\[2\], ?\{"c": ?9007199254740993\},/)
    expect(sent.properties).toMatchObject({ priority: 7, correlationId: 'order-1', replyTo: undefined })
    expect(sent.properties.headers).toMatchObject({
      task: 'py.add',
      id: 'order-1',
      expires: expect.any(String),
    })
  })

  it('a call goes to the queue of the loaded task', async () => {
    const queue = rabbit.name('loaded')

    const { exitCode, stdout } = await taskalope(
      queue,
      'call',
      'add',
      '[1, 2]',
      '--load',
      'tasks.js',
      '--json',
    )

    expect(exitCode).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([{ task: 'add', queue }])
    expect(await callsOf(queue)).toBe(1)
  })

  it('a call makes no queue that nobody declared', async () => {
    const queue = rabbit.name('nowhere')

    const { exitCode, stderr } = await taskalope(queue, 'call', 'add', '[1, 2]', '--queue', queue)

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`ERR_REFUSED: There is no queue "${queue}", so nothing was sent.`)
    await expect(callsOf(queue)).rejects.toThrow('NOT_FOUND')
  })

  it('a call for later is carried out then, and waited for as long', async () => {
    const queue = rabbit.name('later')
    await startWorker(queue)
    const startedAt = Date.now()
    const command = ['call', 'echo', '[1]', '--queue', queue, '--wait', '5s'] as const

    const counted = await taskalope(queue, ...command, '--countdown', '1500ms', '--expires', '1m')
    const tookMs = Date.now() - startedAt
    const dueAt = Date.now() + 1500
    const timed = await taskalope(queue, ...command, '--eta', new Date(dueAt).toISOString())

    expect(counted).toMatchObject({ exitCode: 0, stdout: '[1]\n' })
    expect(counted.stderr).toContain('due in 2s; waiting up to 5s after that.')
    expect(tookMs).toBeGreaterThan(1500)
    expect(Date.now()).toBeGreaterThan(dueAt)
    expect(timed).toMatchObject({ exitCode: 0, stdout: '[1]\n' })
  })

  it('a call for later, too, needs a queue that somebody declared', async () => {
    const queue = rabbit.name('nowhere-later')

    const { exitCode, stderr } = await taskalope(
      ...([queue, 'call', 'add', '[1, 2]', '--queue', queue, '--countdown', '5s'] as const),
    )

    expect(exitCode).toBe(1)
    expect(stderr).toContain(`ERR_REFUSED: There is no queue "${queue}", so nothing was sent.`)
    await expect(callsOf(queue)).rejects.toThrow('NOT_FOUND')
  })

  it('a call of a name that was probably mistyped is sent with a warning', async () => {
    const queue = rabbit.name('typo')

    const { exitCode, stderr } = await taskalope(queue, 'call', 'ad', '[1, 2]', '--load', 'tasks.js')

    expect(exitCode).toBe(0)
    expect(stderr).toContain(
      '"ad" is not among the 5 loaded tasks; it is sent all the same. Did you mean "add"?',
    )
  })

  it('a result is printed as it was returned', async () => {
    const queue = rabbit.name('result')
    const worker = await startWorker(queue)
    const args =
      '[9007199254740993,{"a":[null,true]},{"__type__":"datetime","__value__":"2024-01-01T00:00:00+00:00"}]'

    const human = await taskalope(queue, 'call', 'echo', args, '--queue', queue, '--wait', '10s')
    const json = await taskalope(queue, 'call', 'echo', '[1]', '--queue', queue, '--wait', '10s', '--json')

    expect(human.stdout).toContain(
      '[9007199254740993,{"a":[null,true]},{"__type__":"datetime","__value__":"2024-01-01T00:00:00',
    )
    expect(jsonLines(json.stdout)).toMatchObject([{ task: 'echo', queue, state: 'SUCCESS', result: [1] }])
    expect(json.stderr).toBe('')
    await worker.stop()
  })

  it('a task that fails, and one that nobody answers for, end with 1', async () => {
    const queue = rabbit.name('fails')
    const worker = await startWorker(queue)

    const failed = await taskalope(queue, 'call', 'fail', '--queue', queue, '--wait', '10s', '--json')
    const unknown = await taskalope(queue, 'call', 'nobody', '--queue', queue, '--wait', '10s')
    await worker.stop()
    const unanswered = await taskalope(queue, 'call', 'add', '[1, 2]', '--queue', queue, '--wait', '300ms')

    expect([failed.exitCode, failed.stdout]).toEqual([1, ''])
    expect(jsonLines(failed.stderr)).toMatchObject([
      { error: { code: 'ERR_TASK_FAILED', exitCode: 1, remote: { name: 'TypeError' } } },
    ])
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('ERR_TASK_FAILED')])
    expect([unanswered.exitCode, unanswered.stderr]).toEqual([
      1,
      expect.stringContaining('ERR_RESULT_TIMEOUT'),
    ])
  })

  it('a first SIGTERM lets the running task finish', async () => {
    const queue = rabbit.name('drains')
    const worker = await startWorker(queue)
    await taskalope(queue, 'call', 'slow', '[1500]', '--queue', queue)
    await worker.printed('slow begins')

    worker.kill('SIGTERM')

    expect(await worker.ended).toEqual({ exitCode: 0, signal: undefined })
    expect(worker.output()).toContain(
      'SIGTERM: no more calls are taken; 1 attempt still running, with up to 25s to finish.',
    )
    expect(worker.output()).toContain('task succeeded')
    expect(worker.output()).toContain('Stopped: 1 attempt finished, 0 returned to the queue.')
    expect(await callsOf(queue)).toBe(0)
  })

  it('a signal that npm tells once more at once is one', async () => {
    const queue = rabbit.name('echo')
    const worker = await startWorker(queue)
    await taskalope(queue, 'call', 'slow', '[1000]', '--queue', queue)
    await worker.printed('slow begins')

    // Two of a kind may become one on their way.
    worker.kill('SIGINT')
    worker.kill('SIGTERM')

    expect(await worker.ended).toMatchObject({ exitCode: 0 })
    expect(worker.output()).toContain('Stopped: 1 attempt finished')
  })

  it('a second SIGTERM gives the running task back to its queue', async () => {
    const queue = rabbit.name('forced')
    const worker = await startWorker(queue)
    await taskalope(queue, 'call', 'slow', '[60000]', '--queue', queue)
    await worker.printed('slow begins')

    const firstAt = performance.now()
    worker.kill('SIGTERM')
    await worker.printed('no more calls are taken')
    // Not earlier, because it would count as the first.
    await until(() => performance.now() - firstAt > 2 * ECHO_MS)
    worker.kill('SIGTERM')

    expect(await worker.ended).toEqual({ exitCode: 1, signal: undefined })
    expect(worker.output()).toContain('SIGTERM again: 1 attempt is cut short and returned to the queue.')
    expect(worker.output()).toContain('Stopped by force: 0 attempts finished, 1 returned to the queue.')
    await until(async () => (await callsOf(queue)) === 1)
  })

  it('a drain that outlasts its limit is a forced one', async () => {
    const queue = rabbit.name('outlasts')
    const worker = await startWorker(queue, '--shutdown-timeout', '200ms')
    await taskalope(queue, 'call', 'slow', '[60000]', '--queue', queue)
    await worker.printed('slow begins')

    worker.kill('SIGTERM')

    expect(await worker.ended).toEqual({ exitCode: 1, signal: undefined })
    expect(worker.output()).toContain('1 returned to the queue.')
    await until(async () => (await callsOf(queue)) === 1)
  })

  it('an error that nobody catches ends the worker with 70, but not before what runs has finished', async () => {
    const queue = rabbit.name('stray')
    const worker = await startWorker(queue)
    await taskalope(queue, 'call', 'slow', '[1500]', '--queue', queue)
    await worker.printed('slow begins')

    await taskalope(queue, 'call', 'stray', '--queue', queue)

    expect(await worker.ended).toEqual({ exitCode: 70, signal: undefined })
    expect(worker.output()).toContain('nobody catches this')
    expect(worker.output()).toContain('Stopped: 1 attempt finished, 0 returned to the queue.')
  })

  it('a worker whose output nobody reads works on', async () => {
    const queue = rabbit.name('unread')
    const command = `exec ${process.execPath} ${project.bin} worker tasks.js > >(head -n 1) 2>&1`
    const worker = startChild('bash', ['-c', command], { cwd: project.folder, env: environment(queue) })
    await worker.printed('Taskalope')

    const calls = ['[1, 2]', '[3, 4]'].map((args) =>
      taskalope(queue, 'call', 'add', args, '--load', 'tasks.js', '--wait', '10s'),
    )

    expect((await Promise.all(calls)).map(({ stdout }) => stdout)).toEqual(['3\n', '7\n'])
  })

  it('a worker that never gets through to a broker ends with 69', async () => {
    const port = await closedPort()

    const { exitCode, stderr } = await project.run(['worker', 'tasks.js', '--connect-timeout', '700ms'], {
      env: {
        ...environment('unreachable'),
        TASKALOPE_BROKER_URL: `amqp://me:S3CR3T-CANARY@127.0.0.1:${port}`,
      },
    })

    expect(exitCode).toBe(69)
    expect(stderr).toContain(`ERR_CONNECTION_LOST: No connection to amqp://127.0.0.1:${port} within `)
    expect(stderr).toContain('ECONNREFUSED')
    expect(stderr).not.toContain('CANARY')
  })

  it('a worker that waits for its broker says so, and can be stopped', async () => {
    const port = await closedPort()
    const worker = project.start(['worker', 'tasks.js', '--connect-timeout', '5m'], {
      env: { ...environment('waits'), TASKALOPE_BROKER_URL: `amqp://127.0.0.1:${port}` },
    })
    await worker.printed(`No connection to amqp://127.0.0.1:${port} yet; trying for 4m5`)

    worker.kill('SIGTERM')

    expect(await worker.ended).toEqual({ exitCode: 0, signal: undefined })
  })

  it.each([
    ['a call', ['call', 'add', '[1, 2]']],
    ['a purge', ['purge', 'mail', '--yes']],
  ])('%s that never gets through ends with 69, in one line for programs', async (_, args) => {
    const port = await closedPort()

    const { exitCode, stdout, stderr } = await project.run([
      ...args,
      '--connect-timeout',
      '300ms',
      '--json',
      '--broker',
      `amqp://127.0.0.1:${port}`,
    ])

    expect([exitCode, stdout]).toEqual([69, ''])
    expect(jsonLines(stderr)).toMatchObject([{ error: { code: 'ERR_CONNECTION_LOST', exitCode: 69 } }])
  })

  it('a wrong password and a wrong vhost end with 78', async () => {
    const url = new URL(rabbit.url)
    url.password = 'S3CR3T-CANARY'
    const elsewhere = new URL(rabbit.url)
    elsewhere.pathname = '/nowhere'
    const login = await project.run(['worker', 'tasks.js'], {
      env: { ...environment('login'), TASKALOPE_BROKER_URL: url.href },
    })
    const vhost = await project.run(['call', 'add', '[1, 2]'], {
      env: { TASKALOPE_BROKER_URL: elsewhere.href },
    })

    expect([login.exitCode, login.stderr]).toEqual([78, expect.stringContaining('ERR_BROKER_REFUSED')])
    expect([vhost.exitCode, vhost.stderr]).toEqual([78, expect.stringContaining('ERR_BROKER_REFUSED')])
    expect(login.stdout + login.stderr).not.toContain('CANARY')
  })

  it('a queue that was declared otherwise ends with 78', async () => {
    const queue = rabbit.name('mismatch')
    await (await rabbit.channel()).assertQueue(queue, { durable: true })

    const { exitCode, stderr } = await taskalope(queue, 'worker', 'tasks.js')

    expect(exitCode).toBe(78)
    expect(stderr).toContain('ERR_QUEUE_MISMATCH')
    expect(stderr).toContain(queue)
  })

  it('a password on the command line is warned of, and shown nowhere', async () => {
    const queue = rabbit.name('argv')
    const worker = project.start(['worker', 'tasks.js', '--broker', rabbit.url], {
      env: { ...environment(queue), TASKALOPE_BROKER_URL: undefined },
    })
    await worker.printed('Ready')

    expect(worker.output()).toContain('Note: The password in --broker is shown by `ps`')
    expect(worker.output()).not.toContain(`:${new URL(rabbit.url).password}@`)
    await worker.stop()
  })

  it('purge throws away what waits, and says how much', async () => {
    const queue = rabbit.name('purge')
    for (const id of ['1', '2', '3'])
      await taskalope(queue, 'call', 'add', '[]', '--load', 'tasks.js', '--id', id)

    const human = await taskalope(queue, 'purge', queue, '--yes')
    const json = await taskalope(queue, 'purge', queue, '--yes', '--json')
    const missing = await taskalope(queue, 'purge', rabbit.name('nowhere'), '--yes', '--json')

    expect([human.exitCode, human.stdout]).toEqual([0, `Threw away 3 messages of queue "${queue}".\n`])
    expect([json.exitCode, jsonLines(json.stdout)]).toEqual([0, [{ queue, exists: true, purged: 0 }]])
    expect([missing.exitCode, jsonLines(missing.stdout)]).toMatchObject([1, [{ exists: false, purged: 0 }]])
  })

  it.skipIf(!existsSync(SCRIPT)).each([
    ['yes\r', 0, 'Threw away 1 message', 0],
    ['n\r', 1, 'Nothing was thrown away.', 1],
    ['\r', 1, 'Nothing was thrown away.', 1],
    ['\u0004', 1, 'Nothing was thrown away.', 1],
  ])('purge asks at a terminal, and after %j ends with %d', async (answer, exitCode, told, left) => {
    const queue = rabbit.name(`asks-${answer.codePointAt(0)}`)
    await taskalope(queue, 'call', 'add', '[]', '--load', 'tasks.js')
    const question = `Throw away 1 message of queue "${queue}" at amqp://`

    const ended = await project.runAtTerminal(
      ['purge', queue],
      { question, answer },
      { env: environment(queue) },
    )

    expect([ended.exitCode, ended.stdout]).toEqual([exitCode, expect.stringContaining(told)])
    expect(await callsOf(queue)).toBe(left)
  })
})

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
