/** Where RabbitMQ is installed: the package's own scripts, never the wrappers that change the user. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findOnPath } from '../find-on-path.mjs'

/**
 * @typedef {object} Installation
 * @property {string} scripts the folder of `rabbitmq-server` and `rabbitmqctl`
 * @property {string} epmd Erlang's port mapper
 * @property {string | undefined} erlCall Erlang's one-shot client, which answers in milliseconds where `rabbitmqctl` takes half a second
 */

/**
 * What is installed, or undefined.
 * @returns {Installation | undefined}
 */
export function findInstallation() {
  const server = findOnPath('rabbitmq-server')
  const epmd = findOnPath('epmd')
  if (process.platform === 'win32' || !server || !epmd) return undefined

  // Debian's `rabbitmq-server` on the PATH is a wrapper that refuses ordinary users; the folder it really lies in
  // holds the package's own scripts, and `rabbitmq-env` marks that folder.
  const scripts = dirname(server)
  if (!existsSync(join(scripts, 'rabbitmq-env'))) return undefined
  return { scripts, epmd, erlCall: findOnPath('erl_call') }
}
