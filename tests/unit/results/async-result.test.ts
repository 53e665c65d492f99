/** What a caller's handle says and throws, against the real memory backend. */
import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { asyncResult } from '../../../src/results/async-result.js'
import { MemoryBackend, ResultStore, resultStoreFor } from '../../../src/results/memory-backend.js'

const codec = {
  encode: (value: unknown) => Buffer.from(JSON.stringify(value)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
}
const call = { id: 'an-id', taskName: 'add' }
const backends: MemoryBackend[] = []

function setUp(store?: ResultStore) {
  const backend = new MemoryBackend(codec, store)
  backends.push(backend)
  const handle = asyncResult<unknown>(call, backend.expect(call.id), backend)
  const store_ = (state: string, rest: object = {}) => backend.store({ taskId: call.id, state, ...rest })
  return { backend, handle, store: store_ }
}

afterEach(async () => void (await Promise.all(backends.splice(0).map((backend) => backend.close()))))

describe('get()', () => {
  it('gives what the task returned, whether it came before or after the question', async () => {
    const { handle, store } = setUp()
    const early = handle.get()

    await store('SUCCESS', { value: { sum: 5 } })

    await expect(early).resolves.toEqual({ sum: 5 })
    await expect(handle.get()).resolves.toEqual({ sum: 5 })
  })

  it('gives the same to two who wait', async () => {
    const { handle, store } = setUp()
    const both = Promise.all([handle.get(), handle.get()])

    await store('SUCCESS', { value: 7 })

    await expect(both).resolves.toEqual([7, 7])
  })

  it('throws what the remote side said, with its message in ours', async () => {
    const { handle, store } = setUp()
    const remote = { name: 'HttpError', message: 'upstream said 502', module: null, stack: 'HttpError: …' }

    await store('FAILURE', { error: remote, attempts: 3, worker: 'w@host:1' })

    await expect(handle.get()).rejects.toMatchObject({
      name: 'TaskFailedError',
      code: 'ERR_TASK_FAILED',
      message: 'Task "add" (id an-id) failed: HttpError: upstream said 502',
      attempts: 3,
      worker: 'w@host:1',
      remote,
    })
  })

  it('of a revoked task throws its own code', async () => {
    const { handle, store } = setUp()

    await store('REVOKED', { error: { name: 'TaskRevokedError', message: 'expired', module: null } })

    await expect(handle.get()).rejects.toMatchObject({ code: 'ERR_TASK_REVOKED' })
  })

  it('waits on while the task is tried again, and state() says so', async () => {
    const { handle, store } = setUp()
    const waiting = handle.get()

    await store('RETRY', { error: { name: 'HttpError', message: '502', module: null }, attempts: 1 })
    expect([await handle.state(), await handle.ready(), await handle.failed()]).toEqual([
      'RETRY',
      false,
      false,
    ])
    await store('SUCCESS', { value: 'well', attempts: 2 })

    expect(await waiting).toBe('well')
  })

  it('is not set back by an attempt that was delivered twice and is tried again after the success', async () => {
    const { handle, store } = setUp()
    await store('SUCCESS', { value: 'well' })

    await store('RETRY', { error: { name: 'HttpError', message: '502', module: null } })

    expect([await handle.state(), await handle.get()]).toEqual(['SUCCESS', 'well'])
  })

  it('ends after its timeout, naming the task and saying that it may go on', async () => {
    const { handle, store } = setUp()

    await expect(handle.get({ timeout: 5 })).rejects.toMatchObject({
      code: 'ERR_RESULT_TIMEOUT',
      message: expect.stringMatching(/"add" \(id an-id\) after 5 ms\. The task may still be running/),
    })

    await store('SUCCESS', { value: 1 })
    await expect(handle.get()).resolves.toBe(1)
  })

  it('refuses a timeout that is no duration', async () => {
    await expect(setUp().handle.get({ timeout: -1 })).rejects.toMatchObject({ code: 'ERR_DELAY_INVALID' })
  })

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const waiting = setUp().handle.get({ signal: controller.signal })

    controller.abort(new Error('the client went away'))

    await expect(waiting).rejects.toThrow('the client went away')
  })

  it('ends when the app is closed', async () => {
    const { handle, backend } = setUp()
    const waiting = handle.get()

    await backend.close()

    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  })

  it('does not begin to wait when the app is closed already, whichever handle asks', async () => {
    const { handle, backend, store } = setUp()
    await backend.close()

    await expect(handle.get()).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
    const other = asyncResult(call, backend.expect('another'), backend)
    await expect(other.get({ timeout: '1h' })).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' })
    for await (const _ of other.progress);
    await store('SUCCESS', { value: 1 })
    expect(await handle.state()).toBe('PENDING')
  })

  it('gives what came before the app was closed', async () => {
    const { handle, backend, store } = setUp()
    await store('SUCCESS', { value: 1 })
    await backend.close()

    expect(await handle.get()).toBe(1)
  })

  it.each<[string, unknown, string]>([
    ['null', null, 'ERR_OPTION_INVALID'],
    ['a bare number', 5000, 'ERR_OPTION_INVALID'],
    ['an unknown option', { timeoutMs: 5 }, 'ERR_OPTION_UNKNOWN'],
    ['a controller for a signal', { signal: new AbortController() }, 'ERR_OPTION_INVALID'],
    ['a signal that is null', { signal: null }, 'ERR_OPTION_INVALID'],
    ['a timeout that is null', { timeout: null }, 'ERR_DELAY_INVALID'],
  ])('refuses %s, and does not say that nothing was sent', async (_what, options, code) => {
    const rejection = await setUp()
      .handle.get(options as never)
      .catch((error: unknown) => error)

    expect(rejection).toMatchObject({
      name: 'PayloadError',
      code,
      message: expect.not.stringMatching(/sent/),
    })
  })

  it('leaves nothing with the signal and nobody waiting once it has ended', async () => {
    const { signal } = new AbortController()
    const { handle, store } = setUp()
    const waiting = handle.get({ signal, timeout: '1h' })
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)

    await store('SUCCESS', { value: 1 })
    await waiting

    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('rejects with an Error whatever the signal was aborted with, and at once where it was before', async () => {
    const { handle } = setUp()

    await expect(handle.get({ signal: AbortSignal.abort('enough') })).rejects.toMatchObject({
      name: 'Error',
      cause: 'enough',
    })
  })

  it('says so when the call ignores its result, and when the app keeps none', async () => {
    const { backend } = setUp()

    await expect(asyncResult(call, undefined, backend).get()).rejects.toThrow(/sent with ignoreResult/)
    await expect(asyncResult(call, undefined, undefined).get()).rejects.toMatchObject({
      code: 'ERR_NO_BACKEND',
      message: expect.stringMatching(/keeps no results/),
    })
  })
})

describe('state()', () => {
  it("goes from PENDING over the task's own words to how it ended, and never back", async () => {
    const { handle, store } = setUp()
    expect(await handle.state()).toBe('PENDING')

    await store('PROGRESS', { value: { fraction: 0.5 } })
    expect([await handle.state(), await handle.ready()]).toEqual(['PROGRESS', false])

    await store('SUCCESS', { value: 1 })
    await store('PROGRESS', { value: { fraction: 0.9 } })
    expect([
      await handle.state(),
      await handle.ready(),
      await handle.successful(),
      await handle.failed(),
    ]).toEqual(['SUCCESS', true, true, false])
  })
})

describe('progress', () => {
  it('tells each step in order and ends with the task', async () => {
    const { handle, store } = setUp()
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const step of handle.progress) seen.push(step)
    })()

    await store('PROGRESS', { value: { fraction: 0.2 } })
    await store('PROGRESS', { value: { fraction: 0.8, meta: 'nearly' } })
    await store('SUCCESS', { value: null })
    await watching

    expect(seen).toEqual([{ fraction: 0.2 }, { fraction: 0.8, meta: 'nearly' }])
  })

  it('ends when the app is closed', async () => {
    const { handle, backend } = setUp()
    const watching = (async () => {
      for await (const _ of handle.progress);
    })()

    await backend.close()

    await expect(watching).resolves.toBeUndefined()
  })
})

describe('what is kept', () => {
  it('crosses by value', async () => {
    const { handle, store } = setUp()
    const value = { list: [1] }

    await store('SUCCESS', { value })
    value.list.push(2)

    expect(await handle.get()).toEqual({ list: [1] })
  })

  it('is there for a handle made later, and gone once forgotten', async () => {
    const { backend, handle, store } = setUp()
    await store('SUCCESS', { value: 1 })

    expect(await asyncResult(call, backend.expect(call.id), backend).get()).toBe(1)
    await handle.forget()
    expect(await asyncResult(call, backend.expect(call.id), backend).state()).toBe('PENDING')
  })

  it('is shared by the apps of one named broker, and only by them', async () => {
    const one = setUp(resultStoreFor({ url: 'memory://shared-results' }))
    const other = setUp(resultStoreFor({ url: 'memory://shared-results' }))
    const stranger = setUp()

    await one.store('SUCCESS', { value: 1 })

    expect(await other.handle.state()).toBe('SUCCESS')
    expect(await stranger.handle.state()).toBe('PENDING')
  })
})
