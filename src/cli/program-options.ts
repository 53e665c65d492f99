/** The options that several commands have in common: how the broker is reached, how modules are loaded. */
import type { Command } from 'commander'
import type { BrokerInput, LoadInput } from './command-inputs.js'
import { duration, oneName } from './parse-options.js'

/** How long a command that only asks something waits for its broker. */
export const CLIENT_CONNECT_MS = 10_000

const LOAD_MS = 60_000

/** What commander makes of the options of a broker. */
export interface BrokerOptions {
  readonly broker?: string
  readonly connectTimeout?: number
  readonly json?: boolean
}

/** What commander makes of the options of loading. */
export interface LoadOptions {
  readonly loadTimeout?: number
}

export function addBrokerOptions(command: Command, limit: string): Command {
  return command
    .option(
      '-b, --broker <url>',
      'where the broker is; the variable TASKALOPE_BROKER_URL is better, `ps` does not show it',
      oneName('--broker'),
    )
    .option(
      '--connect-timeout <duration>',
      `how long the broker may be out of reach (default: ${limit})`,
      duration('--connect-timeout'),
    )
    .option('--json', 'answers as JSON lines on stdout, errors and logs as JSON lines on stderr')
}

export function addLoadOption(command: Command): Command {
  return command.option(
    '--load-timeout <duration>',
    'how long the modules may take to load (default: 60s)',
    duration('--load-timeout'),
  )
}

export function brokerInput({ broker, connectTimeout, json }: BrokerOptions, connectMs: number): BrokerInput {
  return { broker, connectTimeoutMs: connectTimeout ?? connectMs, json: json ?? false }
}

export function loadInput(modules: readonly string[], { loadTimeout }: LoadOptions): LoadInput {
  return { modules, loadTimeoutMs: loadTimeout ?? LOAD_MS }
}
