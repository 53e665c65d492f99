/** `taskalope dlq` as commander sees it: its commands, their options, and what each becomes. */
import type { Command } from 'commander'
import type { DlqFilterInput, DlqInput } from './command-inputs.js'
import {
  DLQ_DROP_HELP,
  DLQ_EXPORT_HELP,
  DLQ_HELP,
  DLQ_LIST_HELP,
  DLQ_RETRY_HELP,
  DLQ_SHOW_HELP,
} from './dlq-help-texts.js'
import { duration, oneName, positiveNumber, wholeNumber } from './parse-options.js'
import {
  addBrokerOptions,
  addLoadOption,
  brokerInput,
  CLIENT_CONNECT_MS,
  loadInput,
  type BrokerOptions,
  type LoadOptions,
} from './program-options.js'
import { UsageError } from './usage-error.js'

type Action = (input: DlqInput) => Promise<void>

interface FilterOptions {
  readonly task?: string
  readonly error?: string
  readonly queue?: string
  readonly olderThan?: number
  readonly newerThan?: number
}

interface CommonOptions extends BrokerOptions, LoadOptions {
  readonly namespace?: string
  readonly load?: readonly string[]
}

interface MoveOptions extends CommonOptions, FilterOptions {
  readonly limit?: number
  readonly rate?: number
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly to?: string
}

const MOST_LETTERS = 1_000_000_000
const MOST_A_SECOND = 1_000_000
const LISTED = 50

/** Adds `dlq` and all that can be done with it. */
export function addDlq(program: Command, action: Action): void {
  const dlq = program
    .command('dlq')
    .summary('look at dead letters, send them again, drop them')
    .description(
      'Dead letters: tasks that failed for good, and messages that could not be run. They lie in the queue NAMESPACE.dead.',
    )
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', DLQ_HELP)
  addList(dlq, action)
  addShow(dlq, action)
  addMove(dlq, 'retry', action)
  addMove(dlq, 'drop', action)
  addExport(dlq, action)
}

function addList(dlq: Command, action: Action): void {
  const command = dlq
    .command('list')
    .summary('list dead letters')
    .description('Lists dead letters: what they were, why they are dead, and since when.')
  addFilterOptions(command).option(
    '--limit <number>',
    `the most to list (default: ${LISTED})`,
    wholeNumber('--limit', 1, MOST_LETTERS),
  )
  addCommonOptions(command).addHelpText('after', DLQ_LIST_HELP)
  command.action((options: CommonOptions & FilterOptions & { limit?: number }) =>
    action({ action: 'list', limit: options.limit ?? LISTED, ...commonInput(options) }),
  )
}

function addShow(dlq: Command, action: Action): void {
  const command = dlq
    .command('show')
    .summary('show one of them, with its arguments')
    .description('Shows all there is to know of one dead letter: error, stack, arguments, headers.')
    .argument('<id>', 'the id of the call', oneName('ID'))
  addCommonOptions(command).addHelpText('after', DLQ_SHOW_HELP)
  command.action((id: string, options: CommonOptions) =>
    action({ action: 'show', id, ...commonInput(options, id) }),
  )
}

function addExport(dlq: Command, action: Action): void {
  const command = dlq
    .command('export')
    .summary('write them out as JSON lines, with their bodies')
    .description('Writes dead letters as JSON lines, bodies included; they stay where they are.')
    .argument('[id]', 'only this one', oneName('ID'))
  addFilterOptions(command)
    .option('--limit <number>', 'the most to write (default: all)', wholeNumber('--limit', 1, MOST_LETTERS))
    .option('-o, --output <file>', 'a new file to write to (default: stdout)', oneName('--output'))
  addCommonOptions(command).addHelpText('after', DLQ_EXPORT_HELP)
  command.action(
    (
      id: string | undefined,
      options: CommonOptions & FilterOptions & { limit?: number; output?: string },
    ) => {
      refuseBoth(id, options)
      const { limit = id === undefined ? undefined : 1, output } = options
      return action({ action: 'export', limit, output, ...commonInput(options, id) })
    },
  )
}

const MOVES = {
  retry: {
    summary: 'send them again, to the queues they came from',
    description:
      'Sends dead letters again, each to the queue it came from, after asking. Without an ID and without options it is all of them.',
    help: DLQ_RETRY_HELP,
  },
  drop: {
    summary: 'throw them away',
    description:
      'Throws dead letters away for good, after asking. Without an ID and without options it is all of them.',
    help: DLQ_DROP_HELP,
  },
} as const

function addMove(dlq: Command, name: 'retry' | 'drop', action: Action): void {
  const { summary, description, help } = MOVES[name]
  const command = dlq
    .command(name)
    .summary(summary)
    .description(description)
    .argument('[id]', 'only this one', oneName('ID'))
  addFilterOptions(command)
    .option('--limit <number>', 'the most to take (default: all)', wholeNumber('--limit', 1, MOST_LETTERS))
    .option(
      '--rate <number>',
      'the most in a second (default: as fast as it goes)',
      positiveNumber('--rate', MOST_A_SECOND),
    )
    .option('--dry-run', 'only say what would be done')
    .option('-y, --yes', 'do not ask')
  if (name === 'retry') {
    command.option(
      '--to <queue>',
      'send them all to this queue (default: where each came from)',
      oneName('--to'),
    )
  }
  addCommonOptions(command).addHelpText('after', help)
  command.action((id: string | undefined, options: MoveOptions) => {
    refuseBoth(id, options)
    const { limit = id === undefined ? undefined : 1, rate, dryRun = false, yes = false, to } = options
    return action({ action: name, limit, rate, dryRun, yes, to, ...commonInput(options, id) })
  })
}

function addFilterOptions(command: Command): Command {
  return command
    .option('-t, --task <name>', 'only those of this task', oneName('--task'))
    .option(
      '-e, --error <name>',
      'only those with this error code, error class or reason, such as "expired"',
      oneName('--error'),
    )
    .option('-q, --queue <name>', 'only those that came from this queue', oneName('--queue'))
    .option('--older-than <duration>', 'only those dead for longer', duration('--older-than'))
    .option('--newer-than <duration>', 'only those dead for less long', duration('--newer-than'))
}

function addCommonOptions(command: Command): Command {
  command
    .option(
      '--namespace <name>',
      "what the names of the app's own queues begin with (default: taskalope)",
      oneName('--namespace'),
    )
    .option(
      '--load <modules...>',
      'files that declare tasks: the namespace and the queues are those of their app',
    )
  return addLoadOption(addBrokerOptions(command, '10s'))
}

function commonInput(options: CommonOptions & FilterOptions, id?: string) {
  const { namespace, load = [] } = options
  if (namespace !== undefined && load.length > 0) {
    throw new UsageError('--namespace and --load exclude each other: a loaded app has its namespace.')
  }
  return {
    ...{ namespace, filter: filterInput(options, id) },
    ...brokerInput(options, CLIENT_CONNECT_MS),
    ...loadInput(load, options),
  }
}

function filterInput(
  { task, error, queue, olderThan, newerThan }: FilterOptions,
  id?: string,
): DlqFilterInput {
  return { id, task, error, queue, olderThanMs: olderThan, newerThanMs: newerThan }
}

/** An ID means one letter, and whoever adds a filter means something else. */
function refuseBoth(
  id: string | undefined,
  { task, error, queue, olderThan, newerThan }: FilterOptions,
): void {
  const isFiltered = [task, error, queue, olderThan, newerThan].some((part) => part !== undefined)
  if (id === undefined || !isFiltered) return
  throw new UsageError('An ID and --task, --error, --queue, --older-than or --newer-than exclude each other.')
}
