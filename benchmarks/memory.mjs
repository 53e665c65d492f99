/** Memory after 100 000 tasks sent, run and answered in one process, and the time a cold import takes; each in a process of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from './rounds.mjs'

const run = promisify(execFile)
const RUN_TASKS = fileURLToPath(new URL('memory-run.mjs', import.meta.url))
const IMPORT_COLD = `const startedAt = performance.now(); await import('taskalope'); console.log(performance.now() - startedAt)`

/** @param {import('./setting.mjs').Setting} setting */
export async function memory(setting) {
  const count = Math.round(100_000 * setting.scale)
  setting.say(`memory: ${count} tasks`)
  const { stdout } = await run(process.execPath, [
    '--expose-gc',
    RUN_TASKS,
    setting.url,
    setting.namespace,
    String(count),
  ])
  const { grownMb, queue } = JSON.parse(stdout)
  return {
    queues: [queue],
    rows: [
      {
        name: `memory, RSS growth over ${count} tasks`,
        ratio: undefined,
        limit: 30,
        better: 'lower',
        raw: undefined,
        ours: grownMb,
        unit: 'MB',
      },
    ],
  }
}

/** @param {import('./setting.mjs').Setting} setting */
export async function coldImport(setting) {
  const figures = []
  for (let round = 0; round <= setting.rounds; round += 1) {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', IMPORT_COLD])
    if (round > 0) figures.push(Number(stdout))
  }
  return {
    queues: [],
    rows: [
      {
        name: 'cold import',
        ratio: undefined,
        limit: 150,
        better: 'lower',
        raw: undefined,
        ours: median(figures),
        unit: 'ms',
      },
    ],
  }
}
