/** The four-method logger interface everything logs through, and one that says nothing. */
import { safeError } from './safe-text.js'

/** Facts that go with a log line; keys are stable names such as `task`, `id`, `queue`, `code`. */
export type LogFields = Readonly<Record<string, unknown>>

/** What the library needs of a logger: pino and console-like loggers with (fields, message) fit as they are. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Logs nothing. */
export const silentLogger: Logger = Object.freeze({ debug() {}, info() {}, warn() {}, error() {} })

/**
 * The same logger, except that it never throws, so that no task and no connection depends on it: a line it fails at is tried once more
 * with the error in it as plain data, since looking at what a task threw may be what fails.
 */
export function unfailingLogger(logger: Logger): Logger {
  const unfailing = (level: keyof Logger) => (fields: LogFields, message: string) => {
    try {
      logger[level](fields, message)
    } catch {
      logPlainly(logger, level, fields, message)
    }
  }
  return {
    debug: unfailing('debug'),
    info: unfailing('info'),
    warn: unfailing('warn'),
    error: unfailing('error'),
  }
}

function logPlainly(logger: Logger, level: keyof Logger, fields: LogFields, message: string): void {
  if (fields['err'] === undefined) return
  try {
    logger[level]({ ...fields, err: safeError(fields['err']) }, message)
  } catch {
    // There is nowhere left to say it.
  }
}

/** The same logger with `fields` added to every line. */
export function withFields(logger: Logger, fields: LogFields): Logger {
  return {
    debug: (more, message) => logger.debug({ ...fields, ...more }, message),
    info: (more, message) => logger.info({ ...fields, ...more }, message),
    warn: (more, message) => logger.warn({ ...fields, ...more }, message),
    error: (more, message) => logger.error({ ...fields, ...more }, message),
  }
}
