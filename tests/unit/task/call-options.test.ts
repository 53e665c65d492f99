/** Options of a call: what is refused, with which code, and what is made of the rest. */
import { describe, expect, it } from 'vitest'
import { checkQueueName, isQueueName, readCallOptions } from '../../../src/task/call-options.js'

const read = (options: unknown) => () => readCallOptions('add', options as never)
const payloadError = (code: string, message?: RegExp) =>
  expect.objectContaining({
    name: 'PayloadError',
    code,
    ...(message && { message: expect.stringMatching(message) }),
  })

describe('the options of a call', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['no object', 5, 'ERR_OPTION_INVALID', /"add" must be an object\. Nothing was sent/],
    ['text', 'urgent', 'ERR_OPTION_INVALID', /object/],
    ['null', null, 'ERR_OPTION_INVALID', /object/],
    ['a near miss', { prioritty: 5 }, 'ERR_OPTION_UNKNOWN', /"prioritty"\. Did you mean "priority"\?/],
    ['nothing like it', { colour: 5 }, 'ERR_OPTION_UNKNOWN', /There are: taskId, queue/],
    ['a name with an escape', { '\u001b[31m': 5 }, 'ERR_OPTION_UNKNOWN', /\\u001b/],
    ['a hidden prototype', JSON.parse('{"__proto__":{"queue":"x"}}'), 'ERR_OPTION_UNKNOWN', /__proto__/],
    ['an id that is a number', { taskId: 5 }, 'ERR_TASK_ID', /"taskId"/],
    ['an id that is too long', { taskId: 'ü'.repeat(128) }, 'ERR_TASK_ID', /255 bytes/],
    ['an id with half a character', { taskId: 'a\ud800' }, 'ERR_TASK_ID', /"taskId"/],
    ['a queue that is no text', { queue: {} }, 'ERR_QUEUE_NAME', /object/],
    ['a priority that cannot be shown', { priority: Object.create(null) }, 'ERR_PRIORITY_RANGE', /priority/],
    ['half a priority', { priority: 1.5 }, 'ERR_PRIORITY_RANGE', /1\.5/],
    ['ignoreResult as text', { ignoreResult: 'yes' }, 'ERR_OPTION_INVALID', /true or false/],
    ['headers as text', { headers: 'tenant' }, 'ERR_HEADER_INVALID', /"headers"/],
    ['headers as a list', { headers: [] }, 'ERR_HEADER_INVALID', /"headers"/],
    ['headers that are null', { headers: null }, 'ERR_HEADER_INVALID', /"headers"/],
  ])('refuse %s', (_what, options, code, message) => {
    expect(read(options)).toThrow(payloadError(code, message))
  })

  it('that cannot be read are refused with what was thrown as the cause', () => {
    const cause = new Error('no')
    const options = {
      get queue(): string {
        throw cause
      },
    }

    expect(read(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID', cause }))
  })

  it('are read once, so that what was checked is what is sent', () => {
    let reads = 0
    const options = {
      get queue() {
        return (reads += 1) === 1 ? 'mail' : 'amq.direct'
      },
    }

    expect(read(options)()).toEqual({ queue: 'mail' })
    expect(reads).toBe(1)
  })

  it('may be undefined', () => {
    expect(read({ taskId: undefined, queue: undefined, headers: undefined })).not.toThrow()
  })
})

describe('the name of a queue', () => {
  it.each(['a', 'mail.high', 'ü'.repeat(99), '../../x', '<img>'])('may be %j', (name) => {
    expect(isQueueName(name)).toBe(true)
    expect(() => checkQueueName(name)).not.toThrow()
  })

  it.each<[unknown, RegExp]>([
    ['', /"" is empty/],
    ['x'.repeat(200), /1-199 bytes/],
    ['ü'.repeat(100), /1-199 bytes/],
    ['a\u0000b', /control characters/],
    ['a\udc00', /no text/],
    ['amq.direct', /belongs to the broker/],
    [undefined, /undefined/],
    [5, /number/],
  ])('cannot be %j', (name, why) => {
    expect(isQueueName(name)).toBe(false)
    expect(() => checkQueueName(name)).toThrow(payloadError('ERR_QUEUE_NAME', why))
  })
})
