/** Connects to the broker within a limit, and tells people meanwhile that it takes long. */
import type { Taskalope } from '../app.js'
import { sleep, systemClock } from '../kernel/clock.js'
import { BrokerError, isTaskalopeError } from '../kernel/errors.js'
import { durationInWords } from './duration-in-words.js'
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
  const late = sleep(systemClock, limitMs, over.signal)
  void tellOf(url, deadline, { output, signal: over.signal })
  try {
    await Promise.race([connectAgainAndAgain(app, over.signal), late.then(() => giveUp(url, limitMs))])
  } finally {
    over.abort()
  }
}

async function connectAgainAndAgain(app: Taskalope, signal: AbortSignal): Promise<void> {
  let isConnected = false
  while (!isConnected && !signal.aborted) {
    try {
      await app.connect()
      isConnected = true
    } catch (error) {
      if (!isTaskalopeError(error, 'ERR_CONNECTION_LOST')) throw error
      await sleep(systemClock, PAUSE_MS, signal)
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
    const leftMs = deadline - systemClock.monotonic()
    if (signal.aborted || leftMs <= 0) return
    const left = durationInWords(Math.round(leftMs / 1000) * 1000)
    const fact = { event: 'waiting', broker: url, leftMs: Math.round(leftMs) }
    output.note(fact, `No connection to ${url} yet; it is tried for another ${left}.`)
  }
}

function giveUp(url: string, limitMs: number): never {
  throw new BrokerError(
    'ERR_CONNECTION_LOST',
    `No connection to ${url} within ${durationInWords(limitMs)}. Check that a broker is running there, or wait longer with --connect-timeout.`,
  )
}
