/** From a URL to a broker: by its scheme, and nothing of it shown that may be secret. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { resolveBroker } from '../../../src/broker/resolve-broker.js'
import { systemClock } from '../../../src/kernel/clock.js'
import { silentLogger } from '../../../src/kernel/logger.js'

const deadLetters = { maxAgeMs: 60_000, maxLength: 2 }
const options = {
  namespace: 'n',
  deadLetters,
  logger: silentLogger,
  clock: systemClock,
  publishTimeoutMs: 1000,
}

describe('resolving a broker', () => {
  it.each([
    ['memory://', 'memory://'],
    ['memory://name', 'memory://name'],
    ['amqp://u:secret@host/v', 'amqp://host:5672/v'],
    ['AMQPS://host', 'amqps://host:5671'],
  ])('knows %s, and connects to nothing', async (url, shown) => {
    const broker = await resolveBroker(url, options)
    expect([broker.url, broker.url.startsWith('memory') || !broker.ready]).toEqual([shown, true])
    await broker.close()
  })

  it.each(['', 'redis://:S3CR3T-CANARY@h', 'S3CR3T-CANARY', 'amqp:/S3CR3T-CANARY@h', 'file:///etc/passwd'])(
    'refuses %s, saying what it knows',
    async (url) => {
      const refusal: unknown = await resolveBroker(url, options).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ code: 'ERR_BROKER_URL' })
      expect(String(refusal)).toMatch(/amqp:\/\/.*amqps:\/\/.*memory:\/\//)
      expect(inspect(refusal)).not.toContain('CANARY')
    },
  )

  it('keeps the password out of what inspecting the broker shows', async () => {
    const broker = await resolveBroker('amqp://u:S3CR3T-CANARY@host', options)
    expect(inspect(broker, { depth: 10, showHidden: true })).not.toContain('CANARY')
    await broker.close()
  })
})
