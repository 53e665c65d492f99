/** The end of a worker process: what asks for it, how it is hurried, and what is said about it. */
import type { Taskalope } from '../app.js'
import { systemClock, type Timer } from '../kernel/clock.js'
import type { Logger } from '../kernel/logger.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import type { FatalErrors } from './fatal-errors.js'
import type { Output } from './output.js'
import { listenForStop } from './stop-signals.js'

type Worker = ReturnType<Taskalope['worker']>

/** What a stop is about. */
export interface StopParts {
  readonly worker: Worker
  readonly output: Output
  readonly logger: Logger
  readonly fatal: FatalErrors
}

const TELL_EVERY_MS = 5000

/** Listens from its construction to `end()`. */
export class WorkerStop {
  /** Resolves when the worker is to stop: a signal came, or an error that nobody caught. */
  readonly asked: Promise<void>
  readonly #parts: StopParts
  readonly #endListening: () => void
  #why = ''
  #isBroken = false
  #ask: () => void = () => {}

  constructor(parts: StopParts) {
    this.#parts = parts
    this.asked = new Promise((resolve) => (this.#ask = resolve))
    this.#endListening = listenForStop({
      onFirst: (signal) => this.#begin(signal),
      onSecond: (signal) => this.#hurry(signal),
      onThird: () => process.exit(EXIT.no),
    })
    parts.fatal.tell((error, origin) => this.#onFatal(error, origin))
  }

  /** Stops the worker, and says how that goes and how it went. */
  async carryOut(): Promise<ExitCode> {
    const { worker, output } = this.#parts
    const running = worker.running
    this.#tellBeginning(running)
    const teller = this.#tellRegularly()
    const { forced } = await worker.stop()
    teller.stop()
    const returned = worker.cutShort
    const finished = running - returned
    const count = `${inWords(finished)} finished, ${returned} returned to the queue`
    output.tell(
      { event: 'stopped', forced, finished, returned },
      `Stopped${forced ? ' by force' : ''}${running === 0 ? '' : `: ${count}`}.`,
    )
    if (this.#isBroken) return EXIT.uncaught
    return forced ? EXIT.no : EXIT.done
  }

  /** Stops listening. */
  end(): void {
    this.#endListening()
  }

  #begin(why: string): void {
    this.#why = why
    this.#ask()
  }

  #hurry(signal: string): void {
    const { worker, output } = this.#parts
    const running = worker.running
    output.tell(
      { event: 'forcing', signal, running },
      `${signal} again: ${inWords(running)} ${running === 1 ? 'is' : 'are'} cut short and returned to the queue.`,
    )
    void worker.stop({ timeout: 0 })
  }

  /** What such an error left behind nobody knows: the process does not go on with it, and the tasks that run may still finish. */
  #onFatal(error: unknown, origin: string): void {
    const code = origin === 'unhandledRejection' ? { code: 'ERR_UNHANDLED_REJECTION' } : {}
    this.#parts.logger.error({ ...code, err: error }, 'an error that nobody caught; the worker stops')
    this.#isBroken = true
    this.#begin('An error that nobody caught')
  }

  #tellBeginning(running: number): void {
    const { worker, output } = this.#parts
    const limit = durationInWords(worker.shutdownTimeoutMs)
    const fact = { event: 'stopping', why: this.#why, running, timeoutMs: worker.shutdownTimeoutMs }
    if (running === 0) return output.tell(fact, `${this.#why}: nothing is running, the worker stops.`)
    output.tell(
      fact,
      `${this.#why}: no more calls are taken; ${inWords(running)} still running, with up to ${limit} to finish.`,
      'Once more, and they are returned to their queue at once.',
    )
  }

  #tellRegularly(): Timer {
    const { worker, output } = this.#parts
    let timer: Timer
    const again = () => {
      timer = systemClock.after(TELL_EVERY_MS, () => {
        const running = worker.running
        output.note({ event: 'stopping', running }, `${inWords(running)} still running.`)
        again()
      })
    }
    again()
    return { stop: () => timer.stop() }
  }
}

function inWords(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`
}
