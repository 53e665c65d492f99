/** Compares what became of one sample with what is expected; the thumbnail is downloaded and looked at. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { COLOUR_TOLERANCE } from './expectations.mjs'

/** @typedef {import('./expectations.mjs').Expectation} Expectation */
/** @typedef {import('./send-samples.mjs').ImageOutcome} ImageOutcome */
/** @typedef {import('./send-samples.mjs').Job} Job */

/**
 * What differs, in words; empty when everything is as expected.
 * @param {Expectation} expected
 * @param {ImageOutcome} outcome
 * @param {{ samplesFolder: string, signal: AbortSignal }} surroundings
 * @returns {Promise<string[]>}
 */
export async function checkImage(expected, outcome, { samplesFolder, signal }) {
  if (outcome.error !== undefined) return [outcome.error]
  const { job } = outcome
  const problems = checkAttempts(expected, job)
  if ('failsWith' in expected) return [...problems, ...checkFailure(expected, job)]
  return [...problems, ...(await checkDone(expected, job, { samplesFolder, signal }))]
}

/**
 * @param {Expectation} expected
 * @param {Job} job
 */
function checkAttempts({ retriedAfter = [] }, { attempts, retries }) {
  const expected = retriedAfter.length + 1
  const reasons = retries.map(({ reason }) => reason)
  const problems = []
  if (attempts !== expected) problems.push(`it took ${attempts} of the ${expected} runs expected`)
  if (reasons.join() !== retriedAfter.join())
    problems.push(`it was tried again after ${inWords(reasons)}, expected after ${inWords(retriedAfter)}`)
  return problems
}

/** @param {readonly string[]} reasons */
const inWords = (reasons) => reasons.join(', ') || 'nothing'

/**
 * @param {import('./expectations.mjs').Done} expected
 * @param {Job} job
 * @param {{ samplesFolder: string, signal: AbortSignal }} surroundings
 */
async function checkDone(expected, job, { samplesFolder, signal }) {
  const { result } = job
  if (!result) return [`it failed: ${job.failure}`]

  const response = await fetch(result.thumbnailUrl, { signal })
  if (!response.ok) return [`its thumbnail is not in the storage (${response.status})`]
  const thumbnail = Buffer.from(await response.arrayBuffer())
  const sample = await stat(join(samplesFolder, expected.file))
  return [
    ...differences('the original', { ...expected.original, bytes: sample.size }, result.original),
    ...differences('the thumbnail, as reported', { ...expected.thumbnail, bytes: thumbnail.length }, result),
    ...(await checkThumbnail(expected, thumbnail)),
  ]
}

/**
 * @param {import('./expectations.mjs').Failed} expected
 * @param {Job} job
 */
function checkFailure({ failsWith }, job) {
  if (job.state !== 'FAILURE') return [`it ended as ${job.state} where it had to fail`]
  const { failure = '', notification = '', attempts } = job
  const problems = []
  if (!failsWith.test(failure)) problems.push(`it failed with "${failure}", not with ${failsWith}`)
  if (!notification.includes(job.url)) problems.push('nobody told the user which image failed')
  if (!failsWith.test(notification)) problems.push('nobody told the user why it failed')
  if (attempts > 1 && !notification.includes(`tried ${attempts} times`))
    problems.push('nobody told the user how often it was tried')
  return problems
}

/**
 * @param {import('./expectations.mjs').Done} expected
 * @param {Buffer} thumbnail
 */
async function checkThumbnail(expected, thumbnail) {
  try {
    const { mediaType, width, height, hasAlpha, orientation } = await sharp(thumbnail).metadata()
    const facts = {
      format: mediaType?.replace('image/', ''),
      width,
      height,
      alpha: hasAlpha,
      orientation: orientation ?? 'none',
    }
    const wanted = { ...expected.thumbnail, alpha: expected.alpha, orientation: 'none' }
    return [
      ...differences('the thumbnail', wanted, facts),
      ...(await checkPixels(expected.pixels, thumbnail)),
    ]
  } catch (error) {
    return [`its thumbnail cannot be read: ${error instanceof Error ? error.message : error}`]
  }
}

/**
 * @param {readonly import('./expectations.mjs').Pixel[]} pixels
 * @param {Buffer} thumbnail
 */
async function checkPixels(pixels, thumbnail) {
  const { data, info } = await sharp(thumbnail).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return pixels.flatMap(({ what, at, rgba }) => {
    const [x, y] = [Math.floor(at[0] * info.width), Math.floor(at[1] * info.height)]
    const found = [...data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4)]
    // Where nothing is seen, it does not matter in which colour.
    const same =
      rgba[3] === 0
        ? found[3] === 0
        : rgba.every((value, i) => Math.abs(value - (found[i] ?? NaN)) <= COLOUR_TOLERANCE)
    return same ? [] : [`${what} (pixel ${x},${y}) is rgba(${found}), expected rgba(${rgba})`]
  })
}

/**
 * @param {string} what
 * @param {Record<string, unknown>} expected
 * @param {Record<string, unknown>} found
 */
function differences(what, expected, found) {
  return Object.entries(expected).flatMap(([key, value]) =>
    found[key] === value ? [] : [`${key} of ${what} is ${found[key]}, expected ${value}`],
  )
}
