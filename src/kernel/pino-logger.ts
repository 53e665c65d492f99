/** The default logger: pino, JSON lines on stderr. */
import { destination, pino } from 'pino'
import type { Logger } from './logger.js'
import { safeError } from './safe-text.js'

/** How much the default logger says. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A pino logger for this library: one JSON line each, on stderr so that a program's own output stays its own; errors under `err`, bounded and without the passwords of URLs. */
export function pinoLogger(level: LogLevel): Logger {
  const lines = pino(
    { level, base: { pid: process.pid }, serializers: { err: errorAsData } },
    destination({ fd: 2, sync: true }),
  )
  return {
    debug: (fields, message) => lines.debug(fields, message),
    info: (fields, message) => lines.info(fields, message),
    warn: (fields, message) => lines.warn(fields, message),
    error: (fields, message) => lines.error(fields, message),
  }
}

/** What pino calls the name of an error is its `type`; its own serializer would look at all that is in the error, and print it. */
function errorAsData(error: unknown): object {
  const { name, message, stack, cause } = safeError(error)
  return { type: name, message, stack, ...(cause && { cause }) }
}
