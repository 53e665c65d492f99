/** Runs `taskalope dlq` against a real RabbitMQ: what it prints, what it asks, what it ends with. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import { drain } from '../../support/both-brokers.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'
import { createProject, jsonLines, SCRIPT, type Project } from '../cli/project.js'

describeWithRabbit('taskalope dlq', (rabbit) => {
  let project: Project

  beforeAll(() => {
    project = createProject()
  })
  afterAll(() => project.remove())

  /** So many dead letters in a namespace of their own, and the command line for them. */
  async function withLetters(word: string, count: number) {
    const namespace = rabbit.name(word)
    const queue = `${namespace}.q`
    const app = tracked(
      new Taskalope({ broker: rabbit.url, namespace, registry: new Registry(), logger: silentLogger }),
    )
    const broker = await app.broker()
    await broker.declare({ name: queue })
    const bury = (n: number, to = queue) =>
      broker.publish(
        { exchange: app.deadLetters.queue, routingKey: to },
        {
          body: Buffer.from(`[[${n},{"key":"v\\u001b"}],{},{}]`),
          properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
          headers: {
            ...{ id: `n${n}`, task: n % 2 ? 'odd' : 'even', 'x-tag': new Uint8Array([1, 2]) },
            'taskalope-error-code': 'ERR_TASK_FAILED',
            'taskalope-error-class': 'TypeError',
            'taskalope-error-message': `went \u001b[31mwrong\nhere ${n}`,
            'taskalope-error-at': '2026-01-01T00:00:00Z',
            'taskalope-error-attempts': 2,
          },
        },
      )
    for (let n = 0; n < count; n += 1) await bury(n)
    const env = { TASKALOPE_BROKER_URL: rabbit.url }
    const where = ['--namespace', namespace]
    return {
      ...{ app, broker, queue, bury, where, env },
      dlq: (...args: string[]) => project.run(['dlq', ...args, ...where], { env }),
      start: (...args: string[]) => project.start(['dlq', ...args, ...where], { env }),
    }
  }

  it('list shows what is dead and why, escaped, and how many more there are', async () => {
    const { dlq } = await withLetters('list', 5)

    const some = await dlq('list', '--limit', '2')
    const odd = await dlq('list', '--task', 'odd', '--json')
    const none = await dlq('list', '--error', 'RangeError')

    expect(some.exitCode).toBe(0)
    expect(some.stdout.split('\n')[0]).toMatch(/^ID +TASK +DEAD FOR +ERROR +MESSAGE +QUEUE +RUNS +REPLAYS$/)
    expect(some.stdout).toMatch(/^n0 +even .* ERR_TASK_FAILED +TypeError: went \\u001b\[31mwrong\\nhere 0 /m)
    expect(some.stderr).toBe('… and 3 more: --limit 5\n')
    expect(jsonLines(odd.stdout)).toMatchObject([{ id: 'n1' }, { id: 'n3', task: 'odd', attempts: 2 }])
    expect(odd.stdout).not.toContain('key')
    expect([none.exitCode, none.stdout, none.stderr]).toEqual([1, '', 'No dead letter is like that.\n'])
  })

  it('says when somebody else holds letters, which are missing here', async () => {
    const { dlq, app } = await withLetters('held', 3)
    const channel = await rabbit.channel()
    let held = 0
    await channel.consume(app.deadLetters.queue, () => (held += 1))
    await until(() => held === 3)

    const none = await dlq('list')
    const json = await dlq('drop', '--yes', '--json')

    const word = 'Somebody else is going through the dead letters right now'
    expect([none.exitCode, none.stdout]).toEqual([1, ''])
    expect(none.stderr).toMatch(new RegExp(`^${word}: .*\nThere are no dead letters.\n$`))
    expect(jsonLines(json.stderr)).toMatchObject([{ event: 'held', consumers: 1 }, { event: 'none' }])
  })

  it('show has everything, the arguments included', async () => {
    const { dlq } = await withLetters('show', 2)

    const shown = await dlq('show', 'n1')
    const asJson = await dlq('show', 'n1', '--json')
    const nobody = await dlq('show', 'n7')

    expect(shown.stdout).toContain('id:           n1')
    expect(shown.stdout).toContain('arguments:    [1,{"key":"v\\u001b"}]')
    expect(shown.stdout).toContain('x-tag: {"base64":"AQI="}')
    expect(shown.stdout).not.toContain('\u001b')
    expect(jsonLines(asJson.stdout)).toMatchObject([{ id: 'n1', args: [1, { key: 'v\u001b' }], kwargs: {} }])
    expect([nobody.exitCode, nobody.stderr]).toEqual([1, 'There is no dead letter of the id "n7".\n'])
  })

  it('retry sends again what is meant, says what had to stay, and drop throws away', async () => {
    const { dlq, bury, broker, queue } = await withLetters('retry', 4)
    await bury(4, 'no.such.queue')

    const unasked = await dlq('retry')
    const dry = await dlq('retry', '--task', 'odd', '--dry-run')
    const odd = await dlq('retry', '--task', 'odd', '--yes')
    const one = await dlq('retry', 'n0', '--yes', '--json')
    const rest = await dlq('retry', '--yes')
    const dropped = await dlq('drop', 'n4', '--yes')
    const none = await dlq('drop', '--yes')

    expect([unasked.exitCode, unasked.stdout]).toEqual([64, ''])
    expect([dry.exitCode, dry.stdout]).toEqual([
      0,
      '2 dead letters of 5 would be sent again. Nothing was changed.\n',
    ])
    expect([odd.exitCode, odd.stdout]).toEqual([0, 'Sent 2 dead letters again, of 5 that were looked at.\n'])
    expect(jsonLines(one.stdout)).toMatchObject([
      { id: 'n0', task: 'even', queue, fate: 'moved' },
      { summary: { moved: 1, ended: 'limit' } },
    ])
    expect([rest.exitCode, rest.stdout]).toEqual([
      1,
      'Sent 1 dead letter again, of 2 that were looked at.\n' +
        '1 stays where it is: there is no queue "no.such.queue". Start a worker that declares it, name its app with --load, or send elsewhere with --to.\n',
    ])
    expect([dropped.exitCode, dropped.stdout]).toEqual([
      0,
      'Dropped 1 dead letter, of 1 that were looked at.\n',
    ])
    expect([none.exitCode, none.stderr]).toEqual([1, 'There are no dead letters.\n'])
    expect((await broker.inspect(queue))?.messages).toBe(4)
  })

  it('tells of a call whose queue was gone when its delay was over, and a replay makes that queue again', async () => {
    const { dlq, app, broker } = await withLetters('gone', 0)
    const queue = `${app.namespace}.*`
    await broker.declare({ name: queue })
    const body = Buffer.from('[[7],{},{}]')
    const properties = { contentType: 'application/json', contentEncoding: 'utf-8' }
    const headers = { id: 'g1', task: 'late', eta: '2030-01-01T00:00:00Z', 'taskalope-delay': 1500 }
    await broker.publishDelayed(queue, { body, properties, headers }, 1_500)
    const channel = await rabbit.channel()
    await channel.deleteQueue(queue)
    await until(async () => (await app.deadLetters.count()) === 1, { what: 'it is a dead letter' })

    const listed = await dlq('list', '--queue', queue)
    const shown = await dlq('show', 'g1')
    const noQueue = await dlq('retry', 'g1', '--yes')
    const report = await app.deadLetters.retry({ error: 'queue-gone', newerThan: '1m' })

    const words = 'its queue was gone when its delay was over'
    expect(listed.stdout).toMatch(new RegExp(`^g1 +late .* queue-gone +${words} `, 'm'))
    expect(shown.stdout).toMatch(
      new RegExp(`^error: +queue-gone\\nmessage: +${words}\\ndead since: +20`, 'm'),
    )
    expect(shown.stdout).toContain(`queue:        ${queue}\n`)
    expect(noQueue.stdout).toContain(`there is no queue "${queue}"`)
    expect(report).toMatchObject({ moved: 1, skipped: 0 })
    const [message] = await drain(broker, queue)
    expect(Buffer.from(message?.body ?? [])).toEqual(body)
    expect(message?.headers).toMatchObject({ id: 'g1', eta: null, 'taskalope-replays': 1 })
    expect(message?.headers).not.toHaveProperty('x-death')
  })

  it('export writes all there is to a new file that only its owner reads', async () => {
    const { dlq } = await withLetters('export', 3)

    const toStdout = await dlq('export', 'n2')
    const toFile = await dlq('export', '--output', 'dead.jsonl')
    const again = await dlq('export', '--output', 'dead.jsonl')

    const path = join(project.folder, 'dead.jsonl')
    const [letter] = jsonLines(toStdout.stdout) as unknown as [{ body: string; headers: object }]
    expect(Buffer.from(letter.body, 'base64').toString()).toBe('[[2,{"key":"v\\u001b"}],{},{}]')
    expect(letter.headers).toMatchObject({ id: 'n2', 'x-tag': { base64: 'AQI=' } })
    expect([toFile.exitCode, toFile.stdout, toFile.stderr]).toEqual([0, '', 'Wrote 3 dead letters.\n'])
    expect(jsonLines(readFileSync(path, 'utf8'))).toHaveLength(3)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect([again.exitCode, again.stdout]).toEqual([64, ''])
  })

  it('stops at SIGINT with what is on its way finished, and says how far it came', async () => {
    const { start, broker, queue, app } = await withLetters('stop', 60)
    const running = start('retry', '--yes', '--json', '--rate', '40')
    await running.printed('"fate":"moved"')

    running.kill('SIGINT')

    expect(await running.ended).toMatchObject({ exitCode: 1 })
    const { summary } = jsonLines(running.output()).at(-1) as unknown as {
      summary: { ended: string; moved: number }
    }
    expect(summary.ended).toBe('aborted')
    await until(async () => (await broker.inspect(queue))?.messages === summary.moved)
    await until(async () => (await app.deadLetters.count()) === 60 - summary.moved)
  })

  it('stops likewise once nobody reads what it says', async () => {
    const { where, env, broker, queue, app } = await withLetters('unread', 120)
    const command = `dlq retry --yes --json --rate 60 ${where.join(' ')}`

    const { stdout, stderr } = await project.shell(`{ $TASKALOPE ${command}; echo $? >&2; } | head -1`, {
      env,
    })

    expect(jsonLines(stdout)).toMatchObject([{ fate: 'moved' }])
    expect(stderr).toBe('1\n')
    const left = await app.deadLetters.count()
    expect(left).toBeGreaterThan(0)
    expect((await broker.inspect(queue))?.messages).toBe(120 - left)
  })

  it.runIf(existsSync(SCRIPT))('asks at a terminal, and draws a bar there', async () => {
    const { where, env, app } = await withLetters('terminal', 3)

    const no = await project.runAtTerminal(
      ['dlq', 'drop', ...where],
      { question: 'Throw 3 dead letters', answer: 'n\r' },
      { env },
    )
    const yes = await project.runAtTerminal(
      ['dlq', 'retry', '--task', 'even', ...where],
      { question: 'Send 2 dead letters', answer: 'y\r' },
      { env },
    )

    expect(no.exitCode).toBe(1)
    expect(no.stdout).toContain('Nothing was done.')
    expect(yes.exitCode).toBe(0)
    expect(yes.stdout).toContain('Sending [')
    expect(yes.stdout).toContain('Sent 2 dead letters again, of 3 that were looked at.')
    expect(await app.deadLetters.count()).toBe(1)
  })

  it('says what is missing without a broker, and without one that answers', async () => {
    const unset = await project.run(['dlq', 'list'])
    const deaf = await project.run([
      'dlq',
      'list',
      '--broker',
      'amqp://127.0.0.1:1',
      '--connect-timeout',
      '300ms',
    ])

    expect([unset.exitCode, unset.stderr.split('\n')[0]]).toEqual([
      78,
      expect.stringContaining('ERR_NO_BROKER'),
    ])
    expect([deaf.exitCode, deaf.stderr.split('\n')[0]]).toEqual([
      69,
      expect.stringContaining('ERR_CONNECTION_LOST'),
    ])
  })
})
