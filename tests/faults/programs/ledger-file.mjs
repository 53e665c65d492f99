/** Appends lines to the ledger file of this process, each on its way to the disk before the next statement runs. */
import { openSync, writeSync } from 'node:fs'
import { inspect } from 'node:util'

/** What the harness asked this program to do. */
export const options = JSON.parse(process.argv[2] ?? '{}')

const file = openSync(options.ledger, 'a')

/**
 * Writes a line; a process that is killed right after it has written it.
 * @param {Omit<import('../events.js').LedgerEvent, 't'> & { [key: string]: unknown }} event
 */
export function record(event) {
  writeSync(file, `${JSON.stringify({ t: Date.now(), ...event })}\n`)
}

/** The library's logger: a lost connection goes into the ledger, what else it warns of to stderr. */
export const logger = {
  debug() {},
  info() {},
  warn: log,
  error: log,
}

/**
 * @param {Readonly<Record<string, unknown>>} fields
 * @param {string} message
 */
function log(fields, message) {
  if (fields['code'] === 'ERR_CONNECTION_LOST') record({ ev: 'disconnect', pid: process.pid })
  else process.stderr.write(`${inspect({ ...fields, message }, { breakLength: Infinity })}\n`)
}

// Whoever started this program ends it by going away, however it goes.
process.stdin.on('end', () => process.exit(0)).resume()
process.stdin.unref?.()
