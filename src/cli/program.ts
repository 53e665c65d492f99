/** The command line as commander sees it: commands, options, and what each becomes. */
import { Command, Option } from 'commander'
import type { LogLevel } from '../kernel/pino-logger.js'
import type { Commands } from './command-inputs.js'
import { addDlq } from './dlq-program.js'
import { CALL_HELP, LIST_HELP, PROGRAM_HELP, PURGE_HELP, WORKER_HELP } from './help-texts.js'
import { duration, moment, nameList, oneName, waitDuration, wholeNumber } from './parse-options.js'
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

/** A program whose commands are carried out by `commands`; `onResult` is told how that ended. */
export function createProgram<Result>(
  version: string,
  commands: Commands<Result>,
  onResult: (result: Result) => void,
): Command {
  const program = new Command('taskalope')
    .description('Runs, lists and calls tasks over RabbitMQ.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', PROGRAM_HELP)
    .exitOverride()
    // Told of once, in the words of report-error.
    .configureOutput({ outputError: () => {} })
  addWorker(program, (input) => commands.worker(input).then(onResult))
  addList(program, (input) => commands.list(input).then(onResult))
  addCall(program, (input) => commands.call(input).then(onResult))
  addPurge(program, (input) => commands.purge(input).then(onResult))
  addDlq(program, (input) => commands.dlq(input).then(onResult))
  return program
}

type Action<Name extends keyof Commands<unknown>> = (
  input: Parameters<Commands<unknown>[Name]>[0],
) => Promise<void>

const HIGHEST_COUNT = 10_000
const WORKER_CONNECT_MS = 30_000
const WAIT_MS = 60_000
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

interface WorkerOptions extends BrokerOptions, LoadOptions {
  readonly queues?: readonly string[]
  readonly concurrency?: number
  readonly prefetch?: number
  readonly shutdownTimeout?: number
  readonly name?: string
  readonly logLevel?: LogLevel
}

function addWorker(program: Command, action: Action<'worker'>): void {
  const count = (option: string) => wholeNumber(option, 1, HIGHEST_COUNT)
  const command = program
    .command('worker')
    .summary('carry out tasks, until told to stop')
    .description(
      'Loads the modules that declare tasks and carries out the calls that arrive, until told to stop.',
    )
    .argument('[modules...]', 'files that declare tasks, patterns such as "dist/**/*.js" included')
    .option(
      '-q, --queues <names>',
      'queues to work on, with commas between them (default: the default one, and those the tasks name)',
      nameList('--queues'),
    )
    .option(
      '-c, --concurrency <number>',
      'how many attempts run at a time (default: 10)',
      count('--concurrency'),
    )
    .option(
      '--prefetch <number>',
      'deliveries to hold for each queue (default: the concurrency)',
      count('--prefetch'),
    )
    .option(
      '--shutdown-timeout <duration>',
      'how long running tasks may go on when stopped (default: 25s)',
      duration('--shutdown-timeout'),
    )
    .option(
      '--name <name>',
      'name in logs, results and dead letters (default: taskalope@HOST:PID)',
      oneName('--name'),
    )
    .addOption(new Option('-l, --log-level <level>', 'how much is logged (default: info)').choices(LEVELS))
  addBrokerOptions(command, '30s')
  addLoadOption(command).addHelpText('after', WORKER_HELP)
  command.action((modules: string[], options: WorkerOptions) => {
    requireModules(modules, 'worker')
    const { queues, concurrency, prefetch, shutdownTimeout, name, logLevel } = options
    return action({
      ...{ queues, concurrency, prefetch, name, logLevel, shutdownTimeoutMs: shutdownTimeout },
      ...brokerInput(options, WORKER_CONNECT_MS),
      ...loadInput(modules, options),
    })
  })
}

function addList(program: Command, action: Action<'list'>): void {
  const command = program
    .command('list')
    .summary('list the tasks that modules declare')
    .description(
      'Lists the tasks that modules declare: name, kind, queue, number of arguments, place. Needs no broker.',
    )
    .argument('[modules...]', 'files that declare tasks, patterns such as "dist/**/*.js" included')
    .option('-t, --types', 'show what is recorded of each parameter')
    .option('--json', 'one JSON object a line')
  addLoadOption(command).addHelpText('after', LIST_HELP)
  command.action((modules: string[], options: LoadOptions & { types?: boolean; json?: boolean }) => {
    requireModules(modules, 'list')
    return action({
      types: options.types ?? false,
      json: options.json ?? false,
      ...loadInput(modules, options),
    })
  })
}

interface CallOptions extends BrokerOptions, LoadOptions {
  readonly kwargs?: string
  readonly queue?: string
  readonly priority?: number
  readonly countdown?: number
  readonly eta?: number
  readonly expires?: number
  readonly id?: string
  readonly ignoreResult?: boolean
  readonly wait?: number | true
  readonly load?: readonly string[]
}

function addCall(program: Command, action: Action<'call'>): void {
  const command = program
    .command('call')
    .summary('call a task')
    .description('Sends one call of a task, known here or not, and prints its id.')
    .argument('<task>', 'the name of the task')
    .argument('[args]', "the arguments as a JSON array, such as '[2, 3]' (default: none)")
    .option('-k, --kwargs <json>', "Python's keyword arguments, as a JSON object")
    .option(
      '-q, --queue <name>',
      "queue to send to (default: the loaded task's, else the default one)",
      oneName('--queue'),
    )
    .option(
      '-p, --priority <number>',
      '0 to 9, higher first, on queues that know priorities',
      wholeNumber('--priority', 0, 9),
    )
    .option(
      '--countdown <duration>',
      'to be run after this long: it waits in the broker',
      duration('--countdown'),
    )
    .option('--eta <time>', 'to be run at this time, such as 2031-01-02T03:04:05Z', moment('--eta'))
    .option(
      '-e, --expires <duration>',
      'not to be run any more after this long, counted from now',
      duration('--expires'),
    )
    .option('--id <id>', 'the id of the call (default: a random one)', oneName('--id'))
    .option('--ignore-result', 'nobody will wait for the result: none is sent')
    .option(
      '-w, --wait [duration]',
      'wait for the result and print it (for 60s from when it is due, unless said otherwise)',
      waitDuration,
    )
    .option('--load <modules...>', 'files that declare tasks, to find out the queue of the task')
  addBrokerOptions(command, '10s')
  addLoadOption(command).addHelpText('after', CALL_HELP)
  command.action((task: string, args: string | undefined, options: CallOptions) => {
    const { kwargs, queue, priority, countdown, eta, expires, id, ignoreResult = false, wait } = options
    if (ignoreResult && wait !== undefined)
      throw new UsageError('--wait and --ignore-result exclude each other.')
    if (countdown !== undefined && eta !== undefined)
      throw new UsageError('--countdown and --eta exclude each other.')
    return action({
      ...{ task, args, kwargs, queue, priority, id, ignoreResult },
      ...{ countdownMs: countdown, etaAt: eta, expiresMs: expires },
      waitMs: wait === true ? WAIT_MS : wait,
      ...brokerInput(options, CLIENT_CONNECT_MS),
      ...loadInput(options.load ?? [], options),
    })
  })
}

function addPurge(program: Command, action: Action<'purge'>): void {
  const command = program
    .command('purge')
    .summary('throw away the messages that wait in a queue')
    .description(
      'Throws away the messages that wait in a queue, after asking. Those that are being worked on stay.',
    )
    .argument('<queue>', 'the name of the queue', oneName('QUEUE'))
    .option('-y, --yes', 'do not ask')
  addBrokerOptions(command, '10s').addHelpText('after', PURGE_HELP)
  command.action((queue: string, options: BrokerOptions & { yes?: boolean }) =>
    action({ queue, yes: options.yes ?? false, ...brokerInput(options, CLIENT_CONNECT_MS) }),
  )
}

function requireModules(modules: readonly string[], command: string): void {
  if (modules.length > 0) return
  throw new UsageError(
    `No module is named, so there are no tasks. Name the files that declare them: taskalope ${command} ./dist/tasks.js`,
  )
}
