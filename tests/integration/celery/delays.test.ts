/** Delays and retries between the two languages: each honours the other's eta, and the retries of both are counted together. */
import { expect, it } from 'vitest'
import { currentTask, retry, sendTask, task, type Taskalope } from '../../../src/index.js'
import { deadLetterOf } from '../../support/both-brokers.js'
import { describeWithCelery } from '../../support/python.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'
import { appFor, startProgram, startWorker } from './interop.js'

/** What a loaded machine, a second of the ladder's and Celery's own timer may add. */
const SLACK_MS = 5_000

const now = task('now', () => Date.now())

describeWithCelery('Delays with Celery', (rabbit, startPython) => {
  it('a call that Python puts off waits in the broker, and runs in time on a TypeScript worker', async () => {
    const queue = rabbit.name('later')
    const app = appFor(rabbit, queue, now)
    await tracked(app.worker({ queues: [queue], concurrency: 1 })).start()
    const client = startProgram(startPython, ['app.py', 'client_that_waits', '3'], { rabbit, queue })
    const inLadder = `${rabbit.namespace}.delay.1`
    await expect.poll(() => messages(inLadder), { timeout: 20_000, interval: 50 }).toBe(1)

    const between = await (await app.run(() => now.delay())).get({ timeout: '1s' })

    expect(between).toBeGreaterThan(0)
    expect(await client.ended, client.output()).toMatchObject({ exitCode: 0 })
    const later = Number(/LATER ([\d.]+)/.exec(client.output())?.[1])
    expect(later).toBeGreaterThanOrEqual(3)
    expect(later).toBeLessThan(3 + SLACK_MS / 1000)
  }, 60_000)

  it('a call with a countdown reaches a Python worker at its time, and so does one with an eta', async () => {
    const queue = rabbit.name('py-later')
    const app = appFor(rabbit, queue)
    startWorker(startPython, { rabbit, queue })
    await (await app.run(() => sendTask('py.now'))).get({ timeout: '60s' })
    const sentAt = Date.now()

    const results = await app.run(() =>
      Promise.all([
        sendTask<number>('py.now', [], { countdown: '2s' }),
        sendTask<number>('py.now', [], { eta: new Date(sentAt + 2500) }),
      ]),
    )
    const [afterCountdown = 0, atEta = 0] = await Promise.all(
      results.map(async (result) => (await result.get({ timeout: '20s' })) * 1000 - sentAt),
    )

    expect(afterCountdown).toBeGreaterThanOrEqual(2000)
    expect(afterCountdown).toBeLessThan(2000 + SLACK_MS)
    expect(atEta).toBeGreaterThanOrEqual(2500)
    expect(atEta).toBeLessThan(2500 + SLACK_MS)
  }, 90_000)

  it('a Python worker tries again what came to it out of the ladder', async () => {
    const queue = rabbit.name('py-flaky')
    const app = appFor(rabbit, queue)
    startWorker(startPython, { rabbit, queue })
    await (await app.run(() => sendTask('py.now'))).get({ timeout: '60s' })
    const sentAt = Date.now()

    const result = await app.run(() => sendTask<[number, number]>('py.flaky', [2], { countdown: '1s' }))

    const [retries, endedAt] = await result.get({ timeout: '30s' })
    expect(retries).toBe(2)
    expect(endedAt * 1000 - sentAt).toBeGreaterThanOrEqual(3000)
  }, 90_000)

  it('retries of both count together: what Python used is gone from every budget here', async () => {
    const { other, app, attempts } = await failingOnBothSides('fresh')

    const result = await app.run(() => sendTask('shared.fails'))

    await expect(result.get({ timeout: '60s' })).rejects.toMatchObject({
      ...{ code: 'ERR_TASK_FAILED', attempts: 4, remote: { name: 'TypeError' } },
      message: expect.stringContaining('nor here'),
    })
    expect(attempts).toEqual([3, 4])
    expect((await deadLetter(other, result.id)).headers).toMatchObject({
      ...{ retries: 3, 'taskalope-retries': '{"mine":1}', 'taskalope-error-attempts': 4 },
    })
  }, 90_000)

  it('what was used here counts on after a retry of Python’s, which may drop what is written of it', async () => {
    const { queue, other, app, attempts } = await failingOnBothSides('used')
    const headers = {
      task: 'shared.fails',
      id: 'used-1',
      lang: 'js',
      retries: 1,
      'taskalope-retries': '{"mine":1}',
    }
    const broker = await app.broker()

    await broker.publish(
      { routingKey: queue },
      {
        body: Buffer.from('[[],{},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]'),
        properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
        headers,
      },
    )

    const dead = await deadLetter(other, 'used-1')
    expect(attempts).toEqual([3, 4])
    expect(dead.headers).toMatchObject({ retries: 3, 'taskalope-error-attempts': 4 })
  }, 90_000)

  /** A Python worker that fails twice and then hands over to a TypeScript worker, whose task fails as well: 3 retries are allowed there. */
  async function failingOnBothSides(word: string) {
    const [queue, otherQueue] = [rabbit.name(`py-${word}`), rabbit.name(`ts-${word}`)]
    const attempts: number[] = []
    const shared = retry({ key: 'mine', max: 3, delay: 0 })(
      task('shared.fails', () => {
        attempts.push(currentTask()?.attempt ?? 0)
        throw new TypeError('nor here')
      }),
    )
    const [app, other] = [appFor(rabbit, queue), appFor(rabbit, otherQueue, shared)]
    await tracked(other.worker({ queues: [otherQueue] })).start()
    const worker = startWorker(startPython, { rabbit, queue, env: { OTHER_QUEUE: otherQueue } })
    await worker.printed('ready.', { timeoutMs: 60_000 })
    return { queue, other, app, attempts }
  }

  /** The answer comes before the dead letter, so its queue need not be there yet. */
  async function deadLetter(app: Taskalope, id: string) {
    const dead = `${app.namespace}.dead`
    await until(async () => (await app.inspect(dead)) !== undefined, { timeoutMs: 60_000, what: dead })
    return deadLetterOf(app, id)
  }

  async function messages(queue: string): Promise<number> {
    const channel = await rabbit.channel()
    const { messageCount } = await channel.checkQueue(queue).catch(() => ({ messageCount: -1 }))
    return messageCount
  }
})
