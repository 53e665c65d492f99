/** Says why a module does not load: the error, and the line of somebody's own code where it happened. */
import { safeError } from '../kernel/safe-text.js'

/** One or two sentences. */
export function explainLoadError(error: unknown): string {
  const { name, message, stack = '' } = safeError(error)
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  const label = typeof code === 'string' && code.startsWith('ERR_') ? code : name
  const [first = ''] = message.split(/\\n|\n/)
  const place = placeOf(stack)
  return `${label}: ${first}${/[.!?]$/.test(first) ? '' : '.'}${place === undefined ? '' : ` At ${place}.`}`
}

const FRAME = /^\s+at (?:.*\()?(.+?:\d+:\d+)\)?$/
/** The first line of a syntax error's stack is its place. */
const SYNTAX_PLACE = /^(?:file:\/\/)?(\/.*|[A-Za-z]:.*):(\d+)$/

/** `/app/dist/tasks.js:12:5`: the innermost frame that is neither Node's nor a package's, else the innermost of a package. */
function placeOf(stack: string): string | undefined {
  const lines = stack.split('\n')
  if (lines[0] !== undefined && SYNTAX_PLACE.test(lines[0])) return lines[0].replace(/^file:\/\//, '')
  const frames = lines
    .flatMap((line) => FRAME.exec(line)?.[1] ?? [])
    .filter((frame) => !frame.includes('node:'))
  const own = frames.find((frame) => !/[\\/]node_modules[\\/]/.test(frame)) ?? frames[0]
  return own?.replace(/^(?:async )?(?:file:\/\/)?/, '')
}
