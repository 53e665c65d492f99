/** `npm run broker`: a throwaway RabbitMQ to play with, until Ctrl-C. */
import { Command, InvalidArgumentError } from 'commander'
import { aptInstall, mayInstall } from './apt.mjs'
import { findInstallation } from './rabbitmq/installation.mjs'
import { startBroker } from './throwaway-broker.mjs'

await new Command('npm run broker --')
  .description(
    'Starts a throwaway RabbitMQ on 127.0.0.1 and keeps it until Ctrl-C. Nothing of it is left afterwards.',
  )
  .option('--port <port>', 'where it listens (default: a free port)', toPort)
  .option('--json', 'print one JSON object instead of text once it runs')
  .action(runBroker)
  .parseAsync()

/** @param {{ port?: number, json?: boolean }} options */
async function runBroker({ port, json }) {
  const broker = await startOrExplain(port)
  if (!broker) return

  const { url, folder } = broker
  console.log(
    json ? JSON.stringify({ url, port: broker.port, pid: broker.pid(), folder }) : instructions(url),
  )
  await signalled()
  await broker.stop()
  console.error('RabbitMQ is stopped and its data are removed.')
}

/** @param {number | undefined} port */
async function startOrExplain(port) {
  try {
    if (!findInstallation() && mayInstall()) {
      console.error('RabbitMQ is not installed. Installing it with apt-get install rabbitmq-server.')
      await aptInstall(['rabbitmq-server'])
    }
    return await startBroker({ port, onProgress: (line) => console.error(line) })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
    return undefined
  }
}

/** @param {string} url */
function instructions(url) {
  return `RabbitMQ is ready at ${url}

  export TASKALOPE_BROKER_URL=${url}

Press Ctrl-C to stop it and to remove its data.`
}

/** Resolves at the first signal that asks us to end. */
async function signalled() {
  // Nothing else keeps this process alive meanwhile.
  const alive = setInterval(() => {}, 2 ** 30)
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve)
  })
  clearInterval(alive)
}

/** @param {string} text */
function toPort(text) {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 1 to 65535.')
  return port
}
