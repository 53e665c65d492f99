/** A worker that is killed between two steps of its work: nothing is lost, and what happens twice is in the table. */
import { expect, it } from 'vitest'
import { encodeTaskMessage } from '../../../src/message/codec.js'
import { EMPTY_EMBED, type TaskMessage } from '../../../src/message/task-message.js'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { DEFAULT_LIMITS } from '../../../src/serialization/limits.js'
import { startChild } from '../../support/child.js'
import { describeWithRabbit, type Rabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'
import { countedTasks } from './counted-tasks.js'

/** What one call may come to: how often its first and its second attempt ran, and how many dead letters there are of it. */
interface Cost {
  readonly task: string
  readonly etaInMs?: number
  readonly first: readonly number[]
  readonly second: readonly number[]
  readonly dead: number
}

const well = { task: 'counted.well', second: [0], dead: 0 }
const failsOnce = { task: 'counted.fails-once', dead: 0 }
const fails = { task: 'counted.fails', second: [0] }

const COSTS: [string, Cost][] = [
  ['before-start', { ...well, first: [1] }],
  ['after-start', { ...well, first: [2] }],
  // The acknowledgement has left, or it has not.
  ['after-ack', { ...well, first: [1, 2] }],
  ['before-retry-publish', { ...failsOnce, first: [2], second: [1] }],
  ['after-retry-publish', { ...failsOnce, first: [2], second: [2] }],
  ['before-park', { ...fails, first: [2], dead: 1 }],
  ['after-park', { ...fails, first: [2], dead: 2 }],
  ['before-postpone-publish', { ...well, etaInMs: 2500, first: [1] }],
  ['after-postpone-publish', { ...well, etaInMs: 2500, first: [2] }],
]

describeWithRabbit('a worker that is killed', (rabbit) => {
  it.each(COSTS)('%s loses nothing, and repeats no more than that', async (point, cost) => {
    const { app, broker, queue, ran } = await setUp(rabbit, point)
    const child = startWorker(rabbit, queue, `${point}:exit`)
    await child.printed('ready')
    const deadBefore = (await broker.inspect(`${rabbit.namespace}.dead`))!.messages

    await broker.publish({ routingKey: queue }, messageOf(point, cost))
    const { signal } = await child.ended
    await tracked(app.worker({ concurrency: 1 })).start()
    // Only then has the broker given back what the dead one held.
    await until(async () => (await app.inspect(queue))?.consumers === 1)
    await until(() => runs(1) >= Math.min(...cost.first) && runs(2) >= Math.min(...cost.second))
    await until(async () => (await waiting(app, queue)) === 0)
    await app.close()

    expect(signal).toBe('SIGKILL')
    expect(child.output()).toContain(`Failpoint "${point}"`)
    expect(cost.first).toContain(runs(1))
    expect(cost.second).toContain(runs(2))
    const after = appOn(rabbit, queue)
    expect(await waiting(after, queue)).toBe(0)
    const dead = await (await after.broker()).inspect(`${rabbit.namespace}.dead`)
    expect(dead!.messages - deadBefore).toBe(cost.dead)

    function runs(attempt: number): number {
      const lines = [...child.output().split('\n'), ...ran]
      return lines.filter((line) => line === `ran ${point} ${attempt}`).length
    }
  })
})

async function setUp(rabbit: Rabbit, point: string) {
  const queue = rabbit.name(`killed-${point}`)
  const app = appOn(rabbit, queue)
  const ran: string[] = []
  app.registry.add(...Object.values(countedTasks((id, attempt) => ran.push(`ran ${id} ${attempt}`))))
  const broker = await app.broker()
  return { app, broker, queue, ran }
}

function appOn({ url, namespace }: Rabbit, defaultQueue: string): Taskalope {
  const options = { broker: url, namespace, defaultQueue, logger: silentLogger }
  return tracked(new Taskalope({ ...options, registry: new Registry() }))
}

function startWorker(rabbit: Rabbit, queue: string, failpoint: string) {
  const env = {
    TEST_URL: rabbit.url,
    TEST_NAMESPACE: rabbit.namespace,
    TEST_QUEUE: queue,
    TASKALOPE_FAILPOINT: failpoint,
  }
  const program = 'tests/integration/pipeline/worker-program.ts'
  return startChild(process.execPath, ['--import', '@oxc-node/core/register', program], { env })
}

/** Messages in the queue, and on the rungs of the ladder that delays of some seconds use. */
async function waiting(app: Taskalope, queue: string): Promise<number> {
  let sum = 0
  for (const name of [queue, ...[0, 1, 2].map((level) => `${app.namespace}.delay.${level}`)]) {
    sum += (await app.inspect(name))?.messages ?? 0
  }
  return sum
}

function messageOf(id: string, { task: taskName, etaInMs }: Cost) {
  const none = undefined
  const message: TaskMessage = {
    ...{ id, taskName, args: [], kwargs: {}, embed: EMPTY_EMBED, retries: 0, rootId: id, parentId: none },
    ...{ groupId: none, groupIndex: none, expiresAt: none, priority: none, softTimeLimitMs: none },
    ...{ hardTimeLimitMs: none, replyTo: none, correlationId: id, origin: none, ignoreResult: true },
    ...{ shadow: none, headers: {}, etaAt: etaInMs === undefined ? none : Date.now() + etaInMs },
  }
  return encodeTaskMessage(message, jsonSerializer(DEFAULT_LIMITS))
}
