/** Declared tasks on their whole way, over the embedded broker: sent, run, answered. */
import { describe, expect, it } from 'vitest'
import {
  currentTask,
  listOf,
  optional,
  Registry,
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

const options = { broker: 'memory://', logger: silentLogger }

function app(): Taskalope {
  const registry = new Registry().add(add, who, resize, Logged, Image, NoBase, Emails, Newsletters)
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
