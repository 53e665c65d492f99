/** Finds a program the way a shell does, in the PATH and the folders an ordinary user's PATH lacks. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const ALSO = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin', '/usr/lib/erlang/bin']

/**
 * The real file behind a program's name, or undefined where it is not installed.
 * @param {string} name
 * @returns {string | undefined}
 */
export function findOnPath(name) {
  const file = searchFolders()
    .map((folder) => join(folder, name))
    .find(isExecutable)
  return file && realpathSync(file)
}

/** The folders searched, as a PATH for the programs found. */
export function searchPath() {
  return searchFolders().join(delimiter)
}

function searchFolders() {
  const own = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return [...new Set([...own, '/usr/bin', '/bin', ...ALSO])]
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
