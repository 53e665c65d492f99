/** The user's side: sends every sample through the HTTP endpoint, and asks how it stands until it has ended. */
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

const ASK_EVERY_MS = 50

/** @typedef {{ format: string, width: number, height: number, bytes: number }} ImageFacts */
/** @typedef {ImageFacts & { thumbnailUrl: string, original: ImageFacts }} ProcessedImage */
/** @typedef {{ reason: string, message: string, nextAt: string }} Retry */
/**
 * What the status endpoint says.
 * @typedef {object} Job
 * @property {string} id
 * @property {string} url
 * @property {string} state
 * @property {number} progress
 * @property {string} [step]
 * @property {number} attempts
 * @property {Retry[]} retries
 * @property {number} [ms]
 * @property {ProcessedImage} [result]
 * @property {string} [failure]
 * @property {string} [notification]
 */
/** @typedef {{ file: string, answeredMs: number, job: Job, error?: undefined } | { file: string, error: string, answeredMs?: undefined, job?: undefined }} ImageOutcome */

/**
 * @param {string} file
 * @param {{ serviceUrl: string, samplesUrl: string, signal: AbortSignal, onProgress: (file: string, job: Job) => void }} options
 * @returns {Promise<ImageOutcome>} also when the service refuses the image; rejects when the service is gone
 */
export async function sendSample(file, { serviceUrl, samplesUrl, signal, onProgress }) {
  const since = performance.now()
  const response = await fetch(`${serviceUrl}/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: `${samplesUrl}/${file}` }),
    signal,
  })
  const answer = /** @type {{ id: string, status: string, error?: string }} */ (await response.json())
  if (response.status !== 202)
    return { file, error: `the service answered ${response.status}: ${answer.error}` }
  const answeredMs = performance.now() - since

  const job = await untilEnded(`${serviceUrl}${answer.status}`, signal, (seen) => onProgress(file, seen))
  return { file, answeredMs, job }
}

/**
 * @param {string} statusUrl
 * @param {AbortSignal} signal
 * @param {(job: Job) => void} onProgress
 * @returns {Promise<Job>}
 */
async function untilEnded(statusUrl, signal, onProgress) {
  for (;;) {
    const response = await fetch(statusUrl, { signal })
    if (!response.ok) throw new Error(`${statusUrl} answered ${response.status}.`)
    const job = /** @type {Job} */ (await response.json())
    onProgress(job)
    if (job.ms !== undefined) return job
    await delay(ASK_EVERY_MS, undefined, { signal })
  }
}
