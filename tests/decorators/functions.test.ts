/** Functions as tasks: every way of writing them, and that they still are functions. */
import { describe, expect, it } from 'vitest'
import { Registry, Task, task, taskOf, type TaskContext } from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'

describe('task() on a function', () => {
  it('takes a name and a function', () => {
    const add = task('functions.add', (a: number, b: number) => a + b)

    expect(add.taskName).toBe('functions.add')
    expect(processRegistry().get('functions.add')).toMatchObject({ name: 'functions.add', kind: 'function' })
  })

  it('takes a named function expression, whose name is the task’s', () => {
    const named = task(async function functionsNamed(a: number) {
      return a
    })

    expect(named.taskName).toBe('functionsNamed')
  })

  it('takes a function that has its name from a variable', () => {
    const functionsOfVariable = (a: number) => a

    expect(task(functionsOfVariable).taskName).toBe('functionsOfVariable')
  })

  it('takes options and a function, at once or one after the other', () => {
    const at = task({ name: 'functions.at-once', queue: 'q1' }, () => 1)
    const after = task({ name: 'functions.after', queue: 'q2' })(() => 1)
    const byName = task('functions.by-name')(() => 1)

    expect(queueOf(at.taskName)).toBe('q1')
    expect(queueOf(after.taskName)).toBe('q2')
    expect(byName.taskName).toBe('functions.by-name')
  })

  it('keeps every option in the definition, and fills in the defaults of the others', () => {
    const onFailure = () => {}
    task({ name: 'functions.defaults' }, () => 1)
    task(
      {
        name: 'functions.options',
        ...{ queue: 'q', priority: 9, expires: '1h', ignoreResult: true, deadLetter: false, onFailure },
      },
      () => 1,
    )

    expect(processRegistry().get('functions.defaults')).toMatchObject({
      ...{ queue: undefined, priority: undefined, expires: undefined, ignoreResult: false, deadLetter: true },
      ...{ hooks: {}, params: undefined, arity: { min: undefined, max: undefined } },
    })
    expect(processRegistry().get('functions.options')).toMatchObject({
      ...{ queue: 'q', priority: 9, expires: '1h', ignoreResult: true, deadLetter: false },
      hooks: { onFailure },
    })
  })

  it('freezes the definition, and gives the same one every time', () => {
    task('functions.frozen', () => 1)

    const definition = processRegistry().get('functions.frozen')

    expect(Object.isFrozen(definition)).toBe(true)
    expect(processRegistry().get('functions.frozen')).toBe(definition)
  })

  it('does not take notice of changes to the options afterwards', () => {
    const params = [String]
    const options = { name: 'functions.changed', queue: 'before', params }
    task(options, () => 1)

    options.queue = 'after'
    params.push(String)

    expect(processRegistry().get('functions.changed')).toMatchObject({ queue: 'before', arity: { max: 1 } })
  })

  it('leaves options that are undefined at their defaults', () => {
    task({ name: 'functions.undefined', queue: undefined as unknown as string }, () => 1)

    expect(processRegistry().get('functions.undefined')).toMatchObject({ queue: undefined, deadLetter: true })
  })
})

describe('a function that is a task', () => {
  it('still is the function when it is called', async () => {
    const add = task('functions.local', async (a: number, b = 10) => a + b)

    expect(await add(1, 2)).toBe(3)
    expect(await add(1)).toBe(11)
    expect(add.call(undefined, 1, 2)).toBeInstanceOf(Promise)
    expect(await add.bind(undefined, 1)(4)).toBe(5)
  })

  it('throws what the function throws, there and then', () => {
    const broken = task('functions.broken', () => {
      throw new RangeError('no')
    })

    expect(() => broken()).toThrow(new RangeError('no'))
  })

  it('keeps the name and the length of the function', () => {
    const add = task('functions.add-named', function add(a: number, b: number) {
      return a + b
    })

    expect(add.name).toBe('add')
    expect(add.length).toBe(2)
    expect(task('functions.arrow', (a: number) => a).name).toBe('functions.arrow')
  })

  it('gives `this` a context of its own when it is called where it stands', async () => {
    const who = task('functions.who', async function (this: TaskContext, value: number) {
      await this.progress(0.5)
      this.log.info({}, 'nobody hears this')
      return { id: this.id, taskName: this.taskName, args: this.args, aborted: this.signal.aborted, value }
    })

    expect(await who(7)).toEqual({
      id: 'local',
      taskName: 'functions.who',
      args: [7],
      aborted: false,
      value: 7,
    })
  })

  it('has no member that a function has by itself, and is no promise', () => {
    const add = task('functions.members', () => 1)

    expect(Object.keys(add).sort()).toEqual(['Task', 'applyAsync', 'delay', 'delayMany', 's', 'taskName'])
    expect('then' in add).toBe(false)
  })

  it('may run under several names', () => {
    const code = (a: number) => a
    const first = task('functions.first', code)
    const second = task('functions.second', code)
    const third = task('functions.third', first)

    expect([first, second, third].map(({ taskName }) => taskName)).toEqual([
      'functions.first',
      'functions.second',
      'functions.third',
    ])
    expect(third(5)).toBe(5)
  })
})

describe('the class behind a function task', () => {
  it('is a Task whose run() is the function, and the same task', async () => {
    const add = task('functions.behind', async (a: number, b: number) => a + b)

    expect(new add.Task()).toBeInstanceOf(Task)
    expect(await new add.Task().run(1, 2)).toBe(3)
    expect(add.Task.taskName).toBe('functions.behind')
    expect(taskOf(add.Task).taskName).toBe('functions.behind')
    expect(processRegistry().get('functions.behind')?.target).toEqual({
      cls: add.Task,
      key: 'run',
      isStatic: false,
    })
    expect(new Registry().add(add.Task).names()).toEqual(['functions.behind'])
  })

  it('can be extended to another task under another name', async () => {
    const add = task('functions.base', async (a: number, b: number) => a + b)

    @task('functions.logged')
    class Logged extends add.Task {
      override async run(a: number, b: number): Promise<number> {
        return (await super.run(a, b)) * 10
      }
    }

    expect(Logged.taskName).toBe('functions.logged')
    expect(await new Logged().run(1, 2)).toBe(30)
    expect(add.Task.taskName).toBe('functions.base')
  })

  it('is no task under its own name when it is extended without @task', async () => {
    const add = task('functions.not-inherited', async (a: number, b: number) => a + b)
    class Plain extends add.Task {}

    await expect(Plain.delay(1, 2)).rejects.toMatchObject({
      code: 'ERR_TASK_TARGET',
      message: expect.stringContaining('"Plain" is no task: it extends the task "functions.not-inherited"'),
    })
  })
})

function queueOf(name: string): string | undefined {
  return processRegistry().get(name)?.queue
}
