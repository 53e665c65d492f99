/** `taskalope dlq list`: the dead letters as a table, and how many more there are. */
import type { DeadLetter, Taskalope } from '../app.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import { cutText } from '../kernel/safe-text.js'
import type { DlqListInput } from './command-inputs.js'
import { factsOf, filterOf, messageOf, noneInWords } from './dlq-letters.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import type { Output } from './output.js'
import type { Column } from './text-table.js'

/** Up to so many are counted though they are not shown: it takes less than a second. */
const MOST_COUNTED = 10_000
/** Bytes. */
const LONGEST_MESSAGE = 200

/** Prints them, oldest first. */
export async function listLetters(input: DlqListInput, app: Taskalope, output: Output): Promise<ExitCode> {
  const { deadLetters } = app
  const total = await deadLetters.count()
  const isCounted = total <= MOST_COUNTED
  const rows: DeadLetter[] = []
  let count = 0
  for await (const letter of deadLetters.list(
    filterOf(input.filter),
    isCounted ? {} : { limit: input.limit },
  )) {
    count += 1
    if (count > input.limit) continue
    if (output.json) output.tell(factsOf(letter))
    else rows.push(withoutBytes(letter))
    await output.taken()
  }
  if (count === 0) output.note({ event: 'none' }, noneInWords(input.filter))
  else if (!output.json) output.table(rows, COLUMNS)
  tellOfMore({ count, limit: input.limit, total, isCounted }, output)
  return count === 0 ? EXIT.no : EXIT.done
}

interface Listed {
  readonly count: number
  readonly limit: number
  readonly total: number
  readonly isCounted: boolean
}

function tellOfMore({ count, limit, total, isCounted }: Listed, output: Output): void {
  const more = count - limit
  if (isCounted && more > 0) output.note({ event: 'more', more }, `… and ${more} more: --limit ${count}`)
  if (isCounted || count < limit) return
  output.note(
    { event: 'more', total },
    `… and perhaps more: there are ${total} dead letters in all. See --limit.`,
  )
}

/** A list of thousands does not hold on to what it does not show. */
function withoutBytes(letter: DeadLetter): DeadLetter {
  return { ...letter, body: NO_BYTES, headers: {}, properties: {} }
}

const NO_BYTES = new Uint8Array()

const COLUMNS: readonly Column<DeadLetter>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'TASK', value: ({ taskName }) => taskName ?? '-', cut: 'start' },
  { title: 'DEAD FOR', value: ({ age }) => ageInWords(age) },
  { title: 'ERROR', value: ({ code, reason }) => code ?? reason },
  { title: 'MESSAGE', value: messageInWords, cut: 'end' },
  { title: 'QUEUE', value: ({ queue }) => queue ?? '-', cut: 'end' },
  { title: 'RUNS', value: ({ attempts }) => String(attempts ?? '-') },
  { title: 'REPLAYS', value: ({ replays }) => String(replays) },
]

function messageInWords(letter: DeadLetter): string {
  const text = [letter.errorName, messageOf(letter)].filter((part) => part !== undefined).join(': ')
  return text === '' ? '-' : cutText(text, LONGEST_MESSAGE)
}

/** To the second below a minute, to the minute below an hour, and so on: nobody needs more. */
function ageInWords(age: number | undefined): string {
  if (age === undefined) return '-'
  const unit = [86_400_000, 3_600_000, 60_000].find((each) => age >= each) ?? 1000
  const finer = unit === 86_400_000 ? 3_600_000 : unit === 3_600_000 ? 60_000 : 1000
  return durationInWords(Math.floor(age / finer) * finer)
}
