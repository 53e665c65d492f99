/** `sendTask`: calls a task by its name, which this process need not know. */
import { DeclarationError, PayloadError } from '../kernel/errors.js'
import type { AsyncResult } from '../results/async-result.js'
import type { SendTaskOptions } from './call-options.js'
import { currentApp } from './current-app.js'
import { signature } from './signature.js'

const MAX_NAME_BYTES = 255

/**
 * Sends a call of a task by name, to a worker in another language or another program. Nothing is checked against a declaration, and no option is taken from one: give `queue` where it is not the default one.
 * @throws DeclarationError ERR_TASK_NAME · PayloadError when the call cannot be sent · BrokerError (all as rejections)
 */
export async function sendTask<T = unknown>(
  name: string,
  args: readonly unknown[] = [],
  options: SendTaskOptions = {},
): Promise<AsyncResult<T>> {
  refuseName(name)
  if (!Array.isArray(args)) {
    throw new PayloadError('ERR_ARGUMENTS', `The arguments of "${name}" are no array. Nothing was sent.`)
  }
  const { kwargs = {}, ...rest } = optionsOf(name, options)
  return currentApp().send(signature<readonly unknown[], T>({ taskName: name, args, kwargs, options: rest }))
}

function optionsOf(name: string, options: SendTaskOptions): SendTaskOptions {
  if (!isTable(options)) {
    throw new PayloadError(
      'ERR_OPTION_INVALID',
      `The options of a call of "${name}" must be an object. Nothing was sent.`,
    )
  }
  if (options.kwargs === undefined || isTable(options.kwargs)) return options
  throw new PayloadError(
    'ERR_ARGUMENTS',
    `The keyword arguments of "${name}" must be an object. Nothing was sent.`,
  )
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Other languages name tasks as they like; only what no header can carry, or no log should show, is refused. */
function refuseName(name: unknown): void {
  if (
    typeof name === 'string' &&
    name !== '' &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES &&
    !/\p{Cc}/u.test(name)
  )
    return
  throw new DeclarationError(
    'ERR_TASK_NAME',
    `sendTask() needs the name of a task: a text of 1 to ${MAX_NAME_BYTES} bytes without control characters. Nothing was sent.`,
  )
}
