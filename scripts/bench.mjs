/** `npm run bench`: measures Taskalope against raw amqplib on the same broker in one run, and says whether it keeps its limits. */
import { cpus } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { execa } from 'execa'
import { findBroker } from './find-broker.mjs'

const MEASUREMENTS = [
  ...['enqueue', 'consume', 'latency', 'memory', 'import'],
  ...['delayed', 'retry', 'waiting', 'accuracy'],
]
const program = new Command('npm run bench --')
  .description(
    'Measures Taskalope against raw amqplib on the same broker, in interleaved rounds; figures are medians.',
  )
  .option('--rounds <n>', 'rounds that count, after one that warms up', wholeNumber, 5)
  .option('--only <names>', `comma-separated: ${MEASUREMENTS.join(', ')}`, names, MEASUREMENTS)
  .option('--quick', 'a hundredth of the work, one round: only to see that it still runs')
  .option('--json', 'print JSON instead of a table')
  .addHelpText(
    'after',
    '\nExits with 1 when a limit is not kept. Let nothing else run meanwhile.\nThe broker is found as for npm test: TASKALOPE_TEST_BROKER_URL, 127.0.0.1:5672, or a throwaway node.',
  )
program.parse()
process.exitCode = await bench(program.opts())

/** @param {{ rounds: number, only: string[], quick?: boolean, json?: boolean }} options */
async function bench({ rounds, only, quick = false, json = false }) {
  await execa('node', ['scripts/build.mjs'], { stdio: ['ignore', 2, 2] })
  const { broker, missing } = await findBroker(say)
  if (!broker) return (say(`Nothing was measured: ${missing}.`), 1)
  try {
    const { measure } = await import('../benchmarks/measure.mjs')
    const rows = await measure(
      { url: broker.url, rounds: quick ? 1 : rounds, scale: quick ? 0.01 : 1, say },
      only,
    )
    const { table } = await import('../benchmarks/table.mjs')
    console.log(
      json
        ? JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rounds, rows }, null, 2)
        : table(rows),
    )
    return quick || rows.every((row) => row.kept) ? 0 : 1
  } finally {
    await broker.stop()
  }
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`)
}

/** @param {string} text */
function wholeNumber(text) {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999.')
}

/** @param {string} text */
function names(text) {
  const given = text.split(',')
  const unknown = given.find((name) => !MEASUREMENTS.includes(name))
  if (unknown === undefined) return given
  throw new InvalidArgumentError(
    `There is no measurement "${unknown}". There are: ${MEASUREMENTS.join(', ')}.`,
  )
}
