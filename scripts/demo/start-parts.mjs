/** Starts what the demo needs: the servers, with the worker in their process, or over RabbitMQ beside them in its own. */
import { join } from 'node:path'
import { freePorts } from '../rabbitmq/free-ports.mjs'
import { startPart } from './start-part.mjs'

/** Where the image service says 20 minutes. */
export const RETRY_DELAY = '1s'

// What a broker that is not there makes of the worker's last words.
const BRIEF = ['--connect-timeout', '10s', '--log-level', 'error']

/**
 * @typedef {object} Parts
 * @property {string} serviceUrl
 * @property {string} samplesUrl
 * @property {Promise<void>} ready
 * @property {Promise<never>} broken rejects when one of the processes ends by itself
 * @property {() => Promise<void>} stop ends them all; may be called twice
 */

/**
 * @param {{ root: string, brokerUrl: string | undefined, samplesFolder: string, storageFolder: string }} options
 * @returns {Promise<Parts>} started, but not ready yet
 */
export async function startParts({ root, brokerUrl, samplesFolder, storageFolder }) {
  const [serviceUrl = '', storageUrl, samplesUrl = '', uploadUrl] = (await freePorts(4)).map(
    (port) => `http://127.0.0.1:${port}`,
  )
  const env = {
    // Anything but production, where a missing broker URL is an error.
    NODE_ENV: 'development',
    TASKALOPE_BROKER_URL: brokerUrl,
    IMAGE_SERVICE_URL: serviceUrl,
    IMAGE_STORAGE_URL: storageUrl,
    IMAGE_SAMPLES_URL: samplesUrl,
    IMAGE_UPLOAD_URL: uploadUrl,
    IMAGE_RETRY_DELAY: RETRY_DELAY,
    IMAGE_SAMPLES_FOLDER: samplesFolder,
    IMAGE_STORAGE_FOLDER: storageFolder,
  }
  const example = join(root, 'build/examples/image-service')
  const parts = [startPart({ name: 'service', args: [join(example, 'main.js')], env, readyLine: /^Ready/ })]
  if (brokerUrl !== undefined) {
    const args = [
      join(root, 'dist/cli/main.js'),
      'worker',
      join(example, 'tasks.js'),
      '--queues',
      'images',
      ...BRIEF,
    ]
    parts.push(startPart({ name: 'worker', args, env, readyLine: /^Ready/ }))
  }

  const broken = Promise.race(parts.map((part) => part.broken))
  broken.catch(() => {})
  return {
    serviceUrl,
    samplesUrl,
    ready: Promise.all(parts.map((part) => part.ready)).then(() => {}),
    broken,
    async stop() {
      await Promise.all(parts.map((part) => part.stop()))
    },
  }
}
