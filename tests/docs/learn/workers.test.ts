/** Runs the code of docs/learn/workers.md, docs/learn/queues.md, docs/learn/shutdown.md and docs/learn/errors.md. */
import { createServer } from 'node:http'
import { expect, it, vi } from 'vitest'
import { silentLogger } from '../../../src/kernel/logger.js'
import type { TaskContext } from '../../../src/task/task-context.js'
import { task } from '../../../src/decorators/task.js'
// #region worker
import { Taskalope, Worker } from 'taskalope'

// #endregion worker
import { until } from '../../support/until.js'

const broker = 'memory://docs-workers'
const logger = silentLogger
const show = vi.fn()

it('runs a worker in a program, and asks whether it is ready', async () => {
  // #region worker
  const app = new Taskalope({ broker })
  const worker = new Worker(app, { queues: ['images'], concurrency: 50 })
  await worker.start()
  // #endregion worker

  // #region ready
  const health = createServer((_request, response) => {
    void worker.attached().then((ready) => response.writeHead(ready ? 200 : 503).end())
  })
  // #endregion ready
  const port = await listen(health)
  expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200)

  // #region stop
  const { forced, abandoned } = await worker.stop({ timeout: '25s' })
  // #endregion stop
  expect({ forced, abandoned }).toEqual({ forced: false, abandoned: 0 })
  expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(503)
  health.close()
  await app.close()
})

it('ends early when it is forced to stop', async () => {
  const app = new Taskalope({ broker, logger })
  let pages = 0

  // #region signal
  const crawl = task('crawl', async function (this: TaskContext, urls: string[]) {
    for (const url of urls) {
      this.signal.throwIfAborted()
      await fetchPage(url, this.signal)
    }
  })
  // #endregion signal
  async function fetchPage(_url: string, signal: AbortSignal) {
    pages += 1
    await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }

  const worker = new Worker(app, { queues: ['crawls'] })
  await worker.start()
  await app.run(() => crawl.applyAsync([['a', 'b']], { queue: 'crawls' }))
  await until(() => pages === 1)
  expect(await worker.stop({ timeout: 0 })).toEqual({ forced: true, abandoned: 0 })
  expect((await app.inspect('crawls'))?.messages).toBe(1)
  await app.close()
})

it('declares queues that differ', async () => {
  // #region queues
  const app = new Taskalope({
    queues: {
      urgent: { type: 'classic', maxPriority: 10 },
      celery: { type: 'celery' },
      fragile: { deliveryLimit: 3 },
    },
  })
  // #endregion queues

  expect(app.used).toBe(false)
  await app.close()
})

it('parks what fails, counts and purges', async () => {
  const app = new Taskalope({ broker: 'memory://docs-parking', logger })
  const fail = task('always.fails', () => {
    throw new Error('no')
  })
  const call = await app.run(() => fail.delay())
  await expect(call.get({ timeout: '5s' })).rejects.toThrow('no')

  // #region dead-letters
  const state = await app.inspect('taskalope.dead')
  show(`${state?.messages ?? 0} dead letters`)
  // #endregion dead-letters
  expect(show).toHaveBeenCalledWith('1 dead letters')

  // #region purge
  const count = await app.purge('taskalope.dead')
  // #endregion purge
  expect(count).toBe(1)
  await app.close()
})

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
