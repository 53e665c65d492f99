/** What a handle does with a call: a signature goes to the current app, and nothing is ever thrown synchronously. */
import { describe, expect, it } from 'vitest'
import { task } from '../../../src/decorators/index.js'
import { isTaskalopeError, PayloadError } from '../../../src/kernel/errors.js'
import { processRegistry } from '../../../src/registry/registry.js'
import type { AsyncResult } from '../../../src/results/async-result.js'
import { runWithApp, type SendManyOptions, type Sender } from '../../../src/task/current-app.js'
import { sendTask } from '../../../src/task/send-task.js'
import type { Signature } from '../../../src/task/signature.js'
import { Task } from '../../../src/task/task.js'
import { tasks } from '../../../src/task/tasks-of.js'

/** An app that keeps what it is asked to send, and answers with what it was asked. */
class Notebook implements Sender {
  readonly sent: Signature[] = []
  readonly many: (SendManyOptions | undefined)[] = []

  async send<T>(signature: Signature<readonly unknown[], T>): Promise<AsyncResult<T>> {
    this.sent.push(signature)
    return { id: '1', taskName: signature.taskName } as AsyncResult<T>
  }

  async sendMany<T>(signatures: readonly Signature<readonly unknown[], T>[], options?: SendManyOptions) {
    this.many.push(options)
    return Promise.all(signatures.map((signature) => this.send(signature)))
  }
}

const add = task('handle.add', (a: number, b: number) => a + b)
const Image = task({ name: 'handle.image' })(
  class extends Task {
    run(url: string, width?: number): unknown {
      return [url, width]
    }
  },
)
class Emails {
  @task('handle.welcome') welcome(to: string): string {
    return to
  }
}
const { welcome } = tasks(Emails)

/** The calls that `body` makes. */
async function callsOf(body: () => Promise<unknown>): Promise<Signature[]> {
  const app = new Notebook()
  await runWithApp(app, body)
  return app.sent
}

describe('delay()', () => {
  it('hands a signature with the arguments and the definition to the current app', async () => {
    const [call] = await callsOf(() => add.delay(1, 2))

    expect(call).toEqual({
      ...{ taskName: 'handle.add', args: [1, 2], kwargs: {}, options: {} },
      definition: processRegistry().get('handle.add'),
    })
    expect(Object.isFrozen(call)).toBe(true)
  })

  it('is the same on functions, classes, instances and methods', async () => {
    const calls = await callsOf(async () => {
      await add.delay(1, 2)
      await add.Task.delay(1, 2)
      await Image.delay('u')
      await new Image().delay('u', 5)
      await welcome.delay('a')
    })

    expect(calls.map(({ taskName, args }) => [taskName, args])).toEqual([
      ['handle.add', [1, 2]],
      ['handle.add', [1, 2]],
      ['handle.image', ['u']],
      ['handle.image', ['u', 5]],
      ['handle.welcome', ['a']],
    ])
  })

  it('works when it is taken off its handle', async () => {
    const [calls] = [add.delay, welcome.delay, Image.delay as (url: string) => Promise<unknown>].map(
      (delay) => callsOf(() => (delay as (...args: unknown[]) => Promise<unknown>)('x')),
    )

    expect((await calls)?.[0]?.args).toEqual(['x'])
    expect(
      await callsOf(() => [3, 4].reduce((_, n) => welcome.delay(String(n)), Promise.resolve<unknown>(0))),
    ).toHaveLength(2)
  })

  it('hands the arguments over before it returns', () => {
    const app = new Notebook()
    const args: [number, number] = [1, 2]

    const sending = runWithApp(app, () => add.delay(...args))

    expect(app.sent.map((call) => call.args)).toEqual([[1, 2]])
    return sending
  })

  it('rejects, and does not throw, when there is no app, or the app throws', async () => {
    const refusing: Sender = {
      send: () => {
        throw new PayloadError('ERR_VALUE_UNSENDABLE', 'No.')
      },
      sendMany: () => {
        throw new PayloadError('ERR_VALUE_UNSENDABLE', 'No.')
      },
    }
    const calls: readonly (() => Promise<unknown>)[] = [
      () => add.delay(1, 2),
      () => add.applyAsync([1, 2]),
      () => add.delayMany([[1, 2]]),
      () => Image.delay('u'),
      () => new Image().delay('u'),
      () => sendTask('x'),
    ]

    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_NO_APP' })
      await expect(runWithApp(refusing, call)).rejects.toMatchObject({ code: 'ERR_VALUE_UNSENDABLE' })
    }
  })
})

describe('applyAsync()', () => {
  it('hands the options over', async () => {
    const options = { queue: 'fast', priority: 5, taskId: 'x' }

    const calls = await callsOf(async () => {
      await add.applyAsync([1, 2], options)
      await Image.applyAsync(['u'], options)
      await welcome.applyAsync(['a'])
    })

    expect(calls.map((call) => [call.args, call.options])).toEqual([
      [[1, 2], options],
      [['u'], options],
      [['a'], {}],
    ])
  })

  it('rejects arguments that are no list', async () => {
    for (const handle of [add, Image, welcome]) {
      const loose = handle as unknown as { applyAsync(args: unknown): Promise<unknown> }
      for (const args of [undefined, null, 5, 'ab', { 0: 1 }]) {
        await expect(callsOf(() => loose.applyAsync(args))).rejects.toSatisfy((error) =>
          isTaskalopeError(error, 'ERR_ARGUMENTS'),
        )
      }
    }
  })
})

describe('s()', () => {
  it('is the call as a value, and sends nothing', async () => {
    const calls = await callsOf(async () => {
      expect(add.s(1, 2)).toMatchObject({ taskName: 'handle.add', args: [1, 2] })
      expect(Image.s('u')).toMatchObject({ taskName: 'handle.image', args: ['u'] })
      expect(welcome.s('a')).toMatchObject({ taskName: 'handle.welcome', args: ['a'] })
    })

    expect(calls).toEqual([])
  })
})

describe('delayMany()', () => {
  it('hands all calls over at once, with the options', async () => {
    const app = new Notebook()
    const options = { onProgress: () => {} }

    const results = await runWithApp(app, () => add.delayMany([[1, 2], [3, 4]], options)) // prettier-ignore
    await runWithApp(app, () => Image.delayMany([['u']]))

    expect(results).toHaveLength(2)
    expect(app.sent.map(({ args }) => args)).toEqual([[1, 2], [3, 4], ['u']]) // prettier-ignore
    expect(app.many).toEqual([options, undefined])
  })

  it('rejects what is no list of lists, and sends nothing', async () => {
    const app = new Notebook()
    const loose = add as unknown as { delayMany(calls: unknown): Promise<unknown> }

    for (const calls of [undefined, 5, [1, 2], [[1, 2], null]]) {
      await expect(runWithApp(app, () => loose.delayMany(calls))).rejects.toMatchObject({
        code: 'ERR_ARGUMENTS',
      })
    }
    expect(app.sent).toEqual([])
  })
})

describe('a handle', () => {
  it('can have its delay() replaced, as tests do', async () => {
    const { delay } = welcome
    welcome.delay = () => Promise.reject(new Error('replaced'))

    await expect(tasks(Emails).welcome.delay('a')).rejects.toThrow('replaced')

    welcome.delay = delay
  })
})

describe('sendTask()', () => {
  it('hands over a call of a task that nobody here knows', async () => {
    const [call] = await callsOf(() => sendTask('py.add', [2, 3], { kwargs: { c: 4 }, queue: 'celery' }))

    expect(call).toEqual({
      ...{ taskName: 'py.add', args: [2, 3], kwargs: { c: 4 } },
      ...{ options: { queue: 'celery' }, definition: undefined },
    })
  })

  it('takes no definition from a task of that name that is known here', async () => {
    const [call] = await callsOf(() => sendTask('handle.add'))

    expect(call).toMatchObject({ args: [], kwargs: {}, definition: undefined })
  })

  it.each([undefined, '', 5, 'line\nbreak', 'ü'.repeat(128)])('rejects %s as a name', async (name) => {
    await expect(callsOf(() => sendTask(name as string))).rejects.toMatchObject({ code: 'ERR_TASK_NAME' })
  })

  it('takes names as other languages have them', async () => {
    expect(await callsOf(() => sendTask('proj.tasks: größe (v2)'))).toHaveLength(1)
  })

  it('rejects arguments that are no list', async () => {
    await expect(callsOf(() => sendTask('x', 5 as unknown as []))).rejects.toMatchObject({
      code: 'ERR_ARGUMENTS',
    })
  })
})
