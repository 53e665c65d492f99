/** Errors are recognised by their brand and code. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { BrokerError, isTaskalopeError, PayloadError, TaskalopeError } from '../../../src/kernel/errors.js'

describe('isTaskalopeError', () => {
  it('knows an error of ours by its code', () => {
    const error = new PayloadError('ERR_TASK_ID', 'no')

    expect(isTaskalopeError(error)).toBe(true)
    expect(isTaskalopeError(error, 'ERR_TASK_ID')).toBe(true)
    expect(isTaskalopeError(error, 'ERR_ARGUMENTS')).toBe(false)
  })

  it('knows one that another copy of the package made', () => {
    const foreign = { [Symbol.for('taskalope.error/1')]: true, code: 'ERR_NOT_SENT' }

    expect(foreign).not.toBeInstanceOf(TaskalopeError)
    expect(isTaskalopeError(foreign, 'ERR_NOT_SENT')).toBe(true)
  })

  it.each([undefined, null, 'ERR_TASK_ID', { code: 'ERR_TASK_ID' }, new Error('x')])(
    'does not take %o for one',
    (value) => {
      expect(isTaskalopeError(value)).toBe(false)
    },
  )
})

describe('an error', () => {
  it('prints its code, and nothing that is only there to recognise it', () => {
    const printed = inspect(new TaskalopeError('ERR_NO_BROKER', 'No broker is set.'))

    expect(printed).toContain("code: 'ERR_NO_BROKER'")
    expect(printed).not.toContain('Symbol(')
  })

  it('is named after its class and keeps its cause and its reason', () => {
    const cause = new Error('ECONNRESET')

    const error = new BrokerError('ERR_NOT_SENT', 'gone', { reason: 'disconnected', cause })

    expect(error).toMatchObject({ name: 'BrokerError', code: 'ERR_NOT_SENT', reason: 'disconnected', cause })
  })
})
