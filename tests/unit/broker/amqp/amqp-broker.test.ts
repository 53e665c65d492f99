/** Making a RabbitMQ broker: what its options may be. It connects to nothing. */
import { describe, expect, it } from 'vitest'
import { createAmqpBroker } from '../../../../src/broker/amqp/amqp-broker.js'

describe('a RabbitMQ broker', () => {
  it.each([
    { confirmWindow: 0 },
    { confirmWindow: 1.5 },
    { heartbeatSeconds: 0 },
    { heartbeatSeconds: NaN },
    { publishTimeoutMs: 0 },
    { connectTimeoutMs: Infinity },
  ])('refuses %j', (options) => {
    const make = () => createAmqpBroker({ url: 'amqp://h', ...options })
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }) as Error)
    expect(make).toThrow(Object.keys(options)[0])
  })

  it('can be closed without ever having been used', async () => {
    const broker = createAmqpBroker({ url: 'amqp://nowhere.invalid' })
    await broker.close()
    await expect(broker.connect()).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST', reason: 'closed' })
  })
})
