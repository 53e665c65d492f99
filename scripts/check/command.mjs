/** Runs one command of a check and keeps what it printed. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const TIMEOUT_MS = 600_000

/**
 * @typedef {object} CommandResult
 * @property {boolean} ok
 * @property {string} output
 */
/** @typedef {() => Promise<CommandResult>} Command */

/**
 * A command line, to be run in the project's folder with its own programs first on the PATH.
 * @param {string} file
 * @param {...string} args
 * @returns {Command}
 */
export function command(file, ...args) {
  return async () => {
    const { failed, all } = await execa(file, args, {
      cwd: ROOT,
      preferLocal: true,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: TIMEOUT_MS,
    })
    return { ok: !failed, output: `$ ${file} ${args.join(' ')}\n${all}` }
  }
}
