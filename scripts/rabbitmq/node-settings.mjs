/** The files and the environment with which a throwaway RabbitMQ node keeps to its own folder and to 127.0.0.1. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { searchPath } from '../find-on-path.mjs'
import { findInstallation } from './installation.mjs'

/**
 * @typedef {object} NodeSettings
 * @property {string} folder
 * @property {string} name the Erlang node's name
 * @property {number} port
 * @property {number} epmdPort
 * @property {import('./installation.mjs').Installation} installation
 * @property {Record<string, string>} env all that the package's scripts are given
 */

const FILE = 'node.json'

/**
 * Writes a new node's configuration into its folder.
 * @param {string} folder
 * @param {{ port: number, distPort: number, epmdPort: number }} ports
 * @returns {NodeSettings}
 */
export function writeNodeSettings(folder, { port, distPort, epmdPort }) {
  const installation = findInstallation()
  if (!installation) throw new Error('RabbitMQ is not installed: no `rabbitmq-server` and `epmd` were found.')

  for (const name of ['home', 'mnesia', 'log', 'conf']) mkdirSync(join(folder, name), { mode: 0o700 })
  writeFileSync(join(folder, 'conf/enabled_plugins'), '[].')
  // An empty file of our own: without it the system-wide configuration would be read.
  writeFileSync(join(folder, 'conf/env.conf'), '')
  writeFileSync(
    join(folder, 'conf/rabbitmq.conf'),
    `listeners.tcp.default = 127.0.0.1:${port}\nloopback_users = none\n`,
  )

  const name = `taskalope-${port}@localhost`
  const env = environment(folder, { name, port, distPort, epmdPort })
  const settings = { folder, name, port, epmdPort, installation, env }
  writeFileSync(join(folder, FILE), JSON.stringify(settings))
  return settings
}

/**
 * Reads what another process wrote, so that tests can steer the node their runner started.
 * @param {string} folder
 * @returns {NodeSettings}
 */
export function readNodeSettings(folder) {
  return JSON.parse(readFileSync(join(folder, FILE), 'utf8'))
}

/**
 * @param {string} folder
 * @param {{ name: string, port: number, distPort: number, epmdPort: number }} node
 * @returns {Record<string, string>}
 */
function environment(folder, { name, port, distPort, epmdPort }) {
  return {
    PATH: searchPath(),
    LANG: 'C.UTF-8',
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: join(folder, 'log/node.log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'conf/rabbitmq'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'conf/advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'conf/env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'conf/enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'conf/generated'),
    RABBITMQ_PID_FILE: pidFile(folder),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_CTL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // Port 0: each rabbitmqctl takes a free one, so any number of them may run at a time.
    RABBITMQ_CTL_DIST_PORT_MIN: '0',
    RABBITMQ_CTL_DIST_PORT_MAX: '0',
  }
}

/**
 * Where the number of the Erlang process stands while it runs.
 * @param {string} folder
 */
export function pidFile(folder) {
  return join(folder, 'pid')
}

/**
 * Where the number of the node's process group stands, from before the node knows its own number.
 * @param {string} folder
 */
export function groupFile(folder) {
  return join(folder, 'group')
}
