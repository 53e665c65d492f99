/** `taskalope purge`: throws away what waits in a queue, after saying how much that is and asking. */
import type { Taskalope } from '../app.js'
import { silentLogger } from '../kernel/logger.js'
import { confirm, canAsk } from './confirm.js'
import type { PurgeInput } from './command-inputs.js'
import { connectWithin } from './connect.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import { isEmbedded, nobodyThere, openApp } from './open-app.js'
import { quoted } from './parse-options.js'
import type { Surroundings } from './surroundings.js'
import { UsageError } from './usage-error.js'

/** Says how many were thrown away. */
export async function purge(input: PurgeInput, surroundings: Surroundings): Promise<ExitCode> {
  const { output, folder } = surroundings
  if (!input.yes && !canAsk()) {
    throw new UsageError(
      'This throws messages away, and there is no terminal to ask at. Say --yes if that is meant.',
    )
  }
  const { app } = await openApp(
    { ...input, modules: [], loadTimeoutMs: 0 },
    { folder, logger: silentLogger, results: false },
  )
  try {
    if (await isEmbedded(app)) {
      throw nobodyThere('The queues of the embedded broker are inside of each process, and this one is new.')
    }
    await connectWithin(app, input.connectTimeoutMs, output)
    return await purgeQueue(input, app, surroundings)
  } finally {
    await app.close()
  }
}

async function purgeQueue(input: PurgeInput, app: Taskalope, { output }: Surroundings): Promise<ExitCode> {
  const { queue } = input
  const { url } = await app.broker()
  const state = await app.inspect(queue)
  if (!state) {
    output.tell({ queue, exists: false, purged: 0 }, `There is no queue ${quoted(queue)} at ${url}.`)
    return EXIT.no
  }
  if (
    !input.yes &&
    !(await confirm(`Throw away ${messages(state.messages)} of queue ${quoted(queue)} at ${url}?`))
  ) {
    output.tell({ queue, exists: true, purged: 0 }, 'Nothing was thrown away.')
    return EXIT.no
  }
  const purged = await app.purge(queue)
  output.tell({ queue, exists: true, purged }, `Threw away ${messages(purged)} of queue ${quoted(queue)}.`)
  return EXIT.done
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`
}
