/** The four-method logger interface everything logs through, and one that says nothing. */

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

/** The same logger with `fields` added to every line. */
export function withFields(logger: Logger, fields: LogFields): Logger {
  return {
    debug: (more, message) => logger.debug({ ...fields, ...more }, message),
    info: (more, message) => logger.info({ ...fields, ...more }, message),
    warn: (more, message) => logger.warn({ ...fields, ...more }, message),
    error: (more, message) => logger.error({ ...fields, ...more }, message),
  }
}
