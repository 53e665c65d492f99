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
})

/** Runs the program to its end, which it has to find by itself. */
async function expectOutput(program: string, output: string): Promise<void> {
  const args = ['--import', '@oxc-node/core/register', '--input-type=module', '--eval', PREAMBLE + program]
  const child = startChild(process.execPath, args)

  const { exitCode, signal } = await child.ended

  expect({ output: child.output(), exitCode, signal }).toEqual({ output, exitCode: 0, signal: undefined })
}
