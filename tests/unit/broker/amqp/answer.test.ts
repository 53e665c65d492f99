/** Results as messages: exactly what Celery sends and reads, and nothing lost between two of ours. */
import { describe, expect, it } from 'vitest'
import { decodeAnswer, encodeAnswer } from '../../../../src/broker/amqp/answer.js'
import { isOwnReplyQueue, isReplyQueue } from '../../../../src/broker/amqp/reply-queue.js'
import type { TaskResult } from '../../../../src/results/task-result.js'
import { jsonSerializer } from '../../../../src/serialization/json.js'

const serializer = jsonSerializer()
const ID = '74bb602d-c82c-4f70-9a2a-038d2ca834b2'

function encode(result: TaskResult, forPython = true) {
  return encodeAnswer(result, { serializer, correlationId: 'corr', forPython })
}

function bodyOf(result: TaskResult, forPython = true): unknown {
  return JSON.parse(Buffer.from(encode(result, forPython).body).toString())
}

function fromCelery(body: object): TaskResult {
  return decodeAnswer({ body: Buffer.from(JSON.stringify(body)), properties: {}, headers: {} }, serializer)
}

describe('an answer to Celery', () => {
  it('has its body, its properties and no more', () => {
    const message = encode({ taskId: ID, state: 'SUCCESS', value: 5 })

    expect(Buffer.from(message.body).toString()).toBe(
      `{"task_id":"${ID}","status":"SUCCESS","result":5,"traceback":null,"children":[]}`,
    )
    expect(message.properties).toEqual({
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      priority: 0,
      persistent: false,
      correlationId: 'corr',
    })
    expect(message.headers).toEqual({})
  })

  it('says null for a task that returns nothing', () => {
    expect(bodyOf({ taskId: ID, state: 'SUCCESS' })).toMatchObject({ result: null })
  })

  it.each(['FAILURE', 'RETRY'])('tells an error as Python does, in the state %s', (state) => {
    const error = {
      name: 'RangeError',
      message: 'too much',
      module: null,
      stack: 'RangeError: too much\n    at run',
    }
    expect(bodyOf({ taskId: ID, state, error })).toEqual({
      task_id: ID,
      status: state,
      result: { exc_type: 'RangeError', exc_message: ['too much'], exc_module: null },
      traceback: 'RangeError: too much\n    at run',
      children: [],
    })
  })

  it('writes a bigint as a bare number for Python, and so that it comes back for us', () => {
    const result: TaskResult = { taskId: ID, state: 'SUCCESS', value: 2n ** 60n }
    expect(Buffer.from(encode(result, true).body).toString()).toContain(`"result":${2n ** 60n}`)
    expect(decodeAnswer(encode({ ...result, value: 1n }, false), serializer).value).toBe(1n)
  })

  it('refuses a value that cannot travel', () => {
    expect(() => encode({ taskId: ID, state: 'SUCCESS', value: { f: () => {} } })).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_UNSENDABLE' }) as Error,
    )
  })
})

describe('an answer from Celery', () => {
  it.each([
    [
      { status: 'SUCCESS', result: { a: [1] } },
      { state: 'SUCCESS', value: { a: [1] } },
    ],
    [
      { status: 'PROGRESS', result: { current: 1, total: 3 } },
      { state: 'PROGRESS', value: { current: 1, total: 3 } },
    ],
    [
      { status: 'STARTED', result: { pid: 1, hostname: 'w1' } },
      { state: 'STARTED', value: { pid: 1, hostname: 'w1' } },
    ],
    [
      {
        status: 'FAILURE',
        result: { exc_type: 'MyError', exc_message: [42, 'custom'], exc_module: 'proj' },
        traceback: 'Traceback …',
      },
      {
        state: 'FAILURE',
        error: { name: 'MyError', message: '42, custom', module: 'proj', stack: 'Traceback …' },
      },
    ],
    [
      {
        status: 'FAILURE',
        result: { exc_type: 'SoftTimeLimitExceeded', exc_message: [], exc_module: 'billiard.exceptions' },
      },
      {
        state: 'FAILURE',
        error: { name: 'SoftTimeLimitExceeded', message: '', module: 'billiard.exceptions' },
      },
    ],
    [
      {
        status: 'REVOKED',
        result: { exc_type: 'TaskRevokedError', exc_message: ['revoked'], exc_module: 'celery.exceptions' },
      },
      {
        state: 'REVOKED',
        error: { name: 'TaskRevokedError', message: 'revoked', module: 'celery.exceptions' },
      },
    ],
    [
      { status: 'RETRY', result: { exc_type: 'ValueError', exc_message: 'again', exc_module: 7 } },
      { state: 'RETRY', error: { name: 'ValueError', message: 'again', module: null } },
    ],
    [
      { status: 'FAILURE', result: 'odd' },
      { state: 'FAILURE', error: { name: 'Error', message: 'odd', module: null } },
    ],
    [
      { status: 'FAILURE', result: null },
      { state: 'FAILURE', error: { name: 'Error', message: '', module: null } },
    ],
  ])('is understood: %j', (answer, expected) => {
    expect(fromCelery({ task_id: ID, traceback: null, children: [], ...answer })).toEqual({
      taskId: ID,
      ...expected,
    })
  })

  it.each([[[]], [{}], [{ task_id: ID }], [{ task_id: 5, status: 'SUCCESS' }], ['SUCCESS'], [null]])(
    'is refused when it is none: %j',
    (body) => {
      expect(() => fromCelery(body as object)).toThrow(
        expect.objectContaining({ code: 'ERR_ENVELOPE_INVALID' }) as Error,
      )
    },
  )
})

describe('an answer from one of ours to another', () => {
  it('brings the error with its causes, the attempts and the worker', () => {
    const result: TaskResult = {
      taskId: ID,
      state: 'FAILURE',
      error: {
        name: 'Error',
        message: 'outer',
        module: null,
        stack: 'outer stack',
        cause: {
          name: 'TypeError',
          message: 'inner',
          module: 'app',
          cause: { name: 'X', message: '', module: null, stack: 's' },
        },
      },
      attempts: 3,
      worker: 'w1@host',
    }
    expect(decodeAnswer(encode(result, false), serializer)).toEqual(result)
  })

  it('reads a chain of causes only so far', () => {
    let cause: object = { exc_type: 'E0' }
    for (let level = 1; level < 40; level++) cause = { exc_type: `E${level}`, exc_cause: cause }
    let depth = 0
    for (
      let error = fromCelery({ task_id: ID, status: 'FAILURE', result: cause }).error;
      error;
      error = error.cause
    )
      depth++
    expect(depth).toBe(9)
  })
})

describe('the name of a reply queue', () => {
  it.each([
    [ID, true, false],
    [`taskalope.reply.${ID}`, true, true],
    [`test-1a2b.reply.${ID}`, true, true],
    ['amq.gen-JzTY20BRgKO-HjmUJj0wLg', true, false],
    ['celery', false, false],
    ['amq.rabbitmq.reply-to.g1h2AA', false, false],
    ['../x', false, false],
    ['taskalope.reply.', false, false],
    [`a b.reply.${ID}`, false, true],
    [`${ID}x`, false, false],
    ['', false, false],
  ])('is told from others: %s', (name, isReply, isOwn) => {
    expect([isReplyQueue(name), isOwnReplyQueue(name)]).toEqual([isReply, isOwn])
  })
})
