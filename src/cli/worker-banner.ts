/** What a worker says when it starts: who it is, where it works, on what, and how it is stopped. */
import type { Taskalope, TaskSummary } from '../app.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import type { LoadedModule } from './load-modules.js'
import type { Output } from './output.js'
import type { Column } from './text-table.js'

/** What it says it about. */
export interface BannerFacts {
  readonly version: string
  readonly app: Taskalope
  readonly worker: ReturnType<Taskalope['worker']>
  readonly queues: readonly string[]
  readonly modules: readonly LoadedModule[]
}

/** Says it; for programs as one JSON object with `"event":"starting"`. */
export async function tellBanner(facts: BannerFacts, output: Output): Promise<void> {
  const { version, app, worker, modules } = facts
  const { url } = await app.broker()
  const tasks = app.describe()
  const fact = {
    ...{ event: 'starting', version, worker: worker.name, pid: process.pid, broker: url },
    queues: facts.queues.map((name) => app.queue(name)),
    ...{
      concurrency: worker.concurrency,
      prefetch: worker.prefetch,
      shutdownTimeoutMs: worker.shutdownTimeoutMs,
    },
    modules: modules.map(({ file }) => file.path),
    tasks,
  }
  output.tell(fact, `Taskalope ${version}, worker ${worker.name}`, '', ...rows(facts, url, tasks), '')
  if (output.json) return
  output.table(tasks, TASK_COLUMNS)
  output.tell({}, '')
}

const TASK_COLUMNS: readonly Column<TaskSummary>[] = [
  { title: '  TASK', value: ({ name }) => `  ${name}` },
  { title: 'QUEUE', value: ({ queue }) => queue, cut: 'end' },
  { title: 'DECLARED AT', value: ({ place }) => place, cut: 'start' },
]
const MOST_MODULES = 3

function rows(facts: BannerFacts, url: string, tasks: readonly TaskSummary[]): string[] {
  const { app, worker, queues, modules } = facts
  const paths = modules.map(({ file }) => file.path)
  const more = paths.length - MOST_MODULES
  const elsewhere = [...new Set(tasks.map(({ queue }) => queue))].filter((queue) => !queues.includes(queue))
  return [
    row('Broker', url),
    ...paths.slice(0, MOST_MODULES).map((path, index) => row(index === 0 ? 'Modules' : '', path)),
    ...(more > 0 ? [row('', `and ${more} more`)] : []),
    row('Queues', queues.map((name) => queueInWords(app, name)).join(', ')),
    ...(elsewhere.length > 0 ? [row('Not worked on', elsewhere.join(', '))] : []),
    row('Concurrency', `${worker.concurrency} at a time, ${worker.prefetch} held for each queue`),
    row(
      'To stop',
      `Ctrl-C or SIGTERM; running tasks have ${durationInWords(worker.shutdownTimeoutMs)} to finish`,
    ),
    row('', 'a second time: they are cut short and go back to the queue'),
  ]
}

function row(title: string, text: string): string {
  return `  ${title.padEnd(15)}${text}`
}

function queueInWords(app: Taskalope, name: string): string {
  const { type = 'quorum', maxPriority } = app.queue(name)
  return `${name} (${type}${maxPriority === undefined ? '' : `, priorities up to ${maxPriority}`})`
}
