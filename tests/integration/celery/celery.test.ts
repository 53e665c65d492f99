/** Real Celery on the other side: a Python client calls TypeScript tasks, and TypeScript calls a Python worker. */
import { expect, it } from 'vitest'
import { sendTask, task } from '../../../src/index.js'
import { describeWithCelery } from '../../support/python.js'
import { tracked } from '../../support/tracked.js'
import { appFor, startProgram, startWorker } from './interop.js'

const add = task('add', (a: number, b: number) => a + b)
const echo = task('echo', (...values: unknown[]) => values)
const fails = task('fails', () => {
  throw new RangeError('upstream said 502')
})

describeWithCelery('Celery', (rabbit, startPython) => {
  it('as a client is answered by a TypeScript worker, errors included', async () => {
    const queue = rabbit.name('from-python')
    const app = appFor(rabbit, queue, add, echo, fails)
    await tracked(app.worker({ queues: [queue] })).start()

    const client = startProgram(startPython, ['app.py', 'client'], { rabbit, queue })

    expect(await client.ended, client.output()).toMatchObject({ exitCode: 0 })
    expect(
      client
        .output()
        .split('\n')
        .filter((line) => line.startsWith('ANSWER')),
    ).toEqual([
      'ANSWER 5',
      "ANSWER ['ü', 1152921504606846976, None, {'width': 100}]",
      expect.stringMatching(/RangeError: .*upstream said 502/),
      expect.stringMatching(/NotRegistered: .*nobody\.knows/),
    ])
  }, 60_000)

  it('as a worker carries out what TypeScript sends by name, and answers', async () => {
    const queue = rabbit.name('to-python')
    const app = appFor(rabbit, queue, add, echo, fails)
    const worker = startWorker(startPython, { rabbit, queue })

    const [sum, scaled, failed] = await app.run(() =>
      Promise.all([
        sendTask<number>('py.add', [2, 3]),
        sendTask<bigint>('py.add', [2n ** 60n, 1], { kwargs: { scale: 2 } }),
        sendTask('py.fails', ['no such image']),
      ]),
    )

    expect(await sum.get({ timeout: '60s' })).toBe(5)
    expect(await scaled.get({ timeout: '10s' })).toBe((2n ** 60n + 1n) * 2n)
    await expect(failed.get({ timeout: '10s' })).rejects.toMatchObject({
      code: 'ERR_TASK_FAILED',
      remote: { name: 'ValueError', message: expect.stringMatching(/no such image/), module: 'builtins' },
    })
    await worker.stop()
  }, 90_000)
})
