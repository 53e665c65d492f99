/** One run of the demo: build, start, send every sample, check and report; whatever was started is ended again. */
import { readdirSync, rmdirSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAll } from './build.mjs'
import { checkImage } from './check-image.mjs'
import { EXPECTATIONS } from './expectations.mjs'
import { progressLine } from './progress-line.mjs'
import { report } from './report.mjs'
import { sendSample } from './send-samples.mjs'
import { startParts } from './start-parts.mjs'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * @typedef {object} DemoOptions
 * @property {string} [out]
 * @property {string} [samples]
 * @property {number} timeoutMs
 * @property {boolean} keep
 * @property {boolean} json
 * @property {boolean} build
 * @property {string | undefined} brokerUrl
 */

/**
 * @param {DemoOptions} options
 * @param {AbortSignal} interrupted
 * @returns {Promise<boolean>} whether everything came out as expected
 */
export async function runDemo(options, interrupted) {
  // With --json, standard output is for the outcome alone.
  const say = options.json ? () => {} : console.log
  if (options.build) {
    say('Building the library and the examples')
    await buildAll(ROOT, interrupted)
  }
  const samplesFolder = resolve(options.samples ?? join(ROOT, 'examples/image-service/samples'))
  const thumbnails = await makeFolder(options.out)
  const { brokerUrl } = options
  say(brokerUrl ? `Broker: RabbitMQ at ${masked(brokerUrl)}; the worker is its own process` : EMBEDDED)

  const parts = await startParts({ root: ROOT, brokerUrl, samplesFolder, storageFolder: thumbnails })
  const time = limitTime(options.timeoutMs, interrupted)
  try {
    const work = processSamples(parts, { samplesFolder, signal: time.signal, isQuiet: options.json })
    const outcomes = await Promise.race([work, parts.broken, rejection(time.signal)])
    time.end()
    const isAsExpected = report(outcomes, { thumbnails, brokerUrl, isJson: options.json })
    if (options.keep) await keepRunning(parts, interrupted)
    return isAsExpected
  } finally {
    time.end()
    await parts.stop()
    if (options.out === undefined) removeIfEmpty(thumbnails)
  }
}

const EMBEDDED = 'Broker: embedded; the service and its worker are one process'

/** @param {string | undefined} out */
async function makeFolder(out) {
  if (out === undefined) return mkdtemp(join(tmpdir(), 'taskalope-demo-'))
  const folder = resolve(out)
  await mkdir(folder, { recursive: true })
  return folder
}

/** @param {string} folder */
function removeIfEmpty(folder) {
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}

/** @param {string} url */
function masked(url) {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/**
 * @param {import('./start-parts.mjs').Parts} parts
 * @param {{ samplesFolder: string, signal: AbortSignal, isQuiet: boolean }} options
 */
async function processSamples(parts, { samplesFolder, signal, isQuiet }) {
  await parts.ready
  const files = EXPECTATIONS.map(({ file }) => file)
  const line = isQuiet ? { update() {}, stop() {} } : progressLine(files, process.stdout)
  try {
    const { serviceUrl, samplesUrl } = parts
    const outcomes = await Promise.all(
      files.map((file) => sendSample(file, { serviceUrl, samplesUrl, signal, onProgress: line.update })),
    )
    return await Promise.all(
      EXPECTATIONS.map(async (expected, i) => {
        const outcome = /** @type {import('./send-samples.mjs').ImageOutcome} */ (outcomes[i])
        return { ...outcome, problems: await checkImage(expected, outcome, { samplesFolder, signal }) }
      }),
    )
  } finally {
    line.stop()
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} interrupted
 */
function limitTime(ms, interrupted) {
  const tooLate = new AbortController()
  const timer = setTimeout(
    () => tooLate.abort(new Error(`Not everything was done within ${ms / 1000} s (--timeout).`)),
    ms,
  )
  return { signal: AbortSignal.any([interrupted, tooLate.signal]), end: () => clearTimeout(timer) }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
function rejection(signal) {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/**
 * @param {import('./start-parts.mjs').Parts} parts
 * @param {AbortSignal} interrupted
 */
async function keepRunning({ serviceUrl, samplesUrl, broken }, interrupted) {
  const body = JSON.stringify({ url: `${samplesUrl}/huge.jpg` })
  console.error(
    `Still running, until Ctrl-C. Try:\n  curl ${serviceUrl}/images -H 'content-type: application/json' -d '${body}'`,
  )
  const untilInterrupted = rejection(interrupted).catch(() => {})
  await Promise.race([untilInterrupted, broken])
}
