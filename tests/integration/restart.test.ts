/** A broker that goes away and comes back: what was accepted is carried out, and both sides go on by themselves. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Registry, silentLogger, Taskalope, task } from '../../src/index.js'
import { describeWithOwnNode, startOwnNode } from '../support/rabbitmq.js'
import { tracked } from '../support/tracked.js'
import { until } from '../support/until.js'

interface Ledger {
  readonly accepted: Set<number>
  readonly refused: Map<number, unknown>
  readonly ran: Map<number, number>
}

function counting(): { ledger: Ledger; count: ReturnType<typeof makeCount> } {
  const ledger: Ledger = { accepted: new Set(), refused: new Map(), ran: new Map() }
  return { ledger, count: makeCount(ledger) }
}

function makeCount({ ran }: Ledger) {
  return task(
    { name: 'restart.count', ignoreResult: true },
    (n: number) => void ran.set(n, (ran.get(n) ?? 0) + 1),
  )
}

describeWithOwnNode('an app whose broker is restarted', () => {
  it.each(['killed', 'stopped'] as const)(
    'carries out everything it accepted, though the broker is %s in the middle',
    async (how) => {
      const node = await startOwnNode()
      const { ledger, count } = counting()
      const registry = new Registry()
      registry.add(count)
      const app = tracked(
        new Taskalope({
          broker: node.url,
          registry,
          defaultQueue: 'restarted',
          logger: silentLogger,
          publishTimeout: '60s',
        }),
      )
      const worker = tracked(app.worker({ concurrency: 20 }))
      await worker.start()
      const send = async (n: number) => {
        const sent = await app
          .run(() => count.delay(n))
          .then(
            () => ledger.accepted.add(n),
            (error: unknown) => ledger.refused.set(n, error),
          )
        return sent
      }

      await Promise.all(Array.from({ length: 200 }, (_, n) => send(n)))
      await until(() => isOnDisk(node.folder, app.defaultQueue), { what: 'the queue itself is on disk' })
      const inTheMiddle = Array.from({ length: 300 }, (_, n) => send(200 + n))
      if (how === 'killed') await node.kill9()
      else await node.ctl(['stop_app'])
      if (how === 'killed') await node.restart()
      else await node.ctl(['start_app'])
      await Promise.all(inTheMiddle)
      await Promise.all(Array.from({ length: 100 }, (_, n) => send(500 + n)))

      expect([...ledger.refused.values()]).toEqual([])
      await until(() => ledger.ran.size === 600, { timeoutMs: 30_000, what: 'all 600 tasks ran' })
      expect(await worker.attached()).toBe(true)
    },
    120_000,
  )
})

/** RabbitMQ 3.10 writes the name of a new quorum queue to disk up to two seconds late; killed before that it comes back without the queue's process. */
function isOnDisk(folder: string, queue: string): boolean {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('names.dets'),
  )
  return files.some((path) => readFileSync(join(folder, path)).includes(`_${queue}`))
}
