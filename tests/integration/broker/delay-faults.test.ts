/** Delays on a RabbitMQ that is killed, on one that gives only some rights, and for a queue that is gone. */
import amqp from 'amqplib'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { ThrowawayBroker } from '../../../scripts/throwaway-broker.mjs'
import type { AmqpBroker } from '../../../src/broker/amqp/amqp-broker.js'
import type { Delivery } from '../../../src/broker/broker.js'
import { queueOfDelayKey } from '../../../src/broker/delay-key.js'
import { describeWithOwnNode, startOwnNode } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf, textOf } from './broker-on.js'

/** rabbitmqctl alone takes half a second, and ten on a machine that is busy. */
const NODE_TEST_MS = 180_000
const LEVELS = 28

describeWithOwnNode('delays on a RabbitMQ of their own', () => {
  let node: ThrowawayBroker
  beforeAll(async () => {
    node = await startOwnNode()
  }, NODE_TEST_MS)

  it(
    'outlive a broker that is killed: every message arrives, and none is early',
    async () => {
      const broker = brokerOn(node.url, { heartbeatSeconds: 2 })
      const queue = 'delays.killed'
      const dueAt = new Map<string, number>()
      const early: string[] = []
      const arrivals = new Map<string, number>()
      await broker.declare({ name: queue })
      const consumer = await broker.consume(queue, { prefetch: 100 }, (delivery) => {
        const text = textOf(delivery)
        if (Date.now() < (dueAt.get(text) ?? Infinity)) early.push(text)
        arrivals.set(text, (arrivals.get(text) ?? 0) + 1)
        delivery.ack()
      })
      const send = async (from: number, to: number) => {
        const numbers = Array.from({ length: to - from }, (_, index) => from + index)
        const sending = numbers.map(async (n) => {
          const delayMs = 1_000 * (1 + (n % 9))
          dueAt.set(`${n}`, Date.now() + delayMs)
          await broker.publishDelayed(queue, message(`${n}`), delayMs, { timeoutMs: 60_000 })
        })
        await Promise.all(sending)
      }

      await send(0, 300)
      await onDisk(node.folder, queue)
      const meanwhile = send(300, 600)
      await node.kill9()
      await node.restart()
      await meanwhile
      await until(() => consumer.attached, { timeoutMs: 20_000 })
      await send(600, 700)

      await until(() => arrivals.size === 700, { timeoutMs: 90_000, what: 'all 700 messages arrive' })
      expect(early).toEqual([])
    },
    NODE_TEST_MS,
  )

  it(
    'for a queue that was deleted end among the dead letters, with every byte, and hold up nobody else',
    async () => {
      const broker = brokerOn(node.url, { namespace: 'gone' })
      const [gone, other] = ['gone.*.#', 'gone.other']
      await broker.declare({ name: gone })
      await broker.declare({ name: other })
      const bodies = Array.from({ length: 60 }, () => randomBytes(300))
      const sending = bodies.map((body, n) =>
        broker.publishDelayed(gone, { body, properties: { messageId: `${n}` }, headers: { n } }, 6_000),
      )
      await Promise.all(sending)
      await deleteQueue(node.url, gone)

      const dead: Delivery[] = []
      await broker.consume('gone.dead', { prefetch: Infinity }, (delivery) => void dead.push(delivery))
      await until(() => dead.length > 0, { timeoutMs: 30_000, what: 'the first finds no queue' })
      const late: number[] = []
      await broker.consume(other, { prefetch: 100 }, (delivery) => {
        late.push(Date.now() - Number(textOf(delivery)))
        delivery.ack()
      })
      const rest = Array.from({ length: 20 }, () =>
        broker.publishDelayed(other, message(`${Date.now() + 2_000}`), 2_000),
      )
      await Promise.all(rest)

      await until(() => late.length === 20, { timeoutMs: 30_000, what: 'the other queue has its calls' })
      expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
      await until(() => dead.length === 60, { timeoutMs: 30_000, what: 'all 60 are dead letters' })
      const found = dead.map(({ message: { body, headers } }) => [headers['n'], Buffer.from(body)])
      expect(new Map(found as [number, Buffer][])).toEqual(new Map(bodies.entries()))
      expect(new Set(dead.map((each) => queueOfDelayKey(each.routingKey)))).toEqual(new Set([gone]))
      expect(dead.every(({ delayed }) => delayed)).toBe(true)
      for (const level of [1, 2])
        expect(await broker.inspect(`gone.delay.${level}`)).toMatchObject({ messages: 0 })
    },
    NODE_TEST_MS,
  )

  it(
    'are for users with few rights, too, once the ladder is there; what is missing is said',
    async () => {
      const admin = brokerOn(node.url, { namespace: 'rights' })
      await admin.declare({ name: 'rights.mine' })
      await admin.declare({ name: 'rights.other' })
      const limited = await userWith(node, {
        configure: '^$',
        write: '^(rights.mine|rights.delay.*|amq.default)$',
        read: '^(rights.mine|rights.delay.deliver)$',
      })
      const delay = (broker: AmqpBroker, queue: string) =>
        outcomeOf(broker.publishDelayed(queue, message('x'), 1_000))
      const noRights = (text: string) => ({
        code: 'ERR_NOT_SENT',
        reason: 'rights',
        message: expect.stringContaining(text) as string,
      })

      expect(await delay(limited, 'rights.mine')).toMatchObject(noRights('rights.delay.'))

      expect(await delay(admin, 'rights.mine')).toBeUndefined()
      expect(await delay(limited, 'rights.mine')).toBeUndefined()
      await until(async () => (await admin.inspect('rights.mine'))?.messages === 2)
      expect(await delay(limited, 'rights.other')).toMatchObject(noRights('rights.other'))
    },
    NODE_TEST_MS,
  )
})

/** Whoever deletes a queue does not ask us. */
async function deleteQueue(url: string, queue: string): Promise<void> {
  const connection = await amqp.connect(url, { timeout: 10_000 })
  const channel = await connection.createChannel()
  await channel.deleteQueue(queue)
  await connection.close()
}

/** A broker as a user of these rights sees it. */
async function userWith(
  node: ThrowawayBroker,
  { configure, write, read }: Record<'configure' | 'write' | 'read', string>,
): Promise<AmqpBroker> {
  await node.ctl(['add_user', 'sender', 'pw'])
  await node.ctl(['set_permissions', 'sender', configure, write, read])
  const url = new URL(node.url)
  url.username = 'sender'
  url.password = 'pw'
  return brokerOn(url.href, { namespace: 'rights' })
}

/** RabbitMQ keeps its list of quorum queues in memory for up to two seconds; one killed before that forgets the queue. */
async function onDisk(folder: string, queue: string): Promise<void> {
  const names = [queue, ...Array.from({ length: LEVELS }, (_, level) => `test.delay.${level}`)]
  const areListed = () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const lists = files.filter((path) => path.endsWith('names.dets'))
    const text = lists.map((path) => readFileSync(join(folder, path), 'latin1')).join()
    return names.every((name) => new RegExp(`_${name}(?!\\d)`).test(text))
  }
  await until(areListed, { what: 'the queues themselves are on disk' })
}
