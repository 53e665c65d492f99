/** Connects to the broker within a limit, and tells people meanwhile that it takes long. */
import type { Taskalope } from '../app.js'
import { sleep, systemClock } from '../kernel/clock.js'
import { isTaskalopeError } from '../kernel/errors.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import type { Output } from './output.js'

const TELL_EVERY_MS = 5000
const PAUSE_MS = 500

/**
 * Resolves when the app is connected.
 * @throws BrokerError ERR_CONNECTION_LOST when the broker was out of reach for `limitMs` · DeclarationError ERR_BROKER_REFUSED, ERR_BROKER_URL at once
 */
export async function connectWithin(app: Taskalope, limitMs: number, output: Output): Promise<void> {
  const { url } = await app.broker()
  const deadline = systemClock.monotonic() + limitMs
  const over = new AbortController()
  void tellOf(url, deadline, { output, signal: over.signal })
  try {
    await connect(app, deadline)
  } finally {
    over.abort()
  }
}

/** A connection that comes up and is lost again at once ends the app's own attempt early. */
async function connect(app: Taskalope, deadline: number): Promise<void> {
  for (;;) {
    const leftMs = Math.max(1, Math.round(deadline - systemClock.monotonic()))
    try {
      return await app.connect({ timeoutMs: leftMs })
    } catch (error) {
      const isOver = systemClock.monotonic() + PAUSE_MS >= deadline
      if (isOver || !isTaskalopeError(error, 'ERR_CONNECTION_LOST')) throw error
      await sleep(systemClock, PAUSE_MS)
    }
  }
}

interface Teller {
  readonly output: Output
  readonly signal: AbortSignal
}

async function tellOf(url: string, deadline: number, { output, signal }: Teller): Promise<void> {
  for (;;) {
    await sleep(systemClock, TELL_EVERY_MS, signal)
    const leftMs = Math.round(deadline - systemClock.monotonic())
    if (signal.aborted || leftMs <= 0) return
    const left = durationInWords(Math.max(1, Math.round(leftMs / 1000)) * 1000)
    output.note(
      { event: 'waiting', broker: url, leftMs },
      `No connection to ${url} yet; trying for ${left} more.`,
    )
  }
}
