/** A broker that is killed, stopped, frozen or out of memory: publishes settle with the truth, consumers come back, nothing confirmed is lost. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { AmqpBroker } from '../../../src/broker/amqp/amqp-broker.js'
import type { Consumer } from '../../../src/broker/broker.js'
import type { ThrowawayBroker } from '../../../scripts/throwaway-broker.mjs'
import { describeWithOwnNode, startOwnNode } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf, textOf } from './broker-on.js'

/** What was published, what the broker confirmed, and what arrived. */
class Ledger {
  readonly confirmed = new Set<string>()
  readonly failed = new Map<string, unknown>()
  readonly arrived = new Set<string>()
  #next = 0

  async publish(broker: AmqpBroker, queue: string, count: number, timeoutMs: number): Promise<void> {
    const publishing = Array.from({ length: count }, async () => {
      const text = `${this.#next++}`
      const error = await outcomeOf(broker.publish({ routingKey: queue }, message(text), { timeoutMs }))
      if (error === undefined) this.confirmed.add(text)
      else this.failed.set(text, error)
    })
    await Promise.all(publishing)
  }

  get lost(): string[] {
    return [...this.confirmed].filter((text) => !this.arrived.has(text))
  }
}

/** rabbitmqctl alone takes half a second, and ten on a machine that is busy. */
const NODE_TEST_MS = 180_000

describeWithOwnNode('a RabbitMQ that fails', () => {
  let node: ThrowawayBroker
  beforeAll(async () => {
    node = await startOwnNode()
  }, NODE_TEST_MS)

  async function working(queue: string): Promise<{ broker: AmqpBroker; consumer: Consumer; ledger: Ledger }> {
    const broker = brokerOn(node.url, { heartbeatSeconds: 2 })
    const ledger = new Ledger()
    await broker.declare({ name: queue })
    await registered(node.folder, queue)
    const consumer = await broker.consume(queue, { prefetch: 20 }, (delivery) => {
      ledger.arrived.add(textOf(delivery))
      setImmediate(() => delivery.ack())
    })
    return { broker, consumer, ledger }
  }

  it.each([
    ['killed and started again', () => node.kill9(), () => node.restart()],
    ['stopped and started again', () => node.ctl(['stop_app']), () => node.ctl(['start_app'])],
    [
      'told to close all connections',
      () => node.ctl(['close_all_connections', 'maintenance']),
      async () => {},
    ],
  ] as const)(
    'and is %s loses nothing it confirmed, and everything goes on by itself',
    async (how, fail, comeBack) => {
      const queue = `faults.${how.split(' ')[0]}`
      const { broker, consumer, ledger } = await working(queue)
      await ledger.publish(broker, queue, 300, 10_000)
      let stopped = false
      const publishing = (async () => {
        while (!stopped) {
          await ledger.publish(broker, queue, 50, 60_000)
          // The consumer is to keep up: what waits at the end would only cost time.
          await until(() => ledger.lost.length < 500 || stopped, { timeoutMs: 120_000, intervalMs: 1 })
        }
      })()

      await fail()
      await comeBack()
      await until(() => consumer.attached && broker.ready, {
        timeoutMs: 10_000,
        what: 'both sides work within 10 s',
      })
      stopped = true
      await publishing
      await ledger.publish(broker, queue, 100, 10_000)

      expect([...ledger.failed.values()]).toEqual([])
      expect(ledger.confirmed.size).toBeGreaterThanOrEqual(450)
      await until(() => ledger.lost.length === 0, {
        timeoutMs: 30_000,
        what: 'all that was confirmed arrives',
      })
      await until(async () => (await broker.inspect(queue))?.messages === 0, { timeoutMs: 20_000 })
    },
    NODE_TEST_MS,
  )

  it(
    'tells of every publish what became of it, when it does not come back in time',
    async () => {
      const queue = 'faults.in-flight'
      const { broker, ledger } = await working(queue)
      await ledger.publish(broker, queue, 100, 10_000)

      const publishing = ledger.publish(broker, queue, 2000, 1500)
      await until(() => ledger.confirmed.size > 300, { intervalMs: 1 })
      await node.kill9()
      await publishing

      const codes = new Set([...ledger.failed.values()].map((error) => (error as { code: string }).code))
      expect(ledger.confirmed.size + ledger.failed.size).toBe(2100)
      expect([...codes].toSorted()).toEqual(['ERR_NOT_SENT', 'ERR_UNKNOWN_OUTCOME'])
      await node.restart()
      await until(() => ledger.lost.length === 0, {
        timeoutMs: 30_000,
        what: 'all that was confirmed arrives',
      })
      const never = [...ledger.failed].filter(
        ([, error]) => (error as { code: string }).code === 'ERR_NOT_SENT',
      )
      expect(never.filter(([text]) => ledger.arrived.has(text))).toEqual([])
    },
    NODE_TEST_MS,
  )

  it(
    'freezes, is noticed by heartbeat, and is used again when it moves',
    async () => {
      const queue = 'faults.frozen'
      const { broker, consumer, ledger } = await working(queue)
      await ledger.publish(broker, queue, 10, 10_000)
      const pid = node.pid() as number

      process.kill(pid, 'SIGSTOP')
      try {
        // The signal takes a moment to stop every thread of it.
        await until(() => ledger.publish(broker, queue, 1, 300).then(() => ledger.failed.size > 0))
        await ledger.publish(broker, queue, 20, 1000)
        expect(ledger.failed.size).toBe(21)
        await until(() => !broker.ready && !consumer.attached, {
          timeoutMs: 15_000,
          what: 'the silence is noticed',
        })
        expect(await outcomeOf(brokerOn(node.url, { connectTimeoutMs: 500 }).connect())).toMatchObject({
          code: 'ERR_CONNECTION_LOST',
        })
      } finally {
        process.kill(pid, 'SIGCONT')
      }

      await until(() => broker.ready && consumer.attached, { timeoutMs: 20_000 })
      await ledger.publish(broker, queue, 20, 10_000)
      expect(ledger.failed.size).toBe(21)
      await until(() => ledger.lost.length === 0)
    },
    NODE_TEST_MS,
  )

  it(
    'takes only small messages: a larger one is refused, and harms no other',
    async () => {
      await node.ctl(['eval', 'application:set_env(rabbit, max_message_size, 2000).'])
      try {
        const broker = brokerOn(node.url)
        await broker.declare({ name: 'faults.size' })
        const sizes = Array.from({ length: 60 }, (_, index) => (index === 30 ? 5000 : 100))

        const outcomes = await Promise.all(
          sizes.map((size) =>
            outcomeOf(broker.publish({ routingKey: 'faults.size' }, message('x'.repeat(size)))),
          ),
        )

        expect(outcomes.flatMap((outcome, index) => (outcome ? [index] : []))).toEqual([30])
        expect(outcomes[30]).toMatchObject({ code: 'ERR_REFUSED', reason: 'too-large' })
      } finally {
        await node.ctl(['eval', 'application:set_env(rabbit, max_message_size, 134217728).'])
      }
    },
    NODE_TEST_MS,
  )

  it(
    'gives only some rights: what they do not cover is refused, and says so',
    async () => {
      await brokerOn(node.url).declare({ name: 'rights.mine' })
      await brokerOn(node.url).declare({ name: 'rights.other' })
      await node.ctl(['add_user', 'limited', 'pw'])
      // Configure nothing, write to everything but one exchange, read one queue.
      await node.ctl(['set_permissions', 'limited', '^$', '^(?!rights.closed$).*', '^rights.mine$'])
      await node.ctl([
        'eval',
        'rabbit_exchange:declare(rabbit_misc:r(<<"/">>, exchange, <<"rights.closed">>), direct, true, false, false, [], <<"tests">>).',
      ])
      const url = new URL(node.url)
      url.username = 'limited'
      url.password = 'pw'
      const broker = brokerOn(url.href)

      const outcomes = await Promise.all([
        outcomeOf(broker.declare({ name: 'rights.new' })),
        outcomeOf(broker.publish({ routingKey: 'rights.mine' }, message('x'))),
        outcomeOf(broker.publish({ exchange: 'rights.closed', routingKey: 'k' }, message('x'))),
        outcomeOf(broker.consume('rights.other', { prefetch: 1 }, () => {})),
        outcomeOf(broker.purge('rights.other')),
      ])

      expect(outcomes).toEqual([
        expect.objectContaining({ code: 'ERR_BROKER_REFUSED' }),
        undefined,
        expect.objectContaining({ code: 'ERR_REFUSED', reason: 'rights' }),
        expect.objectContaining({ code: 'ERR_REFUSED', reason: 'rights' }),
        expect.objectContaining({ code: 'ERR_REFUSED', reason: 'rights' }),
      ])
    },
    NODE_TEST_MS,
  )

  it(
    'runs out of memory: publishes wait and say why, consumers go on, and nothing that was accepted is lost',
    async () => {
      const queue = 'faults.memory'
      const { broker, consumer, ledger } = await working(queue)
      const held = brokerOn(node.url)
      await held.declare({ name: `${queue}.held` })
      await held.publish({ routingKey: `${queue}.held` }, message('kept'))

      await node.ctl(['set_vm_memory_high_watermark', '0.00001'])
      try {
        await ledger.publish(broker, queue, 5, 500)
        await until(() => !broker.ready, { what: 'the broker says that it takes no more' })
        const waiting = await outcomeOf(
          broker.publish({ routingKey: queue }, message('waits'), { timeoutMs: 300 }),
        )
        expect(waiting).toMatchObject({
          code: 'ERR_NOT_SENT',
          reason: 'blocked',
          message: expect.stringMatching(/alarm/) as string,
        })

        const taken: string[] = []
        await held.consume(`${queue}.held`, { prefetch: 1 }, (delivery) => {
          taken.push(textOf(delivery))
          delivery.ack()
        })
        await until(() => taken.length === 1)
        expect((await held.inspect(`${queue}.held`))?.messages).toBe(0)
      } finally {
        await node.ctl(['set_vm_memory_high_watermark', '0.4'])
      }

      await until(() => broker.ready)
      await ledger.publish(broker, queue, 50, 10_000)
      for (const error of ledger.failed.values()) expect(error).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })
      expect(consumer.attached).toBe(true)
      await until(() => ledger.lost.length === 0)
    },
    NODE_TEST_MS,
  )
})

/** RabbitMQ keeps its list of quorum queues in memory for half a second; one killed before that forgets the queue. */
async function registered(folder: string, queue: string): Promise<void> {
  const data = join(folder, 'mnesia')
  const files = readdirSync(data, { encoding: 'utf8', recursive: true })
  const list = files.find((file) => /quorum.*names\.dets$/.test(file)) ?? 'names.dets'
  const isListed = () => readFileSync(join(data, list)).includes(queue)
  await until(isListed, { what: `"${queue}" is on the list of quorum queues` })
}
