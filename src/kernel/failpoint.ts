/** Named places where a test may have the process die, to see what that costs; nobody else arms them. */
import { DeclarationError } from './errors.js'
import { nearestNames } from './nearest.js'
import { cutText, safeText } from './safe-text.js'

const FAILPOINTS = [
  'before-start',
  'after-start',
  'before-retry-publish',
  'after-retry-publish',
  'before-park',
  'after-park',
  'after-ack',
  'before-postpone-publish',
  'after-postpone-publish',
  'before-replay-publish',
  'after-replay-publish',
] as const

/** A step between two protocol messages: `after-retry-publish` is when the next attempt is confirmed and the delivery not yet acknowledged. */
export type Failpoint = (typeof FAILPOINTS)[number]

interface Armed {
  readonly name: Failpoint
  /** How many more times it is passed, the last one included. */
  left: number
}

let armed: Armed | undefined

/** Ends the process here, at once and with nothing written any more, if this very point is armed and its time has come. */
export function failpoint(name: Failpoint): void {
  if (armed !== undefined) pass(armed, name)
}

/**
 * Arms one: `after-park:exit` for the first time it is reached, `after-park:exit@3` for the third. Empty or undefined arms none.
 * @throws DeclarationError ERR_OPTION_INVALID, listing those there are
 */
export function armFailpoint(text: string | undefined): void {
  armed = text === undefined || text === '' ? undefined : read(text)
}

function pass(point: Armed, name: Failpoint): void {
  if (name !== point.name || --point.left > 0) return
  process.stderr.write(`Failpoint "${name}": this process kills itself.\n`)
  // Not an exit, which would let acknowledgements that are buffered leave.
  process.kill(process.pid, 'SIGKILL')
}

function read(text: string): Armed {
  const [, given = '', times = '1'] = /^([a-z-]+):exit(?:@([1-9]\d{0,8}))?$/.exec(text) ?? []
  const name = FAILPOINTS.find((each) => each === given)
  if (name !== undefined) return { name, left: Number(times) }
  const [nearest] = nearestNames(text.split(':')[0] ?? '', FAILPOINTS)
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}:exit"?`
  throw new DeclarationError(
    'ERR_OPTION_INVALID',
    `The variable TASKALOPE_FAILPOINT is "${cutText(safeText(text), 60)}", which is no failpoint.${hint} Write NAME:exit or NAME:exit@N; there are: ${FAILPOINTS.join(', ')}.`,
  )
}
