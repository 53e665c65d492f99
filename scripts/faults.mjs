/** `npm run faults`: breaks a real RabbitMQ and real workers on purpose, and counts afterwards what was lost, repeated or late. */
import '@oxc-node/core/register'
import { Command, InvalidArgumentError } from 'commander'
import { execa } from 'execa'
import { constants } from 'node:os'
import { aptInstall, mayInstall } from './apt.mjs'
import { findInstallation } from './rabbitmq/installation.mjs'
import { startBroker } from './throwaway-broker.mjs'

const { checksOf, runCheck, suiteNames } = await import('../tests/faults/suite.js')
const { newSeed } = await import('../tests/faults/plan.js')

const EXIT = { passed: 0, failed: 1, usage: 64, invalid: 70 }
const LEAST_CALLS = 2

const program = new Command('npm run faults --')
  .description(
    'Starts a throwaway RabbitMQ and real worker processes, kills them with SIGKILL while\n' +
      'calls are on their way, and judges the ledger in which every process wrote what it did.',
  )
  .argument('[suite]', `what to look at: ${suiteNames().join(', ')}`, knownSuite, 'retry')
  .option('--only <checks>', 'only these checks of the suite, comma-separated', (text) => text.split(','))
  .option(
    '--seed <n>',
    'repeats the same calls and delays (default: TASKALOPE_SEED, else by chance)',
    wholeNumber,
  )
  .option('--calls <n>', 'how many calls each check makes, instead of its own number', wholeNumber)
  .option('--list', 'say which checks there are, and stop')
  .option('--json', 'print the outcome as JSON; progress stays on stderr')
  .option('--no-build', 'take dist as it is')
  .addHelpText(
    'after',
    `
The ledger, in short:
  lost        accepted, and neither done nor among the dead letters. Must be 0.
  duplicates  attempts that ended more than once. At least once is what is promised, so there
              may be some, but each needs a reason:
                flagged     the broker says that it hands the message out again
                in hand     its worker, or the broker, was killed before the acknowledgement
                copied      the attempt before it ran twice, and each run sent the next one
                sent again  its sender was waiting for the confirmation at a kill
                hop         it moved from one delay queue to the next at a kill
  earliest    no call may run before it is due.
  stall       the longest time without progress while there was something to do.

Exit code 0: all passed. 1: a check failed, and its ledger is kept. 64: wrong usage.
70: a run that proves nothing, because a planned fault did not bite. 130: interrupted.

Examples:
  $ npm run faults -- retry
  $ npm run faults -- retry --only delays --calls 2000 --seed 7`,
  )
program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage))
program.parse()

process.exitCode = await faults(program.args[0] ?? 'retry', program.opts())

/**
 * @typedef {import('../tests/faults/suite.js').Check} Check
 * @typedef {import('../tests/faults/suite.js').CheckReport} CheckReport
 */
/**
 * @typedef {object} Options
 * @property {readonly string[]} [only]
 * @property {number} [seed]
 * @property {number} [calls]
 * @property {boolean} [list]
 * @property {boolean} [json]
 * @property {boolean} build
 */

/**
 * @param {string} suite
 * @param {Options} options
 * @returns {Promise<number>} the exit code
 */
async function faults(suite, options) {
  const { only, list, json, build } = options
  if (list) return (console.log(listOf(suite)), EXIT.passed)
  const unknown = only?.find((name) => !checksOf(suite).some((check) => check.name === name))
  if (unknown !== undefined) return (say(`There is no check "${unknown}".\n${listOf(suite)}`), EXIT.usage)
  const checks = checksOf(suite).filter(({ name }) => !only || only.includes(name))
  const seed = options.seed ?? (Number(process.env['TASKALOPE_SEED']) || newSeed())

  if (build) await execa('node', ['scripts/build.mjs'], { stdio: ['ignore', 2, 2] })
  await haveRabbit()
  const signal = interruption()
  try {
    const reports = await runAll({ suite, checks, signal }, { ...options, seed })
    if (json) console.log(JSON.stringify({ suite, seed, reports }, null, 2))
    else
      console.log(`\n${sumOf(reports)} Again with the same calls: npm run faults -- ${suite} --seed ${seed}`)
    return exitCodeOf(reports)
  } catch (error) {
    if (!signal.aborted) throw error
    return 128 + constants.signals.SIGINT
  }
}

/**
 * @param {{ suite: string, checks: readonly Check[], signal: AbortSignal }} what
 * @param {Options & { seed: number }} options
 */
async function runAll({ suite, checks, signal }, { seed, calls, json }) {
  /** @type {CheckReport[]} */
  const reports = []
  const node = await startBroker({ onProgress: say })
  try {
    for (const check of checks) {
      say(`\n${check.name}: ${check.title} (seed ${seed})`)
      const options = { node, seed, calls: calls ?? check.calls, say, signal }
      const report = await runCheck(suite, check.name, options)
      reports.push(report)
      if (!json) console.log(textOf(report, seed))
    }
  } finally {
    await node.stop()
  }
  return reports
}

async function haveRabbit() {
  if (findInstallation() || !mayInstall()) return
  say('RabbitMQ is not installed. Installing it with apt-get install rabbitmq-server.')
  await aptInstall(['rabbitmq-server'])
}

/** Aborted at the first signal that asks us to end; a second one ends us at once. */
function interruption() {
  const controller = new AbortController()
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[signal])
      say('Interrupted: ending what was started.')
      controller.abort()
    })
  }
  return controller.signal
}

/**
 * @param {CheckReport} report
 * @param {number} seed
 */
function textOf({ name, result, seconds, calls, lines, failures, invalid, ledgers }, seed) {
  const head = `\n${name}: ${result.toUpperCase()} in ${seconds} s (${calls} calls, seed ${seed})`
  const bad = [...failures.map((line) => `FAILED   ${line}`), ...invalid.map((line) => `INVALID  ${line}`)]
  const kept = ledgers.length > 0 ? [`The ledgers are kept: ${ledgers.join(' ')}`] : []
  return [head, ...[...lines, ...bad, ...kept].map((line) => `  ${line}`)].join('\n')
}

/** @param {readonly CheckReport[]} reports */
function sumOf(reports) {
  const bad = reports.filter(({ result }) => result !== 'passed')
  if (bad.length === 0) return `All ${reports.length} checks passed.`
  return `Not passed: ${bad.map(({ name, result }) => `${name} (${result})`).join(', ')}.`
}

/** @param {readonly CheckReport[]} reports */
function exitCodeOf(reports) {
  if (reports.some(({ result }) => result === 'failed')) return EXIT.failed
  return reports.some(({ result }) => result === 'invalid') ? EXIT.invalid : EXIT.passed
}

/** @param {string} suite */
function listOf(suite) {
  const lines = checksOf(suite).map(
    ({ name, title, calls }) => `  ${name.padEnd(10)}${title} (${calls} calls)`,
  )
  return `The checks of "${suite}":\n${lines.join('\n')}`
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`)
}

/** @param {string} name */
function knownSuite(name) {
  if (suiteNames().includes(name)) return name
  throw new InvalidArgumentError(`There are: ${suiteNames().join(', ')}.`)
}

/** @param {string} text */
function wholeNumber(text) {
  const number = Number(text)
  if (/^\d{1,9}$/.test(text) && number >= LEAST_CALLS) return number
  throw new InvalidArgumentError(`It must be a whole number from ${LEAST_CALLS} to 999999999.`)
}
