/** The benchmark still runs; its figures are not looked at here. */
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { describeWithRabbit } from '../support/rabbitmq.js'

describeWithRabbit('npm run bench', (rabbit) => {
  it('measures everything it names, and cleans up after itself', async () => {
    const { stdout } = await execa('node', ['scripts/bench.mjs', '--quick', '--json'], {
      env: { TASKALOPE_TEST_BROKER_URL: rabbit.url },
    })

    const { rows } = JSON.parse(stdout) as { rows: { name: string; ours: number; ratio?: number }[] }
    expect(rows.map((row) => row.name.split(/[,(]/)[0]?.trim())).toEqual([
      'enqueue',
      'worker',
      'worker',
      'latency delay',
      'latency delay',
      'memory',
      'cold import',
      'delayed enqueue',
      'delayed enqueue',
      'retry cycle: fails',
      "2000 waiting: a worker's RSS growth",
      '2000 waiting: start latency of others',
      'delays of 1-30 s at 300/s',
      'delays of 1-30 s at 300/s',
    ])
    expect(rows.every((row) => Number.isFinite(row.ours))).toBe(true)
  }, 120_000)

  it('refuses a measurement there is not', async () => {
    const run = await execa('node', ['scripts/bench.mjs', '--only', 'speed'], { reject: false })

    expect(run.exitCode).toBe(1)
    expect(run.stderr).toMatch(/no measurement "speed"/)
  })
})
