/** Shows how far the images are: one moving line on a terminal, a line per finished image elsewhere. */
import { Presets, SingleBar } from 'cli-progress'

/** @typedef {import('./send-samples.mjs').Job} Job */
/**
 * @typedef {object} ProgressLine
 * @property {(file: string, job: Job) => void} update
 * @property {() => void} stop
 */

// `jackalope.png waits for its retry (network)`
const WIDEST = 44

/**
 * @param {readonly string[]} files
 * @param {NodeJS.WriteStream} stream
 * @returns {ProgressLine}
 */
export function progressLine(files, stream) {
  return stream.isTTY ? movingLine(files, stream) : plainLines(stream)
}

/**
 * @param {readonly string[]} files
 * @param {NodeJS.WriteStream} stream
 * @returns {ProgressLine}
 */
function movingLine(files, stream) {
  const shares = new Map(files.map((file) => [file, 0]))
  /** @type {Map<string, string>} */
  const shown = new Map()
  const format = '  {bar} {percentage} %  {done}/{count} images  {what}'
  const bar = new SingleBar(
    { stream, format, barsize: 10, hideCursor: true, forceRedraw: true },
    Presets.shades_classic,
  )
  bar.start(files.length, 0, { done: 0, count: files.length, what: '' })
  return {
    update(file, job) {
      shares.set(file, hasEnded(job) ? 1 : Math.min(job.progress, 0.99))
      const values = [...shares.values()]
      const what = `${file} ${hasEnded(job) ? word(job) : stepInWords(job)}`.padEnd(WIDEST)
      // What is not new must not push away what is.
      if (shown.get(file) === what) return
      shown.set(file, what)
      bar.update(sum(values), { done: values.filter((share) => share === 1).length, what })
    },
    stop: () => bar.stop(),
  }
}

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {ProgressLine}
 */
function plainLines(stream) {
  /** @type {Map<string, number>} */
  const told = new Map()
  return {
    update(file, job) {
      for (const { message, nextAt } of job.retries.slice(told.get(file) ?? 0))
        stream.write(`  ${file} waits until ${clockTime(nextAt)} for its retry: ${message}\n`)
      told.set(file, job.retries.length)
      if (hasEnded(job)) stream.write(`  ${file} ${word(job)} after ${job.ms} ms\n`)
    },
    stop() {},
  }
}

/** @param {Job} job */
function stepInWords({ step = 'in the queue', retries }) {
  return step === 'waiting' ? `waits for its retry (${retries.at(-1)?.reason})` : step
}

/** @param {string} time */
const clockTime = (time) => new Date(time).toTimeString().slice(0, 8)
/** @param {Job} job */
const hasEnded = (job) => job.ms !== undefined
/** @param {Job} job */
const word = (job) => (job.state === 'SUCCESS' ? 'done' : 'failed')
/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0)
