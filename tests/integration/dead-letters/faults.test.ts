/** Faults in the middle of a replay: the broker is killed, the process is killed; nothing is lost, and duplicates are few. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { ThrowawayBroker } from '../../../scripts/throwaway-broker.mjs'
import type { Broker, Delivery } from '../../../src/index.js'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import { startChild } from '../../support/child.js'
import { describeWithOwnNode, describeWithRabbit, startOwnNode } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

const COUNT = 2000
const PROGRAM = fileURLToPath(new URL('child-program.ts', import.meta.url))

/** An app with so many dead letters of a queue that exists. */
async function withDeadLetters(url: string, namespace: string, count: number) {
  const app = tracked(
    new Taskalope({
      ...{ broker: url, namespace, registry: new Registry(), logger: silentLogger },
      publishTimeout: '30s',
    }),
  )
  const broker = await app.broker()
  const queue = `${namespace}.q`
  await broker.declare({ name: queue })
  const publish = (n: number) =>
    broker.publish(
      { exchange: app.deadLetters.queue, routingKey: queue },
      {
        body: Buffer.from(`[[${n}],{},{}]`),
        properties: {},
        headers: {
          ...{ id: `n${n}`, task: 'any' },
          'taskalope-error-at': new Date(1_700_000_000_000 + n).toISOString(),
        },
      },
    )
  await Promise.all(Array.from({ length: count }, (_, n) => publish(n)))
  return { app, broker, queue }
}

/** How often each id is in the queue, counted up while they arrive. */
async function idsIn(broker: Broker, queue: string): Promise<Map<string, number>> {
  const ids = new Map<string, number>()
  const count = ({ message }: Delivery) => {
    const id = message.headers['id'] as string
    ids.set(id, (ids.get(id) ?? 0) + 1)
  }
  tracked(await broker.consume(queue, { prefetch: 10_000 }, count))
  return ids
}

const sum = (ids: Map<string, number>) => [...ids.values()].reduce((all, count) => all + count, 0)

describeWithOwnNode('dead letters whose broker is killed', () => {
  it(
    'in the middle of a replay are sent again each, and hardly any twice',
    { timeout: 180_000 },
    async () => {
      const node = await startOwnNode()
      const { app, broker, queue } = await withDeadLetters(node.url, 'dead-kill', COUNT)
      await until(() => areOnDisk(node, [queue, app.deadLetters.queue]), { what: 'the queues are on disk' })
      let moved = 0

      const running = app.deadLetters.retry({}, { rate: 400, onProgress: (now) => (moved = now.moved) })
      await until(() => moved >= COUNT / 4, { what: 'a quarter is sent again' })
      await node.kill9()
      await node.restart()
      const report = await running

      expect(report).toMatchObject({ ended: 'done', skipped: 0, moved: COUNT })
      expect(await app.deadLetters.count()).toBe(0)
      const ids = await idsIn(broker, queue)
      await until(() => ids.size === COUNT, { what: 'each is in its queue' })
      await until(async () => (await broker.inspect(queue))?.messages === 0)
      expect(sum(ids) - COUNT).toBeLessThanOrEqual(100)
    },
  )

  it(
    'in the middle of a list are all there afterwards, and the list says that it was interrupted',
    {
      timeout: 180_000,
    },
    async () => {
      const node = await startOwnNode()
      const { app, queue } = await withDeadLetters(node.url, 'dead-list', COUNT)
      await until(() => areOnDisk(node, [queue, app.deadLetters.queue]), { what: 'the queues are on disk' })
      const list = app.deadLetters.list()
      for (let n = 0; n < 10; n += 1) await list.next()

      await node.kill9()
      const rest = (async () => {
        for await (const _ of list) continue
      })()

      await expect(rest).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
      await node.restart()
      let count = 0
      for await (const _ of app.deadLetters.list()) count += 1
      expect(count).toBe(COUNT)
    },
  )
})

describeWithRabbit('dead letters whose replay is killed', (rabbit) => {
  it.each(['before-replay-publish', 'after-replay-publish'])(
    'at %s are all there, and few of them twice',
    async (failpoint) => {
      const { app, broker, queue } = await withDeadLetters(rabbit.url, rabbit.name(failpoint), 300)
      const env = { TEST_URL: rabbit.url, TEST_NAMESPACE: app.namespace }
      const child = startChild(process.execPath, ['--import', '@oxc-node/core/register', PROGRAM], {
        env: { ...env, TASKALOPE_FAILPOINT: `${failpoint}:exit@150` },
      })
      expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })

      const left = async () =>
        (await app.deadLetters.count()) + ((await broker.inspect(queue))?.messages ?? 0)
      await until(async () => (await left()) >= 300, { what: 'what was held is back' })
      const twice = (await left()) - 300
      const report = await app.deadLetters.retry({})
      const ids = await idsIn(broker, queue)

      await until(() => ids.size === 300, { what: 'each is in its queue' })
      expect(report.moved).toBeGreaterThan(0)
      // The one that was confirmed and not taken out yet, and others that were on their way with it.
      expect(twice).toBeGreaterThanOrEqual(failpoint === 'after-replay-publish' ? 1 : 0)
      expect(twice).toBeLessThanOrEqual(100)
      await until(() => sum(ids) === 300 + twice, { what: 'and no more than those that were in both' })
    },
  )
})

/** RabbitMQ 3.10 writes the name of a new quorum queue to disk up to two seconds late; killed before that it comes back without the queue's process. */
function areOnDisk({ folder }: ThrowawayBroker, queues: readonly string[]): boolean {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('names.dets'),
  )
  const names = files.map((path) => readFileSync(join(folder, path), 'latin1')).join()
  return queues.every((queue) => names.includes(`_${queue}`))
}
