/** Makes an app ready for a command: its modules loaded, the broker and the logger of the command line handed to it. */
import { adoptExports, defaultApp, type Taskalope } from '../app.js'
import { DeclarationError } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import type { BrokerInput, LoadInput } from './command-inputs.js'
import { findApp } from './find-app.js'
import { loadModules, type LoadedModule } from './load-modules.js'
import { moduleFiles } from './module-files.js'

/** An app, and where its tasks come from. */
export interface OpenedApp {
  readonly app: Taskalope
  readonly modules: readonly LoadedModule[]
  /** Whether the app logs to the logger it was handed; else it has one of its own. */
  readonly loggerTaken: boolean
}

/** What an app is opened with. */
export interface OpenOptions {
  readonly folder: string
  readonly logger: Logger
  /** Whether anybody will read results. */
  readonly results: boolean
  /** Whether queues are declared before something is sent to them. Default true. */
  readonly declareQueues?: boolean
}

/**
 * Loads the modules, if any are named, and hands their app what the command line says.
 * @throws DeclarationError ERR_MODULE_LOAD, ERR_PEER_MISSING
 */
export async function openApp(
  input: Pick<BrokerInput, 'broker'> & LoadInput,
  { folder, logger, results, declareQueues }: OpenOptions,
): Promise<OpenedApp> {
  // Before the modules are loaded: one that sends at its top level goes to this broker, too.
  if (input.broker !== undefined) process.env['TASKALOPE_BROKER_URL'] = input.broker
  const files = await moduleFiles(input.modules, folder)
  const modules = await loadModules(files, { folder, limitMs: input.loadTimeoutMs })
  for (const { exports } of modules) adoptExports(exports)
  const app = modules.length === 0 ? defaultApp() : findApp(modules)
  const loggerTaken = app.override({
    ...{ broker: input.broker, logger, declareQueues },
    // An app that keeps no results goes on keeping none.
    results: results ? undefined : false,
  })
  return { app, modules, loggerTaken }
}

/** Whether the app works on the embedded broker, which no other process can reach. */
export async function isEmbedded(app: Taskalope): Promise<boolean> {
  return (await app.broker()).url.startsWith('memory:')
}

/** The error for a command that would talk to nobody. `what` says why, `otherwise` what else could be done. */
export function nobodyThere(what: string, otherwise = ''): DeclarationError {
  return new DeclarationError(
    'ERR_NO_BROKER',
    `No broker is set. ${what} Say where RabbitMQ is, and try again:\n  export TASKALOPE_BROKER_URL=amqp://localhost:5672${otherwise}`,
  )
}
