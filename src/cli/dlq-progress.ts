/** A progress bar for a run over the dead letters, where there is a terminal to draw it on. */
import type { MoveReport } from '../app.js'
import { systemClock, type Clock } from '../kernel/clock.js'
import { durationInWords } from '../kernel/duration-in-words.js'
import type { OutputStream } from './output.js'

/** Told how far it is; `stop` takes it off the screen. */
export interface Progress {
  update(report: MoveReport): void
  stop(): void
}

const NO_PROGRESS: Progress = Object.freeze({ update: () => {}, stop: () => {} })
const FORMAT = '{verb} [{bar}] {percentage}% · {value} of {total} looked at, {moved} {done}{left}'

/** One on this stream; none where nobody would see it. */
export async function progressBar(
  action: 'retry' | 'drop',
  stream: OutputStream,
  json: boolean,
  clock: Clock = systemClock,
): Promise<Progress> {
  if (json || !stream.isTTY) return NO_PROGRESS
  // Loaded here: nothing else of the library needs it.
  const { SingleBar } = (await import('cli-progress')).default
  const words = action === 'retry' ? { verb: 'Sending', done: 'sent' } : { verb: 'Dropping', done: 'dropped' }
  const bar = new SingleBar({
    ...{ format: FORMAT, stream: stream as NodeJS.WriteStream, hideCursor: true, clearOnComplete: true },
    // Signals are ours.
    ...{ gracefulExit: false, barsize: 24, fps: 5 },
  })
  let startedAt: number | undefined
  return {
    update({ waiting, visited, moved }) {
      const total = Math.max(waiting, 1)
      if (startedAt === undefined) bar.start(total, 0, { ...words, moved: 0, left: '' })
      startedAt ??= clock.monotonic()
      const value = Math.min(visited, total)
      bar.update(value, { moved, left: timeLeft(clock.monotonic() - startedAt, value / total) })
    },
    stop: () => bar.stop(),
  }
}

/** Nothing as long as it would only be a guess. */
function timeLeft(elapsedMs: number, share: number): string {
  if (elapsedMs < 1000 || share === 0) return ''
  const leftMs = (elapsedMs / share) * (1 - share)
  return ` · ${durationInWords(Math.ceil(leftMs / 1000) * 1000)} left`
}
