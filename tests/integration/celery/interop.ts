/** The two sides of the tests with Celery: a TypeScript app and a Python worker that share a queue. */
import { fileURLToPath } from 'node:url'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import type { Child } from '../../support/child.js'
import type { StartPython } from '../../support/python.js'
import type { Rabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

type Tasks = Parameters<Registry['add']>

/** An app that shares a queue of Celery's shape with Python, and knows these tasks. */
export function appFor(rabbit: Rabbit, queue: string, ...tasks: Tasks): Taskalope {
  const registry = new Registry()
  registry.add(...tasks)
  return tracked(
    new Taskalope({
      broker: rabbit.url,
      namespace: rabbit.namespace,
      queues: { [queue]: { type: 'celery' } },
      defaultQueue: queue,
      registry,
      logger: silentLogger,
    }),
  )
}

/** Runs `app.py`: as a client, which calls what it is named, or as whatever module is named with `-m`. */
export function startProgram(
  startPython: StartPython,
  args: readonly string[],
  { rabbit, queue, env = {} }: { rabbit: Rabbit; queue: string; env?: Record<string, string> },
): Child {
  return startPython(args, {
    env: { BROKER_URL: rabbit.url, QUEUE: queue, PYTHONPATH: FOLDER, ...env },
    cwd: FOLDER,
  })
}

/** A Python worker of the queue, which is stopped after the test. */
export function startWorker(
  startPython: StartPython,
  place: { rabbit: Rabbit; queue: string; env?: Record<string, string> },
): Child {
  const options = ['--pool', 'solo', '-l', 'info', '--without-gossip', '--without-mingle']
  return startProgram(startPython, ['-m', 'celery', '-A', 'app', 'worker', ...options], place)
}
