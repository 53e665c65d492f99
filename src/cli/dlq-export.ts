/** `taskalope dlq export`: dead letters as JSON lines, bodies included, to stdout or to a new file. */
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DeadLetter, Taskalope } from '../app.js'
import { escapeControls } from '../kernel/safe-text.js'
import type { DlqExportInput } from './command-inputs.js'
import { factsOf, filterOf, lettersInWords, noneInWords } from './dlq-letters.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { headersAsJson } from './headers-as-json.js'
import { jsonLine } from './output.js'
import { quoted } from './parse-options.js'
import type { Surroundings } from './surroundings.js'
import { UsageError } from './usage-error.js'

/** Writes them, and says on stderr how many they were. */
export async function exportLetters(
  input: DlqExportInput,
  app: Taskalope,
  { output, folder }: Surroundings,
): Promise<ExitCode> {
  const target = input.output === undefined ? undefined : await newFile(input.output, folder)
  let count = 0
  try {
    const limit = input.limit === undefined ? {} : { limit: input.limit }
    for await (const letter of app.deadLetters.list(filterOf(input.filter), limit)) {
      const line = jsonLine(exported(letter))
      if (target) await target.write(`${escapeControls(line)}\n`)
      else output.tell(line, line)
      await output.taken()
      count += 1
    }
  } catch (error) {
    output.note(
      { event: 'interrupted', count },
      `Wrote ${lettersInWords(count)}, which may not be all there are.`,
    )
    throw error
  } finally {
    await target?.close()
  }
  const text = count === 0 ? noneInWords(input.filter) : `Wrote ${lettersInWords(count)}.`
  output.note({ event: 'exported', count }, text)
  return count === 0 ? EXIT.no : EXIT.done
}

function exported(letter: DeadLetter): object {
  const { stack, properties, headers, body } = letter
  return {
    ...factsOf(letter),
    ...{ stack, properties, headers: headersAsJson(headers) },
    body: Buffer.from(body).toString('base64'),
  }
}

/** What is in the letters is not for everybody on this machine. */
async function newFile(path: string, folder: string) {
  try {
    return await open(resolve(folder, path), 'wx', 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') {
      throw new UsageError(`${quoted(path)} exists, and nothing is overwritten. Name another file.`)
    }
    throw new UsageError(`${quoted(path)} cannot be written: ${code ?? 'for no reason that was given'}.`)
  }
}
