/** `taskalope dlq`: opens the app whose dead letters are meant, and hands over to what is to be done with them. */
import { configure, type Taskalope } from '../app.js'
import { silentLogger } from '../kernel/logger.js'
import type { DlqInput } from './command-inputs.js'
import { canAsk } from './confirm.js'
import { connectWithin } from './connect.js'
import { exportLetters } from './dlq-export.js'
import { listLetters } from './dlq-list.js'
import { moveLetters } from './dlq-move.js'
import { showLetter } from './dlq-show.js'
import type { ExitCode } from './exit-codes.js'
import { isEmbedded, nobodyThere, openApp } from './open-app.js'
import type { Output } from './output.js'
import type { Surroundings } from './surroundings.js'
import { UsageError } from './usage-error.js'

/** Does it; letters are in their places again when it is over. */
export async function dlq(input: DlqInput, surroundings: Surroundings): Promise<ExitCode> {
  refuseUnasked(input)
  if (input.namespace !== undefined) configure({ namespace: input.namespace })
  const { app } = await openApp(input, {
    ...{ folder: surroundings.folder, logger: silentLogger, results: false },
    // How a queue is to be declared only the app knows that works on it.
    declareQueues: input.modules.length > 0,
  })
  try {
    if (await isEmbedded(app)) {
      throw nobodyThere(
        'The dead letters of the embedded broker are inside of each process, and this one is new.',
      )
    }
    await connectWithin(app, input.connectTimeoutMs, surroundings.output)
    await tellOfOthers(app, surroundings.output)
    return await act(input, app, surroundings)
  } finally {
    await app.close()
  }
}

/** What others hold is not seen, and `there are none` would be believed. */
async function tellOfOthers(app: Taskalope, output: Output): Promise<void> {
  const state = await (await app.broker()).inspect(app.deadLetters.queue)
  if (!state || state.consumers === 0) return
  output.note(
    { event: 'held', consumers: state.consumers },
    'Somebody else is going through the dead letters right now: those they hold are missing here until they are done.',
  )
}

function act(input: DlqInput, app: Taskalope, surroundings: Surroundings): Promise<ExitCode> {
  switch (input.action) {
    case 'list':
      return listLetters(input, app, surroundings.output)
    case 'show':
      return showLetter(input, app, surroundings.output)
    case 'export':
      return exportLetters(input, app, surroundings)
    case 'retry':
    case 'drop':
      return moveLetters(input, app, surroundings)
  }
}

function refuseUnasked(input: DlqInput): void {
  if (input.action !== 'retry' && input.action !== 'drop') return
  if (input.yes || input.dryRun || canAsk()) return
  const what = input.action === 'retry' ? 'sends dead letters again' : 'throws dead letters away'
  throw new UsageError(
    `This ${what}, and there is no terminal to ask at. Say --yes if that is meant, or --dry-run.`,
  )
}
