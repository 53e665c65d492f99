/** Checks the options of a list or a run: one that is mistyped, `dryrun` say, must not do the real thing. */
import { PayloadError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import { safeInspect, safeText } from '../kernel/safe-text.js'

const OF_A_LIST = ['limit', 'signal']
const OF_A_RUN = [...OF_A_LIST, 'rate', 'dryRun', 'onLetter', 'onProgress', 'to']

/** @throws PayloadError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID */
export function checkListOptions(options: object): void {
  checkNames(options, OF_A_LIST)
  checkLimit(options)
}

/** @throws PayloadError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID */
export function checkMoveOptions(options: object): void {
  checkNames(options, OF_A_RUN)
  checkLimit(options)
  const { rate = 1, dryRun = false, to = '-' } = options as Record<string, unknown>
  if (typeof rate !== 'number' || !(rate > 0))
    throw invalid('rate', rate, 'a number of letters a second above 0')
  if (typeof dryRun !== 'boolean') throw invalid('dryRun', dryRun, 'true or false')
  if (typeof to !== 'string' || to === '') throw invalid('to', to, 'the name of a queue')
}

function checkNames(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const [nearest] = nearestNames(unknown, known)
  const hint = nearest === undefined ? ` There are: ${known.join(', ')}.` : ` Did you mean "${nearest}"?`
  throw new PayloadError(
    'ERR_OPTION_UNKNOWN',
    `"${safeText(unknown, 60)}" is no option of dead letters.${hint} Nothing was done.`,
  )
}

function checkLimit(options: object): void {
  const { limit = 1 } = options as Record<string, unknown>
  const isCount = Number.isInteger(limit) && Number(limit) >= 1
  if (!isCount && limit !== Infinity) throw invalid('limit', limit, 'a whole number from 1')
}

function invalid(option: string, value: unknown, must: string): PayloadError {
  return new PayloadError(
    'ERR_OPTION_INVALID',
    `Option "${option}" of dead letters is ${safeInspect(value)}. It has to be ${must}. Nothing was done.`,
  )
}
