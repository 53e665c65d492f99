/** Shows how far the images are: one moving line on a terminal, a line per finished image elsewhere. */
import { Presets, SingleBar } from 'cli-progress'

/** @typedef {import('./send-samples.mjs').Job} Job */
/**
 * @typedef {object} ProgressLine
 * @property {(file: string, job: Job) => void} update
 * @property {() => void} stop
 */

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
  const format = '  {bar} {percentage} %  {done}/{count} images  {what}'
  const bar = new SingleBar(
    { stream, format, barsize: 24, hideCursor: true, forceRedraw: true },
    Presets.shades_classic,
  )
  bar.start(files.length, 0, { done: 0, count: files.length, what: '' })
  return {
    update(file, job) {
      shares.set(file, hasEnded(job) ? 1 : Math.min(job.progress, 0.99))
      const values = [...shares.values()]
      const what = `${file} ${hasEnded(job) ? word(job) : (job.step ?? 'waiting')}`.padEnd(26)
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
  return {
    update(file, job) {
      if (hasEnded(job)) stream.write(`  ${file} ${word(job)} after ${job.ms} ms\n`)
    },
    stop() {},
  }
}

/** @param {Job} job */
const hasEnded = (job) => job.ms !== undefined
/** @param {Job} job */
const word = (job) => (job.state === 'SUCCESS' ? 'done' : 'failed')
/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0)
