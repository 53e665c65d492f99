/** Methods as tasks: instance and static ones, how they are reached, and what subclasses inherit. */
import { describe, expect, it } from 'vitest'
import { Registry, Task, task, tasks } from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'

describe('@task on methods', () => {
  class Emails {
    plain = 1
    @task async bare(to: string): Promise<string> {
      return to
    }
    @task() async empty(to: string): Promise<string> {
      return to
    }
    @task('methods.named') async named(to: string): Promise<string> {
      return to
    }
    @task({ name: 'methods.options', queue: 'mail' }) async options(to: string): Promise<string> {
      return to
    }
    @task static sweep(days: number): number {
      return days
    }
    @task({ queue: 'mail' }) static async purge(days: number): Promise<number> {
      return days
    }
    undecorated(): void {}
    static undecoratedToo(): void {}
  }
  const emails = tasks(Emails)

  it('takes no parentheses, empty ones, a name, or options', () => {
    expect(emails.bare.taskName).toBe('Emails.bare')
    expect(emails.empty.taskName).toBe('Emails.empty')
    expect(emails.named.taskName).toBe('methods.named')
    expect(emails.options.taskName).toBe('methods.options')
    expect(processRegistry().get('methods.options')).toMatchObject({
      ...{ kind: 'method', queue: 'mail' },
      target: { cls: Emails, key: 'options', isStatic: false },
    })
  })

  it('works on static methods', () => {
    expect(emails.sweep.taskName).toBe('Emails.sweep')
    expect(processRegistry().get('Emails.purge')).toMatchObject({
      queue: 'mail',
      target: { cls: Emails, key: 'purge', isStatic: true },
    })
  })

  it('leaves the methods what they are', async () => {
    expect(await new Emails().bare('a')).toBe('a')
    expect(Emails.sweep(3)).toBe(3)
  })

  it('gives the same handles every time, and nothing to wait for', () => {
    expect(tasks(Emails)).toBe(emails)
    expect(tasks(Emails).bare).toBe(emails.bare)
    expect('then' in emails).toBe(false)
    expect(Object.keys(emails).sort()).toEqual(['bare', 'empty', 'named', 'options', 'purge', 'sweep'])
  })

  it('refuses to hand out a method that is no task', () => {
    expect(() => emails.undecorated).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message: '"Emails.undecorated" is no task. Put @task() on the method.',
      }),
    )
    expect(() => emails.undecoratedToo).toThrow('"Emails.undecoratedToo" is no task.')
  })

  it('is added to a registry with its class, static methods included', () => {
    expect(new Registry().add(Emails).names()).toEqual([
      'Emails.bare',
      'Emails.empty',
      'Emails.purge',
      'Emails.sweep',
      'methods.named',
      'methods.options',
    ])
  })
})

describe('a class that is a task and has task methods', () => {
  @task('methods.both')
  class Both extends Task {
    run(): void {}
    @task('methods.both.cleanup') cleanup(): void {}
  }

  it('has both kinds, registered as soon as it is declared', () => {
    expect(processRegistry().has('methods.both.cleanup')).toBe(true)
    expect(Both.taskName).toBe('methods.both')
    expect(tasks(Both).cleanup.taskName).toBe('methods.both.cleanup')
    expect(new Registry().add(Both).names()).toEqual(['methods.both', 'methods.both.cleanup'])
  })

  it('does not hand out run() as a method', () => {
    expect(() => tasks(Both).run).toThrow('"Both.run" is no task. Put @task() on the method.')
  })
})

describe('a static and an instance method of one name', () => {
  class Twins {
    @task('methods.twins.instance') go(a: string): string {
      return a
    }
    @task('methods.twins.static') static go(a: string): string {
      return a
    }
  }

  it('are two tasks, of which tasks() hands out the instance’s', () => {
    expect(tasks(Twins).go.taskName).toBe('methods.twins.instance')
    expect(processRegistry().get('methods.twins.static')?.target.isStatic).toBe(true)
  })
})

describe('task methods of a base class', () => {
  class Base {
    @task() send(to: string): string {
      return `${this.greeting()} ${to}`
    }
    @task('methods.base.named') named(): void {}
    @task() static count(): number {
      return 1
    }
    greeting(): string {
      return 'Hello'
    }
  }
  class Sub extends Base {
    @task() own(): void {}
    override greeting(): string {
      return 'Moin'
    }
  }
  class Overriding extends Base {
    override send(to: string): string {
      return `overridden ${to}`
    }
    @task('methods.overriding.named') override named(): void {}
  }
  tasks(Sub)
  tasks(Overriding)

  it('stay tasks of the base class', () => {
    expect(tasks(Base).send.taskName).toBe('Base.send')
    expect(processRegistry().get('Base.send')?.target.cls).toBe(Base)
  })

  it('are tasks of the subclass too, named after it and run on it', () => {
    expect(tasks(Sub).send.taskName).toBe('Sub.send')
    expect(tasks(Sub).count.taskName).toBe('Sub.count')
    expect(tasks(Sub).own.taskName).toBe('Sub.own')
    expect(processRegistry().get('Sub.send')).toMatchObject({ target: { cls: Sub, key: 'send' } })
    expect(processRegistry().get('Sub.count')).toMatchObject({
      target: { cls: Sub, key: 'count', isStatic: true },
    })
  })

  it('are tasks of a subclass that overrides them without a decorator', () => {
    expect(tasks(Overriding).send.taskName).toBe('Overriding.send')
    expect(new Overriding().send('a')).toBe('overridden a')
  })

  it('keep a name of their own to themselves: the subclass is told to choose one', () => {
    expect(tasks(Base).named.taskName).toBe('methods.base.named')
    expect(processRegistry().get('methods.base.named')?.target.cls).toBe(Base)
    expect(() => tasks(Sub).named).toThrow(
      '"Sub.named" is inherited, and its name "methods.base.named" is that of the base class\'s task. Declare the method in Sub too, with a name of its own: @task({ name: … }).',
    )
    expect(tasks(Overriding).named.taskName).toBe('methods.overriding.named')
  })

  it('come with the subclass into a registry', () => {
    expect(new Registry().add(Sub).names()).toEqual(['Sub.count', 'Sub.own', 'Sub.send'])
  })
})

describe('tasks()', () => {
  it('refuses a class without task methods', () => {
    class Nothing {
      go(): void {}
    }

    expect(() => tasks(Nothing)).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message:
          '"Nothing" has no task methods. Put @task() on them, or use taskOf() if the class itself is the task.',
      }),
    )
  })

  it('refuses what is no class', () => {
    expect(() => tasks(undefined as unknown as typeof Task)).toThrow(
      'A class with task methods was expected, and what was given is of type undefined. A circular import',
    )
  })
})
