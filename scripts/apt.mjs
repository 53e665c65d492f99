/** Installs Debian packages where we may (root, apt-get), without letting any daemon start. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { execa } from 'execa'
import { findOnPath } from './find-on-path.mjs'

// Debian asks this program whether a package may start its service; 101 says no.
const POLICY_FILE = '/usr/sbin/policy-rc.d'
const REFUSE_ALL = '#!/bin/sh\nexit 101\n'
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
const TIMEOUT_MS = 600_000

/** Whether this process may install packages with apt. */
export function mayInstall() {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== undefined
}

/**
 * Installs packages; resolves when they are there.
 * @param {readonly string[]} packages
 * @returns {Promise<void>}
 */
export async function aptInstall(packages) {
  const undo = refuseServiceStarts()
  try {
    // One broken source fails the update, and need not matter to what is installed.
    const updateError = await aptGet(['update']).catch((error) => error)
    await aptGet([
      'install',
      '-y',
      '--no-install-recommends',
      '-o',
      'DPkg::Lock::Timeout=300',
      ...packages,
    ]).catch((error) => {
      throw updateError ?? error
    })
  } finally {
    undo()
  }
}

/** @param {readonly string[]} args */
async function aptGet(args) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const result = await execa('apt-get', args, {
    env,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    reject: false,
    all: true,
  })
  if (result.failed)
    throw new Error(`apt-get ${args.join(' ')} did not succeed.\n${lastLines(result.all ?? '')}`)
}

/** @param {string} text */
function lastLines(text) {
  return text.trimEnd().split('\n').slice(-15).join('\n')
}

/** Refuses service starts until the returned function is called; a policy that is there already stays as it is. */
function refuseServiceStarts() {
  if (existsSync(POLICY_FILE)) return () => {}
  writeFileSync(POLICY_FILE, REFUSE_ALL, { mode: 0o755 })

  const remove = () => rmSync(POLICY_FILE, { force: true })
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    remove()
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of SIGNALS) process.once(signal, end)
  return () => {
    for (const signal of SIGNALS) process.off(signal, end)
    remove()
  }
}
