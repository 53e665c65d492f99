/** Twenty thousand dead letters: gone through with as much memory as a hundred need, and moved. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { until } from '../../support/until.js'
import { Registry, silentLogger, Taskalope } from '../../../src/index.js'
import { tracked } from '../../support/tracked.js'

const COUNT = 20_000
const BODY_BYTES = 4096
/** Page by page it is at most 16 MB of bodies; all of them would be 80. */
const MOST_MB = 40

describeWithRabbit('many dead letters', (rabbit) => {
  it('are filtered in little memory, keep their order, and are moved', { timeout: 120_000 }, async () => {
    const namespace = rabbit.name('many')
    const app = tracked(
      new Taskalope({ broker: rabbit.url, namespace, registry: new Registry(), logger: silentLogger }),
    )
    const broker = await app.broker()
    // The queue of the dead letters is made with the first queue that uses it.
    await broker.declare({ name: `${namespace}.q` })
    const body = (n: number) => Buffer.from(`[[${n}],{},{}]`.padEnd(BODY_BYTES))
    for (let n = 0; n < COUNT; n += 1000) {
      const page = Array.from({ length: 1000 }, (_, index) => n + index)
      await Promise.all(
        page.map((each) =>
          broker.publish(
            { exchange: app.deadLetters.queue, routingKey: `${namespace}.q` },
            {
              body: body(each),
              properties: {},
              headers: { id: `n${each}`, task: each % 2 ? 'odd' : 'even' },
            },
          ),
        ),
      )
    }
    const before = megabytes()
    let most = 0
    let seen = 0

    for await (const { id } of app.deadLetters.list({ task: 'odd' })) {
      if (id !== `n${2 * seen + 1}`) throw new Error(`${id} is the ${seen}th of the odd ones.`)
      seen += 1
      if (seen % 1000 === 0) most = Math.max(most, megabytes() - before)
    }
    const { moved } = await app.deadLetters.retry({ task: 'even' })
    const rest = await app.deadLetters.drop({})

    expect(seen).toBe(COUNT / 2)
    expect(most).toBeLessThan(MOST_MB)
    expect([moved, rest.moved]).toEqual([COUNT / 2, COUNT / 2])
    await until(async () => (await broker.inspect(`${namespace}.q`))?.messages === COUNT / 2)
  })
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is held on to. */
function megabytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}
