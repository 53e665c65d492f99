/** `npm run check`: all that can be said about the code without running it; one line per step, failures in full. */
import { Command, InvalidArgumentError } from 'commander'
import { command } from './check/command.mjs'
import { limited } from './check/limited.mjs'
import { STEPS } from './check/steps.mjs'

const COMMANDS_AT_ONCE = 2

await new Command('npm run check --')
  .description(
    `Checks ${STEPS.map(({ name }) => name).join(', ')}; ${COMMANDS_AT_ONCE} commands run at a time.`,
  )
  .option('--only <steps>', 'check only these, separated by commas', chosenSteps, STEPS)
  .action(check)
  .parseAsync()

/** @param {{ only: readonly import('./check/steps.mjs').Step[] }} options */
async function check({ only: steps }) {
  const started = performance.now()
  const inTurn = limited(COMMANDS_AT_ONCE)
  const build = { name: 'build', commands: [command('node', 'scripts/build.mjs')] }
  const isBuilt = steps.some(({ needsBuild }) => needsBuild) ? await report(build, inTurn) : true

  const possible = steps.filter(({ needsBuild }) => isBuilt || !needsBuild)
  const oks = await Promise.all(possible.map((step) => report(step, inTurn)))
  if (isBuilt && oks.every(Boolean)) console.log(`All is well (${secondsSince(started)}).`)
  else process.exitCode = 1
}

/**
 * Runs a step and prints its line, and under it what its failed commands printed.
 * @param {import('./check/steps.mjs').Step} step
 * @param {ReturnType<typeof limited>} inTurn
 * @returns {Promise<boolean>} whether all is well
 */
async function report({ name, commands }, inTurn) {
  let started = Infinity
  const results = await Promise.all(
    commands.map((run) =>
      inTurn(() => {
        started = Math.min(started, performance.now())
        return run()
      }),
    ),
  )
  const failed = results.filter(({ ok }) => !ok)
  console.log(`${name.padEnd(8)} ${failed.length > 0 ? 'FAILED' : 'ok'} (${secondsSince(started)})`)
  for (const { output } of failed) console.log(`${output.trim()}\n`)
  return failed.length === 0
}

/** @param {number} started */
function secondsSince(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`
}

/** @param {string} names */
function chosenSteps(names) {
  return names.split(',').map((name) => {
    const step = STEPS.find((known) => known.name === name.trim())
    if (!step)
      throw new InvalidArgumentError(
        `There is no step "${name}"; there are ${STEPS.map((known) => known.name).join(', ')}.`,
      )
    return step
  })
}
