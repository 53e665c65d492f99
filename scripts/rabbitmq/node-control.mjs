/** Steers a running throwaway node from any process that knows its folder: rabbitmqctl, and vhosts in milliseconds. */
import { execa } from 'execa'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { readNodeSettings } from './node-settings.mjs'

/**
 * @typedef {object} NodeControl
 * @property {string} url with guest's login, for the vhost `/`
 * @property {number} port
 * @property {(args: readonly string[]) => Promise<string>} ctl runs `rabbitmqctl` (about half a second) and gives what it printed
 * @property {(name: string) => Promise<string>} addVhost gives the new vhost's URL
 * @property {(vhost: string) => Promise<number>} connectionsOf how many connections that vhost has
 * @property {(name: string) => Promise<void>} deleteVhost closes its connections, too; a vhost that is gone already is fine
 */

/**
 * @param {string} folder
 * @returns {NodeControl}
 */
export function controlNode(folder) {
  const settings = readNodeSettings(folder)
  const url = `amqp://guest:guest@127.0.0.1:${settings.port}`

  return {
    url,
    port: settings.port,
    ctl: (args) => rabbitmqctl(settings, args),
    async addVhost(name) {
      await evaluate(
        settings,
        `rabbit_vhost:add(${binary(name)}, ${binary('tests')}), ` +
          `rabbit_auth_backend_internal:set_permissions(${[`guest`, name, '.*', '.*', '.*', 'tests'].map(binary).join(', ')}).`,
      )
      return `${url}/${encodeURIComponent(name)}`
    },
    async connectionsOf(vhost) {
      const answer = await evaluate(settings, `length(rabbit_connection_tracking:list(${binary(vhost)})).`)
      return Number(/\d+/.exec(answer)?.[0])
    },
    async deleteVhost(name) {
      await evaluate(settings, `catch rabbit_vhost:delete(${binary(name)}, ${binary('tests')}).`)
    },
  }
}

/**
 * @param {import('./node-settings.mjs').NodeSettings} settings
 * @param {readonly string[]} args
 */
async function rabbitmqctl({ installation, env }, args) {
  const { stdout } = await execa(join(installation.scripts, 'rabbitmqctl'), args, {
    env,
    extendEnv: false,
    timeout: 60_000,
  })
  return stdout
}

/**
 * Runs one Erlang expression on the node: through erl_call where Erlang came with it, else through rabbitmqctl.
 * @param {import('./node-settings.mjs').NodeSettings} settings
 * @param {string} expression
 */
async function evaluate(settings, expression) {
  const { installation, name, env } = settings
  if (!installation.erlCall) return rabbitmqctl(settings, ['eval', expression])

  const options = { env, extendEnv: false, input: `${expression}\n`, timeout: 60_000 }
  const { stdout } = await execa(installation.erlCall, ['-h', callerName(), '-n', name, '-e'], options)
  if (!stdout.startsWith('{ok, ')) throw new Error(`The throwaway broker refused an order: ${stdout}`)
  return stdout
}

/** A node lets nobody in whose name is that of somebody inside: each call has its own, beside calls of other processes, too. */
function callerName() {
  return `tests-${randomUUID()}`
}

/**
 * An Erlang binary literal of any text.
 * @param {string} text
 */
function binary(text) {
  return `<<${[...Buffer.from(text)].join(',')}>>`
}
