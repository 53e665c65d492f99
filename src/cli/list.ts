/** `taskalope list`: what tasks there are, when they are tried again, and what is known of their parameters. */
import type { TaskSummary } from '../app.js'
import type { ListInput } from './command-inputs.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { requireTasks } from './find-app.js'
import { openApp } from './open-app.js'
import type { Surroundings } from './surroundings.js'
import { commandLogger } from './terminal-logger.js'
import type { Column } from './text-table.js'

/** Prints them; connects to nothing. */
export async function list(input: ListInput, { output, stderr, folder }: Surroundings): Promise<ExitCode> {
  const logger = commandLogger('warn', stderr, output.json)
  const { app, modules } = await openApp({ ...input, broker: undefined }, { folder, logger, results: true })
  requireTasks(app, modules)
  output.table(app.describe(), input.types ? TYPE_COLUMNS : COLUMNS)
  return EXIT.done
}

const NAME: Column<TaskSummary> = { title: 'TASK', value: ({ name }) => name }
const PLACE: Column<TaskSummary> = { title: 'DECLARED AT', value: ({ place }) => place, cut: 'start' }

const COLUMNS: readonly Column<TaskSummary>[] = [
  NAME,
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'QUEUE', value: ({ queue }) => queue, cut: 'end' },
  { title: 'ARGUMENTS', value: arityInWords },
  { title: 'RETRIES', value: retriesInWords, cut: 'end' },
  PLACE,
]

const TYPE_COLUMNS: readonly Column<TaskSummary>[] = [
  NAME,
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'TYPES', value: typesInWords, cut: 'end' },
  PLACE,
]

function arityInWords({ arity: { min, max } }: TaskSummary): string {
  if (min === undefined && max === undefined) return 'any'
  if (max === undefined) return `${min} or more`
  if (min === undefined) return `up to ${max}`
  return min === max ? String(min) : `${min} to ${max}`
}

/** Such as `HttpError when …: 5 × after 20m; any error: 3 × at once; 4 runs at most`. */
function retriesInWords({ retries, maxRuns }: TaskSummary): string {
  const cap = maxRuns === undefined ? [] : [`${maxRuns} ${maxRuns === 1 ? 'run' : 'runs'} at most`]
  return [...retries, ...cap].join('; ') || 'none'
}

/** `(ImageDto, number?) => ThumbDto`; what is not recorded is `unknown`, and `…` where nothing is. */
function typesInWords({ parameters, returns }: TaskSummary): string {
  const list = parameters?.map((type) => type ?? 'unknown').join(', ') ?? '…'
  return `(${list})${returns === undefined ? '' : ` => ${returns}`}`
}
