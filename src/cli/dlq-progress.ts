/** A progress bar for a run over the dead letters, where there is a terminal to draw it on. */
import type { MoveReport } from '../app.js'
import type { OutputStream } from './output.js'

/** Told how far it is; `stop` takes it off the screen. */
export interface Progress {
  update(report: MoveReport): void
  stop(): void
}

const NO_PROGRESS: Progress = Object.freeze({ update: () => {}, stop: () => {} })
const FORMAT =
  '{verb} [{bar}] {percentage}% · {value} of {total} looked at, {moved} {done} · {eta_formatted} left'

/** One on this stream; none where nobody would see it. */
export async function progressBar(
  action: 'retry' | 'drop',
  stream: OutputStream,
  json: boolean,
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
  let isStarted = false
  return {
    update({ waiting, visited, moved }) {
      if (!isStarted) bar.start(Math.max(waiting, 1), 0, { ...words, moved: 0 })
      isStarted = true
      bar.update(Math.min(visited, Math.max(waiting, 1)), { moved })
    },
    stop: () => bar.stop(),
  }
}
