/** The default logger: pino, JSON lines on stderr. */
import { destination, pino } from 'pino'
import type { Logger } from './logger.js'

/** How much the default logger says. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A pino logger for this library: one JSON line each, on stderr so that a program's own output stays its own; errors under `err`. */
export function pinoLogger(level: LogLevel): Logger {
  const lines = pino({ level, base: { pid: process.pid } }, destination({ fd: 2, sync: true }))
  return {
    debug: (fields, message) => lines.debug(fields, message),
    info: (fields, message) => lines.info(fields, message),
    warn: (fields, message) => lines.warn(fields, message),
    error: (fields, message) => lines.error(fields, message),
  }
}
