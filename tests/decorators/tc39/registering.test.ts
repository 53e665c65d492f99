/** What is particular to TC39 decorators: when methods are registered, and what else they can be put on. */
import { describe, expect, it } from 'vitest'
import { createRetry, Registry, retry, Task, task, tasks } from 'taskalope'
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

describe('retry policies under TC39 decorators', () => {
  it('are found with the metadata of the class, that of a base class that is no task included', () => {
    class Base extends Task {
      @createRetry({ key: 'base' }) override run(): void {}
    }
    @task('tc39.retry')
    class Sub extends Base {
      @createRetry({ key: 'sub' }) override run(): void {}
    }
    void Sub

    expect(
      processRegistry()
        .get('tc39.retry')
        ?.retryRules.map(({ key }) => key),
    ).toEqual(['sub', 'base'])
  })

  it('on methods do not count for those of a subclass’s metadata, which inherits its base’s', () => {
    class Base {
      @createRetry({ key: 'base' }) @task('tc39.retry.base') send(): void {}
    }
    class Sub extends Base {
      @createRetry({ key: 'sub' }) @task('tc39.retry.sub') override send(): void {}
    }
    tasks(Sub)

    expect(
      processRegistry()
        .get('tc39.retry.base')
        ?.retryRules.map(({ key }) => key),
    ).toEqual(['base'])
    expect(
      processRegistry()
        .get('tc39.retry.sub')
        ?.retryRules.map(({ key }) => key),
    ).toEqual(['sub', 'base'])
  })
})

/** A decorator as code that is not type-checked sees it: made, and put on something as it is. */
type Loose = (...args: unknown[]) => (...target: unknown[]) => void
type Bare = (...target: unknown[]) => void
const symbol = Symbol('go')

const casesOf = (loose: Loose, bare: Bare): Readonly<Record<string, () => unknown>> => ({
  'the getter "url"': () => {
    class Images {
      @loose() get url(): string {
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
})

describe.each([
  ['task', task, "or call task('name', fn)."],
  ['retry', retry, 'or call retry({ … })(fn).'],
])('@%s under TC39 decorators', (name, decorator, way) => {
  const loose = decorator as unknown as Loose

  it.each(Object.entries(casesOf(loose, decorator)))('refuses %s', (what, declare) => {
    expect(declare).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message: `@${name} cannot decorate ${messageOf(what)}. Only classes, methods and functions can be tasks: write it above a class with run() or above a method such as async send() { … }, ${way}`,
      }),
    )
  })

  it('says so where a compiler hands out no metadata', () => {
    const context = { kind: 'method', name: 'send', static: false, private: false, addInitializer() {} }

    expect(() => loose()(() => {}, context)).toThrow(
      `@${name} on the method "send" cannot tell to which class it belongs: the compiler handed it no context.metadata.`,
    )
  })
})

function messageOf(what: string): string {
  if (what.startsWith('the private method')) return `${what}, which nothing outside can call`
  return what.startsWith('the method [') ? `${what}, which has no name` : what
}
