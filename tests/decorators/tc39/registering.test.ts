/** What is particular to TC39 decorators: when methods are registered, and what else they can be put on. */
import { describe, expect, it } from 'vitest'
import { Registry, Task, task, tasks } from 'taskalope'
import { processRegistry } from '../../../src/registry/registry.js'

describe('task methods under TC39 decorators', () => {
  it('are registered when tasks() names their class, which no method decorator sees', () => {
    class Late {
      @task('tc39.late') send(): void {}
      @task('tc39.late.static') static sweep(): void {}
    }

    expect(processRegistry().has('tc39.late')).toBe(false)
    tasks(Late)
    expect(processRegistry().names()).toEqual(expect.arrayContaining(['tc39.late', 'tc39.late.static']))
  })

  it('are registered when a class decorator names their class', () => {
    @task('tc39.class')
    class Class extends Task {
      run(): void {}
      @task('tc39.class.method') method(): void {}
    }

    expect(Class.taskName).toBe('tc39.class')
    expect(processRegistry().has('tc39.class.method')).toBe(true)
  })

  it('go into a registry that is given their class', () => {
    class Given {
      @task('tc39.given') send(): void {}
    }

    expect(new Registry().add(Given).names()).toEqual(['tc39.given'])
  })

  it('of a base class are registered with the first subclass that is named', () => {
    class Base {
      @task() send(): void {}
    }
    class Tc39Sub extends Base {
      @task() own(): void {}
    }
    tasks(Tc39Sub)

    expect(processRegistry().get('Base.send')?.target.cls).toBe(Base)
    expect(processRegistry().get('Tc39Sub.send')?.target.cls).toBe(Tc39Sub)
    expect(processRegistry().get('Tc39Sub.own')?.target.cls).toBe(Tc39Sub)
  })

  it('have nothing known of their parameters but what `params` says', () => {
    class Typed {
      @task('tc39.untyped') untyped(a: string): unknown {
        return a
      }
      @task({ name: 'tc39.params', params: [String] }) typed(a: string): unknown {
        return a
      }
    }
    tasks(Typed)

    expect(processRegistry().get('tc39.untyped')).toMatchObject({
      params: undefined,
      arity: { max: undefined },
    })
    expect(processRegistry().get('tc39.params')).toMatchObject({
      params: [String],
      arity: { min: 1, max: 1 },
    })
  })
})

describe('@task under TC39 decorators', () => {
  /** `task` as code that is not type-checked sees it. */
  const loose = task as unknown as (...args: unknown[]) => (...target: unknown[]) => void
  const bare = task as unknown as (...target: unknown[]) => void
  const symbol = Symbol('go')

  const cases: Readonly<Record<string, () => unknown>> = {
    'the getter "url"': () => {
      class Images {
        @loose('misplaced') get url(): string {
          return ''
        }
      }
      return Images
    },
    'the setter "url"': () => {
      class Images {
        @loose() set url(_value: string) {}
      }
      return Images
    },
    'the field "send"': () => {
      class Images {
        @loose() send = async () => {}
      }
      return Images
    },
    'the field "bare"': () => {
      class Images {
        @bare bare = 1
      }
      return Images
    },
    'the accessor "bare"': () => {
      class Images {
        @bare accessor bare = 1
      }
      return Images
    },
    'the method [Symbol(go)]': () => {
      class Images {
        @loose() [symbol](): void {}
      }
      return Images
    },
    'the private method "#hidden"': () => {
      class Images {
        @loose() #hidden(): void {}
        go(): void {
          this.#hidden()
        }
      }
      return Images
    },
  }

  it.each(Object.entries(cases))('refuses %s', (what, declare) => {
    expect(declare).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message: expect.stringMatching(
          new RegExp(
            `^@task cannot decorate ${what.replace(/[.[\]()]/g, '\\$&')}.*Only classes, methods and functions can be tasks`,
          ),
        ),
      }),
    )
  })

  it('says so where a compiler hands out no metadata', () => {
    const context = { kind: 'method', name: 'send', static: false, private: false, addInitializer() {} }

    expect(() => loose()(() => {}, context)).toThrow(
      '@task on the method "send" cannot tell to which class it belongs: the compiler handed it no context.metadata.',
    )
  })
})
