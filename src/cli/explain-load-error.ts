/** Says why a module does not load: the error, and the line of somebody's own code where it happened. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isTaskalopeError } from '../kernel/errors.js'
import { escapeControls, safeError } from '../kernel/safe-text.js'

/** One or two sentences about the error that loading the module at `path` ended with. */
export async function explainLoadError(error: unknown, path: string): Promise<string> {
  const { name, message, stack = '' } = safeError(error)
  const [first = ''] = message.split(/\\n|\n/)
  const place = placeOfSyntaxError(error) ?? placeInStack(stack) ?? (await placeByCheck(error, path))
  const sentence = `${codeOf(error) ?? name}: ${first}${/[.!?]$/.test(first) ? '' : '.'}`
  return place === undefined ? sentence : `${sentence} ${place}.`
}

/** Node's errors have codes that say more than their names. */
function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return isTaskalopeError(error) || (typeof code === 'string' && code.startsWith('ERR_'))
    ? String(code)
    : undefined
}

const FILE_AND_LINE = /^(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/]).*):(\d+)$/

/** Where the error is about the text of a module, the place stands in front of its stack, if Node tells it at all. */
function placeOfSyntaxError(error: unknown): string | undefined {
  const stack = error instanceof SyntaxError ? error.stack : undefined
  return placeInFirstLine(stack ?? '')
}

function placeInFirstLine(text: string): string | undefined {
  const [, file, line] = FILE_AND_LINE.exec(text.split('\n')[0] ?? '') ?? []
  return file === undefined ? undefined : escapeControls(`At ${decodeURI(file)}:${line}`)
}

const FRAME = /^\s+at (?:.*\()?(?:async )?(?:file:\/\/)?(.+?:\d+:\d+)\)?$/
const THIS_PACKAGE = fileURLToPath(new URL('..', import.meta.url))

/** `At /app/dist/tasks.js:12:5`: the innermost frame that is neither Node's nor this library's nor a package's, else the innermost of a package. */
function placeInStack(stack: string): string | undefined {
  const frames = stack
    .split('\n')
    .flatMap((line) => FRAME.exec(line)?.[1] ?? [])
    .filter((frame) => !frame.includes('node:') && !frame.startsWith(THIS_PACKAGE))
  const own = frames.find((frame) => !/[\\/]node_modules[\\/]/.test(frame)) ?? frames[0]
  return own === undefined ? undefined : `At ${own}`
}

const CHECK_MS = 5000

/** Of an ES module that is no JavaScript, Node tells an importer no place; asked about the file alone, without running it, it does. */
async function placeByCheck(error: unknown, path: string): Promise<string | undefined> {
  if (!(error instanceof SyntaxError) || !/\.[cm]?js$/.test(path)) return undefined
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--check', path], { timeout: CHECK_MS }, (_, __, stderr) => resolve(stderr))
  })
  return placeInFirstLine(said) ?? 'It is in a module that this one imports, and Node does not tell which'
}
