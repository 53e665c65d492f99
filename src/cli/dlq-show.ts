/** `taskalope dlq show`: all there is to know of one dead letter, what its sender wrote escaped and cut. */
import { valueToJson, type DeadLetter, type Taskalope } from '../app.js'
import { cutText } from '../kernel/safe-text.js'
import type { DlqShowInput } from './command-inputs.js'
import { factsOf, iso, messageOf } from './dlq-letters.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { headersAsJson } from './headers-as-json.js'
import type { Output } from './output.js'
import { quoted } from './parse-options.js'

/** Bytes of what is shown of the arguments, and of one header. */
const LONGEST_VALUE = 8 * 1024
const LONGEST_HEADER = 200
const MOST_HEADERS = 50

/** Prints it. */
export async function showLetter(input: DlqShowInput, app: Taskalope, output: Output): Promise<ExitCode> {
  const letter = await app.deadLetters.get(input.id)
  if (!letter) {
    output.note({ event: 'none', id: input.id }, `There is no dead letter of the id ${quoted(input.id)}.`)
    return EXIT.no
  }
  const call = await app.deadLetters.callOf(letter)
  const args = call && asJson(call.args)
  const kwargs = call && asJson(call.kwargs)
  const { stack, properties } = letter
  output.tell(
    {
      ...factsOf(letter),
      stack,
      properties,
      headers: headersAsJson(letter.headers),
      ...parsed({ args, kwargs }),
    },
    ...linesOf(letter, args, kwargs),
  )
  return EXIT.done
}

function linesOf(letter: DeadLetter, args: string | undefined, kwargs: string | undefined): string[] {
  const known = { args: args ?? 'not readable', kwargs: kwargs === '{}' ? undefined : kwargs }
  return [
    ...block([
      ['id', letter.id],
      ['task', letter.taskName],
      ['error', [letter.code ?? letter.reason, letter.errorName].filter(Boolean).join(', ')],
      ['message', messageOf(letter)],
      ['dead since', iso(letter.at)],
      ['first failed', iso(letter.firstFailedAt)],
      ['queue', letter.queue],
      ['worker', letter.worker],
      ['runs', letter.attempts],
      ['replays', letter.replays],
      ['body', `${letter.bytes} bytes, ${letter.properties.contentType ?? 'of no said type'}`],
      ['arguments', cutText(known.args, LONGEST_VALUE)],
      ['keywords', known.kwargs === undefined ? undefined : cutText(known.kwargs, LONGEST_VALUE)],
    ]),
    ...stackLines(letter),
    ...headerLines(letter),
  ]
}

function block(rows: readonly (readonly [string, string | number | undefined])[]): string[] {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(14)}${value}`]))
}

function stackLines({ stack }: DeadLetter): string[] {
  return stack === undefined ? [] : ['stack:', ...cutText(stack, LONGEST_VALUE).split('\n').map(indented)]
}

function headerLines({ headers }: DeadLetter): string[] {
  const all = Object.entries(headersAsJson(headers))
  const lines = all
    .slice(0, MOST_HEADERS)
    .map(([name, value]) => indented(cutText(`${name}: ${JSON.stringify(value)}`, LONGEST_HEADER)))
  const more = all.length - lines.length
  return ['headers:', ...lines, ...(more > 0 ? [indented(`… and ${more} more`)] : [])]
}

function indented(line: string): string {
  return `  ${line}`
}

function asJson(value: unknown): string | undefined {
  try {
    return valueToJson(value)
  } catch {
    // It came from another serializer, or is too large for one of ours.
    return undefined
  }
}

function parsed(texts: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text === undefined ? null : (JSON.parse(text) as unknown),
    ]),
  )
}
