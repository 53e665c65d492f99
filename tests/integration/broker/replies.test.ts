/** Results over the reply queue: answers find their caller, also after a reconnect, and go nowhere else. */
import { expect, it } from 'vitest'
import type { ResultBackend, ResultSlot } from '../../../src/results/result-backend.js'
import { isFinal, type TaskResult } from '../../../src/results/task-result.js'
import { jsonSerializer } from '../../../src/serialization/json.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'
import { brokerOn, message, outcomeOf, remembering } from './broker-on.js'
import { FlakyRoad } from './flaky-road.js'

const serializer = jsonSerializer()
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The final result of a slot. */
function finalOf(slot: ResultSlot): Promise<TaskResult> {
  return until(() => (slot.latest && isFinal(slot.latest.state) ? slot.latest : undefined))
}

describeWithRabbit('results over a reply queue', (rabbit) => {
  async function callerAndWorker() {
    const road = await FlakyRoad.to(rabbit.url)
    const { logger, lines } = remembering()
    const broker = brokerOn(road.url, { namespace: rabbit.namespace })
    const caller: ResultBackend = tracked(broker.createResultBackend(serializer))
    const worker = tracked(
      brokerOn(rabbit.url, { logger, namespace: rabbit.namespace }).createResultBackend(serializer),
    )
    return { road, broker, caller, worker, lines, replyTo: (await caller.replyTo()) as string }
  }

  it('bring success and failure to the slot of the call, with everything the worker said', async () => {
    const { caller, worker, replyTo } = await callerAndWorker()
    const [good, bad] = [caller.expect('good'), caller.expect('bad')]
    const error = {
      name: 'TypeError',
      message: 'no',
      module: null,
      stack: 'TypeError: no\n  at x',
      cause: { name: 'E', message: 'c', module: 'm' },
    }

    await worker.store(
      { taskId: 'good', state: 'STARTED', value: { pid: 1 } },
      { replyTo, correlationId: 'good' },
    )
    await worker.store(
      { taskId: 'good', state: 'SUCCESS', value: [1, 2n ** 60n], attempts: 2, worker: 'w' },
      { replyTo, correlationId: undefined },
    )
    await worker.store({ taskId: 'bad', state: 'FAILURE', error }, { replyTo, correlationId: 'bad' })

    expect(await finalOf(good)).toEqual({
      taskId: 'good',
      state: 'SUCCESS',
      value: [1, 2n ** 60n],
      attempts: 2,
      worker: 'w',
    })
    expect(await finalOf(bad)).toEqual({ taskId: 'bad', state: 'FAILURE', error })
  })

  it('use one queue for all calls, exclusive and gone when the caller closes', async () => {
    const { caller, replyTo } = await callerAndWorker()
    const channel = await rabbit.channel()

    expect(replyTo).toMatch(UUID)
    expect(new Set([await caller.replyTo(), await caller.replyTo(), replyTo]).size).toBe(1)
    expect(await outcomeOf(channel.checkQueue(replyTo))).toMatchObject({ code: 405 })

    await caller.close()
    const another = await rabbit.channel()
    await until(
      async () =>
        ((await outcomeOf((await rabbit.channel()).checkQueue(replyTo))) as { code?: number })?.code === 404,
    )
    await another.close()
    expect(await outcomeOf(Promise.resolve(caller.replyTo()))).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      reason: 'closed',
    })
  })

  it('keep the name of their queue through a reconnect, so that answers to calls from before arrive', async () => {
    const { road, caller, worker, replyTo } = await callerAndWorker()
    const slot = caller.expect('before')

    road.cut()
    await until(() => road.connections === 0 || road.opened > 1, { intervalMs: 1 })
    await until(async () => {
      expect(await caller.replyTo()).toBe(replyTo)
      await worker.store(
        { taskId: 'before', state: 'SUCCESS', value: 1 },
        { replyTo, correlationId: undefined },
      )
      return slot.latest !== undefined
    })

    expect(await finalOf(slot)).toMatchObject({ value: 1 })
  })

  it('let a call wait for the queue while the connection is away, and give up in time', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    await road.close()
    const caller = tracked(brokerOn(road.url, { connectTimeoutMs: 300 }).createResultBackend(serializer))

    const refused = await outcomeOf(Promise.resolve(caller.replyTo()))
    expect(refused).toMatchObject({ code: 'ERR_NOT_SENT', reason: 'disconnected' })

    await road.reopen()
    await until(() => caller.replyTo())
  })

  it('are sent to nothing that is no reply queue, and the worker hears why', async () => {
    const { worker, broker, lines } = await callerAndWorker()
    const queue = rabbit.name('victim')
    await broker.declare({ name: queue })

    await worker.store({ taskId: 'x', state: 'SUCCESS', value: 1 }, { replyTo: queue, correlationId: 'x' })
    await worker.store(
      { taskId: 'y', state: 'SUCCESS', value: 1 },
      { replyTo: undefined, correlationId: 'y' },
    )

    expect(await broker.inspect(queue)).toMatchObject({ messages: 0 })
    expect(lines.filter((line) => line.includes('ERR_REPLY_REFUSED'))).toHaveLength(1)
  })

  it('do not hold a worker up whose caller is gone', async () => {
    const { worker } = await callerAndWorker()
    const gone = `taskalope.reply.${'0'.repeat(8)}-0000-0000-0000-000000000000`
    await worker.store({ taskId: 'x', state: 'SUCCESS', value: 1 }, { replyTo: gone, correlationId: 'x' })
  })

  it('tell a caller whose answer cannot be read', async () => {
    const { caller, broker, replyTo } = await callerAndWorker()
    const slot = caller.expect('garbled')

    await broker.publish({ routingKey: replyTo }, message('{oops', { correlationId: 'unknown' }))
    await broker.publish({ routingKey: replyTo }, message('{oops', { correlationId: 'garbled' }))

    expect(await finalOf(slot)).toMatchObject({
      state: 'FAILURE',
      error: {
        name: 'ResultError',
        module: 'taskalope',
        message: expect.stringContaining('could not be read') as string,
      },
    })
  })

  it('end every wait when they are closed', async () => {
    const { caller, broker } = await callerAndWorker()
    const closed: unknown[] = []
    caller.expect('waiting').subscribe({ onResult: () => {}, onClosed: (error) => closed.push(error) })

    await broker.close()

    expect(closed).toEqual([expect.objectContaining({ code: 'ERR_CONNECTION_LOST' })])
  })
})
