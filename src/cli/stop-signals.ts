/** Listens for the signals that ask a worker to stop: politely the first time, now the second, at any price the third. */

import { systemClock } from '../kernel/clock.js'

/** What is to be done about them. */
export interface StopListener {
  onFirst(signal: NodeJS.Signals): void
  onSecond(signal: NodeJS.Signals): void
  onThird(signal: NodeJS.Signals): void
}

/** SIGHUP is what a terminal sends that is closed. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** A signal so soon after another is the same one: at a Ctrl-C the terminal tells this process, and npm, which started it, tells it again. */
const ECHO_MS = 250

/** Begins to listen; the function returned ends that. */
export function listenForStop(listener: StopListener): () => void {
  let count = 0
  let lastAt = -Infinity
  const onSignal = (signal: NodeJS.Signals) => {
    const now = systemClock.monotonic()
    if (now - lastAt < ECHO_MS) return
    lastAt = now
    count += 1
    if (count === 1) listener.onFirst(signal)
    else if (count === 2) listener.onSecond(signal)
    else listener.onThird(signal)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}
