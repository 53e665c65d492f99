/** Starts one process of the demo, knows when it is ready or broken, and ends it within bounds. */
import { execa } from 'execa'

const KILL_AFTER_MS = 8_000
const LINES_KEPT = 15

/**
 * @typedef {object} Part
 * @property {Promise<void>} ready resolves with the line that says so
 * @property {Promise<never>} broken rejects, with its last words, when it ends without having been asked to
 * @property {() => Promise<void>} stop asks it to end, and makes it after 8 s; may be called twice
 */

/**
 * @param {{ name: string, args: string[], env: Record<string, string | undefined>, readyLine: RegExp }} options
 * @returns {Part}
 */
export function startPart({ name, args, env, readyLine }) {
  const child = execa(process.execPath, args, {
    env,
    all: true,
    buffer: false,
    reject: false,
    stdin: 'ignore',
    forceKillAfterDelay: KILL_AFTER_MS,
  })
  /** @type {string[]} */
  const lastLines = []
  let stopping = false

  let announceReady = () => {}
  /** @type {Promise<void>} */
  const ready = new Promise((resolve) => (announceReady = resolve))
  const lines = readLines(child.iterable({ from: 'all' }), (line) => {
    lastLines.push(line)
    if (lastLines.length > LINES_KEPT) lastLines.shift()
    if (readyLine.test(line)) announceReady()
  })
  const ended = Promise.all([child, lines]).then(([result]) => result)
  /** @type {Promise<never>} */
  const broken = new Promise((_resolve, reject) => {
    void ended.then(({ exitCode, signal }) => {
      // A part that was asked to end has not broken.
      if (stopping) return
      const how = signal ?? `exit code ${exitCode}`
      reject(new Error([`The ${name} ended (${how}). Its last words:`, ...lastLines].join('\n')))
    })
  })
  broken.catch(() => {})

  return {
    ready,
    broken,
    async stop() {
      stopping = true
      child.kill('SIGTERM')
      await ended
    },
  }
}

/**
 * @param {AsyncIterable<string>} lines
 * @param {(line: string) => void} onLine
 */
async function readLines(lines, onLine) {
  for await (const line of lines) onLine(line)
}
