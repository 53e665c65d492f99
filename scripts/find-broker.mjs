/** Finds a RabbitMQ for the tests: the one named, the one that runs, a throwaway node, or one installed for the purpose. */
import amqp from 'amqplib'
import { aptInstall, mayInstall } from './apt.mjs'
import { findInstallation } from './rabbitmq/installation.mjs'
import { startBroker } from './throwaway-broker.mjs'

const USUAL_URL = 'amqp://guest:guest@127.0.0.1:5672'
const HOW_TO_GET_IT =
  'start one on 127.0.0.1:5672, name one in TASKALOPE_TEST_BROKER_URL, or install the package rabbitmq-server'

/**
 * @typedef {object} FoundBroker
 * @property {string} url
 * @property {string | undefined} folder of a throwaway node: who knows it can make vhosts
 * @property {() => Promise<void>} stop ends a throwaway node; leaves any other broker alone
 */
/** @typedef {{ broker: FoundBroker, missing?: undefined } | { broker?: undefined, missing: string }} BrokerSearch */

/**
 * Looks in the order of the documentation, and says on `say` what it does.
 * @param {(line: string) => void} say
 * @returns {Promise<BrokerSearch>} the broker, or why there is none and how to get one
 */
export async function findBroker(say) {
  return (
    (await namedBroker(say)) ??
    (await runningBroker(say)) ??
    (await throwawayBroker(say)) ??
    (await installed(say))
  )
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<BrokerSearch | undefined>}
 */
async function namedBroker(say) {
  const url = process.env['TASKALOPE_TEST_BROKER_URL']
  if (!url) return undefined
  const refusal = await refusalOf(url)
  // Whoever names a broker wants that one: quietly taking another would test something else.
  if (refusal) throw new Error(`The broker in TASKALOPE_TEST_BROKER_URL does not let us in: ${refusal}`)
  say('Broker: the one in TASKALOPE_TEST_BROKER_URL.')
  return { broker: foreign(url) }
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<BrokerSearch | undefined>}
 */
async function runningBroker(say) {
  const refusal = await refusalOf(USUAL_URL)
  if (!refusal) {
    say('Broker: the one that answers on 127.0.0.1:5672.')
    return { broker: foreign(USUAL_URL) }
  }
  if (!refusal.includes('ECONNREFUSED')) say(`The broker on 127.0.0.1:5672 is not used: ${refusal}`)
  return undefined
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<BrokerSearch | undefined>}
 */
async function throwawayBroker(say) {
  if (!findInstallation()) return undefined
  say('Broker: a throwaway node of the installed RabbitMQ, which takes a few seconds to boot.')
  const { url, folder, stop } = await startBroker()
  return { broker: { url, folder, stop } }
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<BrokerSearch>}
 */
async function installed(say) {
  if (!mayInstall()) return { missing: `no RabbitMQ was found; ${HOW_TO_GET_IT}` }
  say(
    'RabbitMQ is not installed. Installing it with apt-get install rabbitmq-server; its service is not started.',
  )
  try {
    await aptInstall(['rabbitmq-server'])
  } catch (error) {
    say(String(error instanceof Error ? error.message : error))
    return { missing: `RabbitMQ could not be installed with apt; ${HOW_TO_GET_IT}` }
  }
  return (
    (await throwawayBroker(say)) ?? {
      missing: `apt brought no RabbitMQ that can be started; ${HOW_TO_GET_IT}`,
    }
  )
}

/**
 * @param {string} url
 * @returns {FoundBroker}
 */
function foreign(url) {
  return { url, folder: undefined, stop: () => Promise.resolve() }
}

/**
 * Logs in and out again.
 * @param {string} url
 * @returns {Promise<string | undefined>} why that does not work, without the URL's password
 */
async function refusalOf(url) {
  try {
    const connection = await amqp.connect(url, { timeout: 5_000 })
    connection.on('error', () => {})
    await connection.close()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message || String(/** @type {any} */ (error).code) : String(error)
  }
}
