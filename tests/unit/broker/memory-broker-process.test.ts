/** How long a program with an embedded broker lives: as long as there is work, and not a moment longer. */
import { describe, expect, it } from 'vitest'
import { startChild } from '../../support/child.js'

const BROKER = new URL('../../../src/broker/memory-broker.ts', import.meta.url).href

/** Everything here is never closed, and no timer or socket of the program keeps it alive. */
const PREAMBLE = `
  import { createMemoryBroker } from '${BROKER}'
  const broker = createMemoryBroker()
  await broker.declare({ name: 'q' })
  const publish = (count) => Promise.all(Array.from({ length: count }, () =>
    broker.publish({ routingKey: 'q' }, { body: Buffer.from('x'), properties: {}, headers: {} })))
  const delay = (text, ms) => broker.publishDelayed('q', { body: Buffer.from(text), properties: {}, headers: {} }, ms)
  const later = (callback) => setTimeout(callback, 50).unref()
`

describe('a process with an embedded broker', () => {
  it('ends when what is queued has no consumer', async () => {
    await expectOutput(`await publish(3); console.log('published')`, 'published\n')
  })

  it('ends when a consumer has nothing to do', async () => {
    await expectOutput(
      `await broker.consume('q', { prefetch: 1 }, (d) => { console.log('ran'); d.ack() }); await publish(1)`,
      'ran\n',
    )
  })

  it('lives until all that is ready for a consumer has been settled', async () => {
    await expectOutput(
      `await publish(3)
       await broker.consume('q', { prefetch: 1 }, (d) => later(() => { console.log('done'); d.ack() }))`,
      'done\ndone\ndone\n',
    )
  })

  it('is not misled by deliveries that are settled again and again', async () => {
    await expectOutput(
      `await publish(3)
       await broker.consume('q', { prefetch: 3 }, (d) => {
         if (d.redelivered) later(() => { console.log('done'); d.ack(); d.ack(); d.release() })
         else d.release(), d.release(), d.ack()
       })`,
      'done\ndone\ndone\n',
    )
  })

  it('lives while what a cancelled consumer was given is unsettled, and ends though more is queued', async () => {
    await expectOutput(
      `await publish(2)
       const consumer = await broker.consume('q', { prefetch: 1 }, (d) => {
         void consumer.cancel()
         later(() => { console.log('done'); d.ack() })
       })`,
      'done\n',
    )
  })

  it('ends when a consumer is closed with work in hand', async () => {
    await expectOutput(
      `await publish(2)
       const consumer = await broker.consume('q', { prefetch: 2 }, () => { console.log('begun'); void consumer.close() })`,
      'begun\n',
    )
  })

  it('ends at once when a delayed message is for a queue that nobody consumes', async () => {
    await expectOutput(`await delay('x', 3_600_000); console.log('sent')`, 'sent\n')
  })

  it('lives until what is delayed for a consumer has come, whoever was first, and is settled', async () => {
    await expectOutput(
      `const began = performance.now()
       const run = (d) => later(() => {
         console.log(Buffer.from(d.message.body).toString(), Math.floor((performance.now() - began) / 1000))
         d.ack()
       })
       await delay('sent before', 1_000)
       await broker.consume('q', { prefetch: 1 }, run)
       await delay('sent after', 2_000)`,
      'sent before 1\nsent after 2\n',
    )
  })

  it.each(['cancel', 'close'])('ends when the consumer of a delayed message leaves by %s', async (leave) => {
    await expectOutput(
      `const consumer = await broker.consume('q', { prefetch: 1 }, () => {})
       await delay('x', 3_600_000)
       later(() => consumer.${leave}().then(() => console.log('left')))`,
      'left\n',
    )
  })

  it('ends when the broker is closed over a delayed message that is consumed', async () => {
    await expectOutput(
      `await broker.consume('q', { prefetch: 1 }, () => {})
       await delay('x', 3_600_000)
       later(() => broker.close().then(() => console.log('closed')))`,
      'closed\n',
    )
  })

  it('lives while one of two consumers of a delayed message is left, and no longer', async () => {
    await expectOutput(
      `const one = await broker.consume('q', { prefetch: 1 }, () => {})
       const two = await broker.consume('q', { prefetch: 1 }, () => {})
       await delay('x', 3_600_000)
       later(async () => {
         await one.close()
         later(() => two.close().then(() => console.log('both left')))
       })`,
      'both left\n',
    )
  })
})

/** Runs the program to its end, which it has to find by itself. */
async function expectOutput(program: string, output: string): Promise<void> {
  const args = ['--import', '@oxc-node/core/register', '--input-type=module', '--eval', PREAMBLE + program]
  const child = startChild(process.execPath, args)

  const { exitCode, signal } = await child.ended

  expect({ output: child.output(), exitCode, signal }).toEqual({ output, exitCode: 0, signal: undefined })
}
