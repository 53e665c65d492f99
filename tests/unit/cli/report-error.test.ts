/** Checks how errors are told, and what the process ends with. */
import { describe, expect, it } from 'vitest'
import { EXIT, exitCodeOf } from '../../../src/cli/exit-codes.js'
import { createOutput } from '../../../src/cli/output.js'
import { reportError } from '../../../src/cli/report-error.js'
import { UsageError } from '../../../src/cli/usage-error.js'
import {
  BrokerError,
  DeclarationError,
  PayloadError,
  ResultError,
  TaskFailedError,
} from '../../../src/kernel/errors.js'
import { keptStream } from './streams.js'

function told(error: unknown, json = false) {
  const stdout = keptStream()
  const stderr = keptStream()
  const exitCode = reportError(error, createOutput(json, { stdout, stderr }))
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

const failed = new TaskFailedError('ERR_TASK_FAILED', 'Task "add" failed: TypeError: no', {
  taskId: '1',
  taskName: 'add',
  worker: 'w1',
  remote: { name: 'TypeError', message: 'no', module: null },
})

describe('The exit code', () => {
  it.each([
    [new UsageError('typed wrongly'), EXIT.usage],
    [new PayloadError('ERR_PRIORITY_RANGE', 'x'), EXIT.usage],
    [new DeclarationError('ERR_MODULE_LOAD', 'x'), EXIT.configuration],
    [new DeclarationError('ERR_BROKER_REFUSED', 'x'), EXIT.configuration],
    [new DeclarationError('ERR_QUEUE_MISMATCH', 'x'), EXIT.configuration],
    [new DeclarationError('ERR_NO_BROKER', 'x'), EXIT.configuration],
    [new BrokerError('ERR_CONNECTION_LOST', 'x'), EXIT.unreachable],
    [new BrokerError('ERR_NOT_SENT', 'x', { reason: 'timeout' }), EXIT.unreachable],
    [new BrokerError('ERR_REFUSED', 'x', { reason: 'unroutable' }), EXIT.no],
    [new ResultError('ERR_RESULT_TIMEOUT', 'x'), EXIT.no],
    [failed, EXIT.no],
    [new TypeError('a bug'), EXIT.uncaught],
    ['a text', EXIT.uncaught],
    [undefined, EXIT.uncaught],
  ])('after %s is %d', (error, exitCode) => {
    expect(exitCodeOf(error)).toBe(exitCode)
  })
})

describe('An error', () => {
  it('is told with its code, its message and where more is written, on stderr', () => {
    expect(told(new DeclarationError('ERR_NO_BROKER', 'No broker is set.\n  export X=1'))).toEqual({
      exitCode: 78,
      stdout: '',
      stderr:
        'ERR_NO_BROKER: No broker is set.\n  export X=1\nMore: docs/reference/errors.md#err_no_broker\n',
    })
  })

  it('of typing is one line', () => {
    expect(told(new UsageError('--x is wrong.')).stderr).toBe('ERR_OPTION_INVALID: --x is wrong.\n')
  })

  it('is one JSON object for programs', () => {
    const { stderr } = told(new DeclarationError('ERR_NO_BROKER', 'No broker\nis set.'), true)

    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'ERR_NO_BROKER',
        message: 'No broker\nis set.',
        docs: 'docs/reference/errors.md#err_no_broker',
        exitCode: 78,
      },
    })
  })

  it('of a task that failed tells programs what the worker said', () => {
    const { stderr } = told(failed, true)

    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'ERR_TASK_FAILED',
        taskId: '1',
        worker: 'w1',
        remote: { name: 'TypeError', message: 'no' },
      },
    })
  })

  it('that nobody foresaw is told with its stack', () => {
    const { exitCode, stderr } = told(new TypeError('a bug\u001b[2J'))

    expect(exitCode).toBe(70)
    expect(stderr).toMatch(/^Uncaught TypeError: a bug\\u001b\[2J\n {4}at .*report-error\.test\.ts/)
  })

  it('that is no error is told all the same', () => {
    expect(told({ toString: () => Promise.reject(new Error('never')) }).stderr).toContain('Uncaught NonError')
    expect(JSON.parse(told(null, true).stderr)).toMatchObject({ error: { exitCode: 70 } })
  })
})
