/** Runs the code of docs/learn/celery.md: a Python client calls a task of a TypeScript worker. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLogger, Taskalope, Worker } from 'taskalope'
import { add } from '../../examples/first-task/src/tasks.js'
import { describeWithCelery } from '../support/python.js'
import { tracked } from '../support/tracked.js'
import { ROOT } from './pages.js'

it('has a queue that Celery can share', async () => {
  // #region queue
  const app = new Taskalope({ queues: { celery: { type: 'celery' } } })
  const worker = new Worker(app, { queues: ['celery'] })
  // #endregion queue

  expect(worker.state).toBe('idle')
  await app.close()
})

describeWithCelery('A Python client', (rabbit, startPython) => {
  it('gets the answer of a TypeScript task', async () => {
    const queue = rabbit.name('from-python')
    const app = tracked(
      new Taskalope({
        ...{ broker: rabbit.url, namespace: rabbit.namespace, logger: silentLogger },
        queues: { [queue]: { type: 'celery' } },
      }),
    )
    await new Worker(app, { queues: [queue] }).start()

    const client = startPython([join(ROOT, 'tests/docs/python/client.py')], {
      env: { TASKALOPE_BROKER_URL: rabbit.url, QUEUE: queue },
    })

    expect(await client.ended, client.output()).toMatchObject({ exitCode: 0 })
    expect(client.output()).toBe('5\n')
    expect(add.taskName).toBe('add')
  })
})
