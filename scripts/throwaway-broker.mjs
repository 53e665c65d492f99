/** Starts a throwaway RabbitMQ node: own folder, own port, only on 127.0.0.1, gone when it is stopped or when we end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { answersAmqp } from './rabbitmq/amqp-handshake.mjs'
import { freePorts, isFree } from './rabbitmq/free-ports.mjs'
import { startKeeper } from './rabbitmq/keeper.mjs'
import { controlNode } from './rabbitmq/node-control.mjs'
import { groupFile, pidFile, writeNodeSettings } from './rabbitmq/node-settings.mjs'

const BOOT_TIMEOUT_MS = 180_000
const STOP_TIMEOUT_MS = 60_000
const POLL_MS = 100

/**
 * @typedef {object} ThrowawayNode
 * @property {string} folder
 * @property {() => number | undefined} pid of the Erlang process; undefined while the node is down
 * @property {() => Promise<void>} kill9 kills the node at once, keeping its data; resolves when it is gone
 * @property {() => Promise<void>} restart stops the node if it runs, and starts it again on the same port and data
 * @property {() => Promise<void>} stop ends node and epmd and removes the folder; may be called twice
 */
/** @typedef {import('./rabbitmq/node-control.mjs').NodeControl & ThrowawayNode} ThrowawayBroker */

/**
 * Starts a node (about 7 s on a quiet machine with RabbitMQ 3.10) and resolves when it answers the AMQP handshake.
 * @param {{ port?: number | undefined, onProgress?: ((line: string) => void) | undefined }} [options] `port`: default a free one
 * @returns {Promise<ThrowawayBroker>}
 */
export async function startBroker({ port, onProgress = () => {} } = {}) {
  if (port !== undefined && !(await isFree(port))) throw new Error(`Port ${port} on 127.0.0.1 is taken.`)
  const [freePort, distPort, epmdPort] = /** @type {[number, number, number]} */ (await freePorts(3))
  const folder = mkdtempSync(join(tmpdir(), 'taskalope-rabbitmq-'))
  const settings = writeSettingsOrRemove(folder, { port: port ?? freePort, distPort, epmdPort })
  const keeper = startKeeper(settings)

  /** @type {Promise<void> | undefined} */
  let stopping
  const broker = {
    ...controlNode(folder),
    folder,
    pid: () => readPid(folder),
    kill9: () => signalNode(folder, 'SIGKILL'),
    async restart() {
      await signalNode(folder, 'SIGTERM')
      await boot(settings)
    },
    stop: () => (stopping ??= keeper.end()),
  }

  onProgress(`Starting RabbitMQ on port ${settings.port} with its data in ${folder}`)
  try {
    await boot(settings)
  } catch (error) {
    await broker.stop()
    throw error
  }
  return broker
}

/**
 * @param {string} folder
 * @param {{ port: number, distPort: number, epmdPort: number }} ports
 */
function writeSettingsOrRemove(folder, ports) {
  try {
    return writeNodeSettings(folder, ports)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** @param {import('./rabbitmq/node-settings.mjs').NodeSettings} settings */
async function boot({ folder, port, installation, env }) {
  const output = openSync(join(folder, 'log/output'), 'a')
  const wrapper = spawn(join(installation.scripts, 'rabbitmq-server'), {
    env,
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  writeFileSync(groupFile(folder), String(wrapper.pid))
  wrapper.unref()
  await once(wrapper, 'spawn')

  const deadline = Date.now() + BOOT_TIMEOUT_MS
  while (!(await answersAmqp('127.0.0.1', port))) {
    if (wrapper.exitCode !== null)
      throw bootError(folder, `ended while it booted (exit code ${wrapper.exitCode})`)
    if (Date.now() > deadline) throw bootError(folder, `did not answer within ${BOOT_TIMEOUT_MS / 1000} s`)
    await delay(POLL_MS)
  }
}

/**
 * @param {string} folder
 * @param {string} what
 */
function bootError(folder, what) {
  const lines = readFileSync(join(folder, 'log/output'), 'utf8').trimEnd().split('\n').slice(-20)
  return new Error(`RabbitMQ ${what}. Its last words:\n${lines.join('\n')}`)
}

/**
 * @param {string} folder
 * @param {NodeJS.Signals} signal
 */
async function signalNode(folder, signal) {
  const pid = readPid(folder)
  if (pid === undefined) return
  process.kill(pid, signal)
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`RabbitMQ (pid ${pid}) survived ${signal}.`)
    await delay(20)
  }
  // The numbers may soon belong to other processes: nobody must find them here.
  for (const file of [pidFile(folder), groupFile(folder)]) rmSync(file, { force: true })
}

/**
 * @param {string} folder
 * @returns {number | undefined}
 */
function readPid(folder) {
  try {
    const pid = Number(readFileSync(pidFile(folder), 'utf8'))
    return pid > 0 && isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
