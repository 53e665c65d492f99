/** Where a task was declared, read from the stack: for people, and to tell a module that was loaded again from a second task. */

/** A spot in somebody's source. */
export interface Place {
  /** A path or a file URL, without a query. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** The other files on the way there, when a function of the user's own made the declaration. */
  readonly via: string
}

/** The spot from which `boundary` was called; undefined when no stack tells it. */
export function placeOfCaller(boundary: (...args: never[]) => unknown): Place | undefined {
  const holder: { readonly stack?: unknown } = {}
  Error.captureStackTrace(holder, boundary)
  // Whoever has set Error.prepareStackTrace may have made something else of it.
  const frames = typeof holder.stack === 'string' ? ownFrames(holder.stack) : []
  const [first] = frames
  if (!first) return undefined
  const others = new Set(frames.map(({ file }) => file))
  others.delete(first.file)
  return { file: first.file, line: first.line, column: first.column, via: [...others].join(' ') }
}

/** Whether two declarations stand at the same spot, as they do when a module is loaded again. */
export function isSamePlace(a: Place | undefined, b: Place | undefined): boolean {
  if (!a || !b) return false
  return a.file === b.file && a.line === b.line && a.column === b.column && a.via === b.via
}

/** `mail.ts:12`; with as many folders as it takes to tell it from `other`, if that is a file of the same name. */
export function showPlace(place: Place, other?: Place): string {
  const path = place.file.split(/[\\/]/)
  const otherPath = other?.file.split(/[\\/]/) ?? []
  let shown = 1
  while (shown < path.length && place.file !== other?.file && sameTail(path, otherPath, shown)) shown += 1
  return `${path.slice(-shown).join('/')}:${place.line}`
}

interface Frame {
  readonly caller: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** What compilers and their helper packages call to apply decorators: on the way, but nobody's declaration. */
const APPLIES_DECORATORS = /decorat|applydec|memberdec|_ts_param/i
const INSTALLED = /[\\/]node_modules[\\/]/
const FRAME = /^\s+at (?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/

/** The frames of the user's own code, innermost first, up to whatever loaded it; those of a package, when a package declares tasks by itself. */
function ownFrames(stack: string): Frame[] {
  const frames = stack.split('\n').flatMap((line) => frameOf(line) ?? [])
  const loader = frames.findIndex(
    ({ file, caller }) => /^(node:|async )/.test(file) || caller.startsWith('async '),
  )
  const sync = (loader < 0 ? frames : frames.slice(0, loader)).filter(
    ({ caller }) => !APPLIES_DECORATORS.test(caller),
  )
  const first = sync.findIndex(({ file }) => !INSTALLED.test(file))
  if (first < 0) return sync
  const own = sync.slice(first)
  const last = own.findIndex(({ file }) => INSTALLED.test(file))
  return last < 0 ? own : own.slice(0, last)
}

function frameOf(line: string): Frame | undefined {
  const [, caller = '', file, row, column] = FRAME.exec(line) ?? []
  if (file === undefined) return undefined
  return { caller, file: file.replace(/\?.*$/, ''), line: Number(row), column: Number(column) }
}

function sameTail(a: readonly string[], b: readonly string[], length: number): boolean {
  return a.slice(-length).join('/') === b.slice(-length).join('/')
}
