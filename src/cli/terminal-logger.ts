/** A logger for people: one line a record, its fields behind the message, an error in a few words. */
import { systemClock } from '../kernel/clock.js'
import type { LogFields, Logger } from '../kernel/logger.js'
import { pinoLogger, type LogLevel } from '../kernel/pino-logger.js'
import { escapeControls, safeError, safeInspect } from '../kernel/safe-text.js'
import type { OutputStream } from './output.js'

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]

/** Lines for people where people read them, on a terminal; JSON lines elsewhere, and where JSON is asked for. */
export function commandLogger(level: LogLevel, stream: OutputStream, json: boolean): Logger {
  return stream.isTTY && !json ? terminalLogger(level, stream) : pinoLogger(level)
}

/** Writes records of this level and above. */
export function terminalLogger(level: LogLevel, stream: OutputStream): Logger {
  const least = LEVELS.indexOf(level)
  const write = (at: Exclude<LogLevel, 'silent'>) => (fields: LogFields, message: string) => {
    if (LEVELS.indexOf(at) >= least) stream.write(`${escapeControls(lineOf(at, fields, message))}\n`)
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

function lineOf(level: LogLevel, fields: LogFields, message: string): string {
  const { task, id, attempt, err, ...rest } = fields
  const head = [timeOfDay(systemClock.now()), level.padEnd(5), ...subjectOf(task, id)]
  const run = typeof attempt === 'number' && attempt > 1 ? { attempt } : {}
  const tail = Object.entries({ ...run, ...rest }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${shown(value)}`],
  )
  return [...head, err === undefined ? message : `${message}: ${errorInWords(err)}`, ...tail].join(' ')
}

function timeOfDay(epochMs: number): string {
  const at = new Date(epochMs)
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits)
  return `${hours}:${minutes}:${seconds}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/** `add[1f3c9a02]`: enough of an id to tell calls apart at a glance. */
function subjectOf(task: unknown, id: unknown): string[] {
  if (typeof task !== 'string') return []
  return [typeof id === 'string' ? `${task}[${shortId(id)}]` : task]
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/i

function shortId(id: string): string {
  return UUID.test(id) ? id.slice(0, 8) : id.slice(0, 40)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : safeInspect(value)
}

/** `TypeError: what happened (at tasks.js:12:5)`. */
function errorInWords(thrown: unknown): string {
  const { name, message, stack } = safeError(thrown)
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node:')) ?? []
  const own = frames.find((line) => !/[\\/]node_modules[\\/]/.test(line)) ?? frames[0]
  const place = own === undefined ? undefined : /([^\\/()]+:\d+:\d+)\)?$/.exec(own)?.[1]
  return `${name}: ${message}${place === undefined ? '' : ` (at ${place})`}`
}
