/** A logger that cannot fail whoever logs, and the fields every line of it carries. */
import { describe, expect, it } from 'vitest'
import { startChild } from '../../support/child.js'
import { silentLogger, unfailingLogger, withFields, type LogFields } from '../../../src/kernel/logger.js'

/** A logger of the program's that keeps lines, and cannot take errors that are not plain data. */
function picky() {
  const lines: [LogFields, string][] = []
  const info = (fields: LogFields, message: string) => {
    if (fields['err'] instanceof Error) throw new Error('cannot serialize this')
    lines.push([fields, message])
  }
  return { lines, logger: { ...silentLogger, info } }
}

describe('a logger made unfailing', () => {
  it('hands lines on as they are', () => {
    const { lines, logger } = picky()

    unfailingLogger(logger).info({ id: '1' }, 'done')

    expect(lines).toEqual([[{ id: '1' }, 'done']])
  })

  it('calls the methods on their logger', () => {
    class Own {
      readonly said: string[] = []
      #say(message: string) {
        this.said.push(message)
      }
      debug(_fields: LogFields, message: string) {
        this.#say(message)
      }
      info = this.debug
      warn = this.debug
      error = this.debug
    }
    const own = new Own()

    for (const level of ['debug', 'info', 'warn', 'error'] as const) unfailingLogger(own)[level]({}, level)

    expect(own.said).toEqual(['debug', 'info', 'warn', 'error'])
  })

  it('writes an error as plain data where it cannot be written as it is', () => {
    const { lines, logger } = picky()

    unfailingLogger(logger).info({ id: '1', err: new RangeError('too far') }, 'failed')

    expect(lines).toEqual([
      [{ id: '1', err: expect.objectContaining({ name: 'RangeError', message: 'too far' }) }, 'failed'],
    ])
  })

  it.each([{}, { err: new Error('x') }])('survives one that cannot write %o at all', (fields) => {
    const broken = () => {
      throw new Error('disk full')
    }

    const logger = unfailingLogger({ debug: broken, info: broken, warn: broken, error: broken })

    expect(() => logger.error(fields, 'a line')).not.toThrow()
  })
})

it('a logger with fields adds them to every line, below those of the line', () => {
  const { lines, logger } = picky()

  withFields(logger, { task: 'add', attempt: 1 }).info({ attempt: 2 }, 'again')

  expect(lines).toEqual([[{ task: 'add', attempt: 2 }, 'again']])
})

describe('the default logger', () => {
  it('writes one JSON line each, with what was thrown as data, whatever that is, and no passwords', async () => {
    const program = `
      import { pinoLogger } from '${new URL('../../../src/kernel/pino-logger.ts', import.meta.url).href}'
      const no = () => { throw new Error('trap') }
      const hostile = new Proxy(new Error('inside'), { get: no, getPrototypeOf: no, has: no, ownKeys: no })
      const cause = new RangeError('cannot reach amqp://user:S3CR3T@host')
      const log = pinoLogger('info')
      log.debug({}, 'not this')
      log.info({ err: new TypeError('wrong', { cause }), id: 1 }, 'one')
      log.warn({ err: hostile }, 'two')
      log.error({ err: undefined }, 'three')`
    const args = ['--import', '@oxc-node/core/register', '--input-type=module', '--eval', program]
    const child = startChild(process.execPath, args)

    await child.ended

    const lines = child.output().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        err: { type: 'TypeError', message: 'wrong', cause: { message: 'cannot reach amqp://***@host' } },
        id: 1,
      },
      { err: { type: 'NonError', message: '[Proxy]' }, msg: 'two' },
      { msg: 'three' },
    ])
    expect(child.output()).not.toContain('S3CR3T')
  })
})
