/** Dead letters that the broker made by itself: recognised, and sent again like any other. */
import { expect, it } from 'vitest'
import { drain, onBothBrokers } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'
import { Graveyard } from './graveyard.js'

const call = (id: string, expiration?: string) => ({
  body: Buffer.from('[[7],{},{}]'),
  properties: {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    ...(expiration && { expiration }),
  },
  headers: { id, task: 'late', lang: 'py' },
})

onBothBrokers('a dead letter that the broker made', (road) => {
  it('because its time was up says so, and stays in its queue when it is sent again', async () => {
    const yard = new Graveyard(road, 'expired')
    const queue = `${yard.app.namespace}.classic`
    const broker = await yard.app.broker()
    await broker.declare({ name: queue, type: 'classic' })
    await broker.publish({ routingKey: queue }, call('e1', '1'))
    await until(async () => (await yard.letters.count()) === 1, { what: 'it has expired' })

    const [letter] = await yard.list({ error: 'expired' })
    const report = await yard.letters.retry({ error: 'expired' })

    expect(letter).toMatchObject({ id: 'e1', taskName: 'late', reason: 'expired', queue, code: undefined })
    expect(letter?.age).toBeLessThan(60_000)
    expect(report).toMatchObject({ moved: 1, skipped: 0 })
    const [message] = await drain(broker, queue)
    expect(message?.properties.expiration).toBeUndefined()
    expect(message?.headers['x-death']).toBeUndefined()
    expect(message?.headers['id']).toBe('e1')
  })

  it('because it came back too often says so, and which queue it was', async () => {
    const yard = new Graveyard(road, 'limit')
    const queue = `${yard.app.namespace}.strict`
    const broker = await yard.app.broker()
    await broker.declare({ name: queue, deliveryLimit: 1 })
    const consumer = tracked(await broker.consume(queue, { prefetch: 1 }, (delivery) => delivery.release()))
    await broker.publish({ routingKey: queue }, call('l1'))
    await until(async () => (await yard.letters.count()) === 1, { what: 'it came back too often' })
    await consumer.close()

    const [letter] = await yard.list()
    const report = await yard.letters.retry({ error: 'delivery_limit', queue })

    expect(letter).toMatchObject({ id: 'l1', reason: 'delivery_limit', queue })
    expect(report).toMatchObject({ moved: 1 })
    await until(async () => (await broker.inspect(queue))?.messages === 1, { what: 'it is back' })
    await yard.expectCount(0)
  })
})
