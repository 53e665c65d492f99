/** `taskalope dlq retry` and `drop`: asks, moves dead letters with a progress bar, and says what it came to. */
import type { DeadLetter, LetterFate, MoveReport, Taskalope } from '../app.js'
import type { DlqMoveInput } from './command-inputs.js'
import { confirm } from './confirm.js'
import { filterOf, lettersInWords, noneInWords } from './dlq-letters.js'
import { progressBar } from './dlq-progress.js'
import { reportInWords } from './dlq-report-in-words.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import type { Output } from './output.js'
import { listenForStop } from './stop-signals.js'
import type { Surroundings } from './surroundings.js'

/** Does it, once whoever typed it says yes. */
export async function moveLetters(
  input: DlqMoveInput,
  app: Taskalope,
  { output, stderr }: Surroundings,
): Promise<ExitCode> {
  if (!input.yes && !input.dryRun && !(await isMeant(input, app, output))) return EXIT.no
  const stop = new AbortController()
  const stopListening = listenForStop({
    onFirst: () => stop.abort(),
    onSecond: () => process.exit(EXIT.no),
    onThird: () => process.exit(EXIT.no),
  })
  const onUnread = () => stop.abort()
  process.stdout.once('error', onUnread)
  const progress = await progressBar(input.action, stderr, output.json)
  let last: MoveReport | undefined
  try {
    const report = await run(input, app, {
      signal: stop.signal,
      ...(output.json && { onLetter: (letter, fate) => output.tell(factsOfMove(letter, fate)) }),
      onProgress: (now) => progress.update((last = now)),
    })
    progress.stop()
    return tell(report, input, output)
  } catch (error) {
    progress.stop()
    if (last) output.note({ event: 'interrupted', ...last }, ...reportInWords(last, input))
    throw error
  } finally {
    stopListening()
    process.stdout.off('error', onUnread)
  }
}

interface Watch {
  readonly signal: AbortSignal
  readonly onLetter?: (letter: DeadLetter, fate: LetterFate) => void
  readonly onProgress: (report: MoveReport) => void
}

function run(
  { action, filter, limit, rate, dryRun, to }: DlqMoveInput,
  { deadLetters }: Taskalope,
  watch: Watch,
): Promise<MoveReport> {
  const options = {
    ...watch,
    dryRun,
    ...(limit !== undefined && { limit }),
    ...(rate !== undefined && { rate }),
  }
  if (action === 'drop') return deadLetters.drop(filterOf(filter), options)
  return deadLetters.retry(filterOf(filter), { ...options, ...(to !== undefined && { to }) })
}

/** Says how many there are, and asks. */
async function isMeant(input: DlqMoveInput, app: Taskalope, output: Output): Promise<boolean> {
  const count = await countMeant(input, app)
  if (count === 0) {
    output.note({ event: 'none' }, noneInWords(input.filter))
    return false
  }
  const { url } = await app.broker()
  const where = input.to === undefined ? '' : ` to queue "${input.to}"`
  const question =
    input.action === 'retry'
      ? `Send ${lettersInWords(count)} of ${url} again${where}?`
      : `Throw ${lettersInWords(count)} of ${url} away for good?`
  if (await confirm(question)) return true
  output.note({ event: 'refused' }, 'Nothing was done.')
  return false
}

async function countMeant(input: DlqMoveInput, { deadLetters }: Taskalope): Promise<number> {
  const filter = filterOf(input.filter)
  const { limit } = input
  const all = Object.keys(filter).length === 0 ? await deadLetters.count() : 0
  if (all > 0) return Math.min(all, limit ?? Infinity)
  // A broker that was just started, or is busy, says 0 as well.
  const options = { dryRun: true, ...(limit !== undefined && { limit }) }
  return (await deadLetters.drop(filter, options)).matched
}

function tell(report: MoveReport, input: DlqMoveInput, output: Output): ExitCode {
  if (report.matched === 0 && report.ended !== 'aborted') {
    output.note({ event: 'none' }, noneInWords(input.filter))
    if (output.json) output.tell({ summary: report })
    return EXIT.no
  }
  output.tell({ summary: report }, ...reportInWords(report, input))
  return report.skipped > 0 || report.ended === 'aborted' ? EXIT.no : EXIT.done
}

function factsOfMove({ id, taskName, queue }: DeadLetter, fate: LetterFate): object {
  return {
    id,
    task: taskName,
    queue,
    ...(fate.kind === 'skipped' ? { fate: 'skipped', why: fate.why } : { fate: fate.kind }),
  }
}
