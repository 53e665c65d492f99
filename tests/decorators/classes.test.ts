/** Classes as tasks: every way of writing them, what is attached to them, and what subclasses are. */
import { describe, expect, it } from 'vitest'
import { Registry, Task, task, taskOf } from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'

describe('@task on a class', () => {
  it('takes no parentheses, empty ones, a name, or options', () => {
    @task
    class ClassesBare extends Task {
      run(): void {}
    }
    @task()
    class ClassesEmpty extends Task {
      run(): void {}
    }
    @task('classes.named')
    class Named extends Task {
      run(): void {}
    }
    @task({ name: 'classes.options', queue: 'q', priority: 3 })
    class WithOptions extends Task {
      run(): void {}
    }

    expect([ClassesBare, ClassesEmpty, Named, WithOptions].map((cls) => cls.taskName)).toEqual([
      'ClassesBare',
      'ClassesEmpty',
      'classes.named',
      'classes.options',
    ])
    expect(processRegistry().get('classes.options')).toMatchObject({
      ...{ kind: 'class', queue: 'q', priority: 3 },
      target: { cls: WithOptions, key: 'run', isStatic: false },
    })
  })

  it('works as a function call too', () => {
    class Plain {
      run(a: number): number {
        return a
      }
    }

    const made = task({ name: 'classes.called' })(Plain)
    const anonymous = task({ name: 'classes.anonymous' })(
      class {
        run(): void {}
      },
    )

    expect(made).toBe(Plain)
    expect(made.taskName).toBe('classes.called')
    expect(anonymous.taskName).toBe('classes.anonymous')
  })

  it('leaves the class what it is: the same value, its own name, instances of itself', () => {
    let seen: unknown
    const remember = (cls: unknown): void => void (seen = cls)

    @task('classes.same')
    @remember
    class Same {
      static self = (): unknown => Same
      run(): void {}
    }

    expect(seen).toBe(Same)
    expect(Same.self()).toBe(Same)
    expect(Same.name).toBe('Same')
    expect(new Same()).toBeInstanceOf(Same)
  })

  it('attaches the handle to a class that does not extend Task, out of sight', () => {
    @task('classes.no-base')
    class NoBase {
      run(a: number): number {
        return a
      }
    }

    expect(taskOf(NoBase).taskName).toBe('classes.no-base')
    expect('delay' in NoBase).toBe(true)
    expect(Object.keys(NoBase)).toEqual([])
  })

  it('lets constructors take what they want', () => {
    @task('classes.dependencies')
    class WithDependencies extends Task {
      constructor(readonly dependency: Map<string, string>) {
        super()
      }
      run(key: string): string | undefined {
        return this.dependency.get(key)
      }
    }

    expect(new WithDependencies(new Map([['a', 'b']])).run('a')).toBe('b')
  })

  it('accepts a run() that is inherited', () => {
    class Base<A> extends Task {
      run(a: A): A {
        return a
      }
    }
    @task('classes.inherited-run')
    class Concrete extends Base<string> {}

    expect(Concrete.taskName).toBe('classes.inherited-run')
  })
})

describe('a subclass of a task class', () => {
  @task({ name: 'classes.parent', queue: 'parents' })
  class Parent extends Task {
    run(a: number): number {
      return a
    }
  }

  it('is a task of its own with @task on it, and takes no options over', () => {
    @task('classes.child')
    class Child extends Parent {}

    expect(Child.taskName).toBe('classes.child')
    expect(Parent.taskName).toBe('classes.parent')
    expect(processRegistry().get('classes.child')).toMatchObject({ queue: undefined, target: { cls: Child } })
  })

  it('is no task without, and says whose subclass it is', async () => {
    class Orphan extends Parent {}
    class Grandchild extends Orphan {}

    for (const cls of [Orphan, Grandchild]) {
      const refusal = {
        code: 'ERR_TASK_TARGET',
        message: `"${cls.name}" is no task: it extends the task "classes.parent", and a subclass is a task of its own. Put @task() on it too.`,
      }
      await expect(cls.delay(1)).rejects.toMatchObject(refusal)
      await expect(cls.applyAsync([1])).rejects.toMatchObject(refusal)
      await expect(cls.delayMany([[1]])).rejects.toMatchObject(refusal)
      await expect(new cls().delay(1)).rejects.toMatchObject(refusal)
      expect(() => cls.s(1)).toThrow(expect.objectContaining(refusal))
      expect(() => cls.taskName).toThrow(expect.objectContaining(refusal))
      expect(() => taskOf(cls)).toThrow(expect.objectContaining(refusal))
      expect(() => new Registry().add(cls)).toThrow(expect.objectContaining({ code: 'ERR_TASK_TARGET' }))
    }
  })

  it('of a class that does not extend Task is no task either', async () => {
    const Base = task({ name: 'classes.plain-parent' })(
      class {
        run(a: number): number {
          return a
        }
      },
    )
    class Sub extends Base {}

    await expect(Sub.delay(1)).rejects.toThrow('"Sub" is no task: it extends the task "classes.plain-parent"')
  })
})

describe('an undecorated class', () => {
  it('is no task', async () => {
    class Undecorated extends Task {
      run(): void {}
    }

    await expect(Undecorated.delay()).rejects.toMatchObject({
      code: 'ERR_TASK_TARGET',
      message:
        '"Undecorated" is no task. Put @task() on the class, or use tasks() if its methods are the tasks.',
    })
  })

  it('that a circular import left undefined is told so', () => {
    expect(() => taskOf(undefined as unknown as typeof Task)).toThrow(
      'A task class was expected, and what was given is of type undefined. A circular import leaves a class undefined while modules load.',
    )
  })
})

describe('outside of an attempt', () => {
  it('the context of a class task says that there is none', async () => {
    @task('classes.outside')
    class Outside extends Task {
      run(): void {}
    }
    const instance = new Outside()
    const refusal = {
      code: 'ERR_TASK_TARGET',
      message: expect.stringContaining('of Outside was asked for outside of a task'),
    }

    for (const member of ['request', 'signal', 'log'] as const) {
      expect(() => instance[member]).toThrow(expect.objectContaining(refusal))
    }
    await expect(instance.progress(0.5)).rejects.toMatchObject(refusal)
  })
})
