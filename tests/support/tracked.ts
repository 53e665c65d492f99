/** Closes what a test opened when that test ends, last opened first; what was opened outside a test when its file ends. */
import { afterAll, afterEach, beforeEach } from 'vitest'

/** Anything that can be ended. */
export type Closable = { close(): unknown } | { stop(): unknown }

const TIMEOUT_MS = 20_000

let inTest = false
const ofTest: Closable[] = []
const ofFile: Closable[] = []

/**
 * Hands `thing` back and closes it later, by its `close()` or else its `stop()`. One that cannot be closed within 20 s
 * or throws fails the test. Not for `it.concurrent`, whose tests cannot be told apart.
 */
export function tracked<T extends Closable>(thing: T): T {
  const list = inTest ? ofTest : ofFile
  list.push(thing)
  return thing
}

beforeEach(() => {
  inTest = true
})

afterEach(async () => {
  inTest = false
  await closeAll(ofTest)
})

afterAll(() => closeAll(ofFile))

async function closeAll(things: Closable[]): Promise<void> {
  const failures: unknown[] = []
  for (const thing of things.splice(0).toReversed()) {
    await closeInTime(thing).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 1)
    throw new AggregateError(failures, `${failures.length} things could not be closed.`)
  if (failures.length === 1) throw failures[0]
}

async function closeInTime(thing: Closable): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`${thing.constructor.name} did not close within ${TIMEOUT_MS} ms.`))
    timer = setTimeout(late, TIMEOUT_MS)
  })
  try {
    await Promise.race(['close' in thing ? thing.close() : thing.stop(), tooLate])
  } finally {
    clearTimeout(timer)
  }
}
