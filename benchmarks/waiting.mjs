/** 200 000 calls that wait for their time: what they do to a worker's memory, and to how soon other tasks start. */
import { execa } from 'execa'
import { fileURLToPath } from 'node:url'
import { add, makeApp, perSecond } from './setting.mjs'

const WORK = fileURLToPath(new URL('waiting-run.mjs', import.meta.url))

/** @param {import('./setting.mjs').Setting} setting */
export async function waiting(setting) {
  const count = Math.round(200_000 * setting.scale)
  const queue = `${setting.namespace}.waiting`
  const app = makeApp(setting, { queue, type: 'quorum' })
  await (await app.broker()).declare({ name: queue, type: 'quorum' })
  const worker = execa(
    process.execPath,
    ['--expose-gc', WORK, setting.url, setting.namespace, String(setting.scale)],
    {
      ipc: true,
      serialization: 'json',
    },
  )
  const before = /** @type {Standing} */ (await worker.getOneMessage())
  setting.say(`waiting: ${count} delayed calls`)
  await perSecond(count, () => app.run(() => add.applyAsync([1, 2], { countdown: '2h', ignoreResult: true })))
  await worker.sendMessage('again')
  const during = /** @type {Standing} */ (await worker.getOneMessage())
  await worker
  await app.close()
  const row = { raw: undefined, better: 'lower' }
  return {
    queues: [queue],
    rows: [
      {
        ...row,
        name: `${count} waiting: a worker's RSS growth`,
        ratio: undefined,
        limit: 20,
        ours: during.rssMb - before.rssMb,
        unit: 'MB',
      },
      {
        ...row,
        name: `${count} waiting: start latency of others, p99, to none waiting`,
        ratio: during.p99 / before.p99,
        limit: 2,
        raw: before.p99,
        ours: during.p99,
        unit: 'ms',
      },
    ],
  }
}

/** @typedef {{ rssMb: number, p99: number }} Standing */
