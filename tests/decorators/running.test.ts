/** Declared tasks on their whole way, over the embedded broker: sent, run, answered. */
import { describe, expect, it } from 'vitest'
import {
  combineRetries,
  createRetry,
  currentTask,
  listOf,
  optional,
  Registry,
  retry,
  silentLogger,
  Taskalope,
  Task,
  task,
  taskOf,
  tasks,
  type TaskContext,
} from 'taskalope'
import { tracked } from '../support/tracked.js'

const add = task('running.add', async (a: number, b: number) => a + b)
const who = task('running.who', async function (this: TaskContext, value: string) {
  return { value, id: this.id, same: currentTask()?.id === this.id }
})
const resize = task(
  { name: 'running.params', params: [String, optional(listOf(Number))] },
  (url, sizes = []) => [url, ...sizes].length,
)

@task('running.logged')
class Logged extends add.Task {
  override async run(a: number, b: number): Promise<number> {
    return (await super.run(a, b)) + 100
  }
}

@task('running.image')
class Image extends Task {
  private readonly width = 7
  async run(url: string): Promise<{ url: string; width: number; task: string }> {
    await this.progress(0.5)
    return { url, width: this.width, task: this.request.taskName }
  }
}

@task('running.no-base')
class NoBase {
  run(at: Date): Date {
    return new Date(at.getTime() + 1)
  }
}

class Emails {
  constructor(private readonly from = 'nobody') {}
  @task() async welcome(to: string): Promise<string> {
    return `${this.from} to ${to}`
  }
  @task() static sweep(days: number): number {
    return days * 2
  }
}
class Newsletters extends Emails {
  constructor() {
    super('the editors')
  }
}
tasks(Emails)
tasks(Newsletters)

class Busy extends Error {}
class Gone extends Error {}
/** Throws what it is told to in its first runs, one after the other. */
function failing(attempt: number, errors: readonly (new (message: string) => Error)[]): string {
  const next = errors[attempt - 1]
  if (next) throw new next(next.name)
  return `run ${attempt}`
}
const seen: unknown[] = []
const atOnce = combineRetries(
  createRetry({ on: Busy, max: 2, delay: 0 }),
  createRetry({
    key: ({ args }) => `for ${String(args[0])}`,
    on: Gone,
    max: 1,
    delay: ({ request, retry: number }) => {
      seen.push([request.id === currentTask()?.id, request.attempt, number])
      return 0
    },
  }),
)
const flaky = atOnce(
  task('running.flaky', async function (this: TaskContext, _who: string) {
    return failing(this.attempt, [Busy, Gone, Busy])
  }),
)

@atOnce
@task('running.flaky-class')
class FlakyClass extends Task {
  run(_who: string): string {
    return failing(this.request.attempt, [Gone, Busy])
  }
}

class FlakyMethods {
  @task() @atOnce async send(_who: string): Promise<string> {
    return failing(currentTask()?.attempt ?? 0, [Gone, Gone])
  }
  @retry({ delay: 0 }) @task({ maxRuns: 2 }) static sweep(): string {
    return failing(currentTask()?.attempt ?? 0, [Busy, Busy, Busy])
  }
}
tasks(FlakyMethods)

const options = { broker: 'memory://', logger: silentLogger }

function app(): Taskalope {
  const registry = new Registry().add(add, who, resize, Logged, Image, NoBase, Emails, Newsletters)
  registry.add(flaky, FlakyClass, FlakyMethods)
  return tracked(new Taskalope({ ...options, registry }))
}

/** What comes of a call made in an app of its own. */
async function resultOf<T>(
  call: () => Promise<{ get(options: { timeout: '10s' }): Promise<T> }>,
): Promise<T> {
  const result = await app().run(call)
  return result.get({ timeout: '10s' })
}

describe('a declared task', () => {
  it('runs as a function, with its context as `this`', async () => {
    expect(await resultOf(() => add.delay(1, 2))).toBe(3)
    expect(await resultOf(() => add.Task.delay(1, 2))).toBe(3)
    expect(await resultOf(() => who.applyAsync(['x'], { taskId: 'the-id' }))).toEqual({
      ...{ value: 'x', id: 'the-id', same: true },
    })
  })

  it('runs as a class made of a function’s class', async () => {
    expect(await resultOf(() => Logged.delay(1, 2))).toBe(103)
  })

  it('runs as a class, with a new instance that knows its attempt', async () => {
    expect(await resultOf(() => Image.delay('u'))).toEqual({ url: 'u', width: 7, task: 'running.image' })
    expect(await resultOf(() => new Image().delay('u'))).toMatchObject({ url: 'u' })
    expect(await resultOf(() => taskOf(NoBase).delay(new Date(1)))).toEqual(new Date(2))
  })

  it('runs as a method of its class, or of the subclass that was asked', async () => {
    expect(await resultOf(() => tasks(Emails).welcome.delay('ada'))).toBe('nobody to ada')
    expect(await resultOf(() => tasks(Newsletters).welcome.delay('ada'))).toBe('the editors to ada')
    expect(await resultOf(() => tasks(Emails).sweep.delay(2))).toBe(4)
    expect(await resultOf(() => tasks(Newsletters).sweep.delay(3))).toBe(6)
  })

  it('takes the number of arguments that `params` says, and is not sent with another', async () => {
    const loose = resize as unknown as { delay(...args: unknown[]): Promise<never> }

    expect(await resultOf(() => resize.delay('u', [1, 2]))).toBe(3)
    expect(await resultOf(() => resize.delay('u'))).toBe(1)
    expect(await resultOf(() => loose.delay('u', undefined, undefined))).toBe(1)
    await expect(resultOf(() => loose.delay())).rejects.toMatchObject({
      code: 'ERR_ARGUMENTS',
      message:
        'Arguments of "running.params" do not match: none was given, and it takes at least 1. Nothing was sent.',
    })
    await expect(resultOf(() => loose.delay('u', [], 3))).rejects.toThrow(
      '3 were given, and it takes at most 2',
    )
  })
})

describe('a task that is tried again', () => {
  it('runs until it returns, as a function and as a class, each policy counting its own', async () => {
    expect(await resultOf(() => flaky.delay('ada'))).toBe('run 4')
    expect(await resultOf(() => FlakyClass.delay('ada'))).toBe('run 3')
  })

  it('fails with its last error when the budget of the policy that matches is used up', async () => {
    await expect(resultOf(() => tasks(FlakyMethods).send.delay('ada'))).rejects.toMatchObject({
      ...{ code: 'ERR_TASK_FAILED', attempts: 2, remote: { message: 'Gone' } },
    })
  })

  it('fails after `maxRuns` runs, whatever its policies allow', async () => {
    await expect(resultOf(() => tasks(FlakyMethods).sweep.delay())).rejects.toMatchObject({
      ...{ code: 'ERR_TASK_FAILED', attempts: 2, remote: { message: 'Busy' } },
    })
  })

  it('has its policies asked as part of the attempt that failed', async () => {
    seen.length = 0

    await resultOf(() => flaky.delay('ada'))

    expect(seen).toEqual([[true, 2, 1]])
  })
})
