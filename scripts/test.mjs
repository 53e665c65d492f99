/** `npm test [vitest arguments]`: builds, finds what the tests need, runs vitest, and says what was left out. */
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { findBroker } from './find-broker.mjs'
import { findCelery } from './find-celery.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
// What lies in tests/support is about servers, with these exceptions.
const NEEDS_SERVERS = /support\/(?!until|tracked|child|describe-without)|TASKALOPE_TEST_/
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

process.exitCode = await test(process.argv.slice(2))

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function test(args) {
  const buildCode = await run('scripts/build.mjs', [])
  if (buildCode !== 0) return buildCode
  if (!needServers(args)) return run('node_modules/vitest/vitest.mjs', ['run', ...args])
  return testWithServers(args)
}

/** @param {string[]} args */
async function testWithServers(args) {
  const { missing: noCelery, python } = await findCelery(say)
  const { missing: noBroker, broker } = await findBroker(say)
  try {
    const code = await run('node_modules/vitest/vitest.mjs', ['run', ...args], {
      TASKALOPE_TEST_BROKER_URL: broker?.url,
      TASKALOPE_TEST_BROKER_FOLDER: broker?.folder,
      TASKALOPE_TEST_PYTHON: python,
    })
    const leftOut = [noBroker, noCelery].filter((reason) => reason !== undefined)
    if (leftOut.length === 0) return code
    say(`Left out: ${leftOut.join('. And: ')}.`)
    return process.env['CI'] ? Math.max(code, 1) : code
  } finally {
    await broker?.stop()
  }
}

/**
 * Whether the tests asked for use a server. Options are not understood here: with any of them the answer is yes.
 * @param {string[]} args
 */
function needServers(args) {
  if (args.length === 0 || args.some((arg) => arg.startsWith('-'))) return true
  return readdirSync(join(ROOT, 'tests'), { recursive: true, encoding: 'utf8' })
    .map((file) => join(ROOT, 'tests', file))
    .filter((file) => file.endsWith('.test.ts') && args.some((arg) => file.includes(arg)))
    .some((file) => NEEDS_SERVERS.test(readFileSync(file, 'utf8')))
}

/**
 * Runs one of our programs to its end, whatever signal comes: it is passed on, and we end after it.
 * @param {string} script
 * @param {string[]} args
 * @param {Record<string, string | undefined>} [env]
 * @returns {Promise<number>} its exit code
 */
async function run(script, args, env = {}) {
  const child = execa(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    reject: false,
    env,
  })
  let interrupted = 0
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    interrupted = 128 + constants.signals[signal]
    child.kill('SIGTERM')
  }
  for (const signal of SIGNALS) process.on(signal, passOn)
  const { exitCode } = await child
  for (const signal of SIGNALS) process.off(signal, passOn)
  return interrupted || (exitCode ?? 1)
}

/** @param {string} line */
function say(line) {
  console.error(line)
}
