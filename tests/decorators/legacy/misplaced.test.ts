/** Legacy decorators on what cannot be a task, and so cannot be tried again either. */
import { describe, expect, it } from 'vitest'
import { retry, task } from 'taskalope'

/** A decorator as code that is not type-checked sees it: made, and put on something as it is. */
type Loose = (...args: unknown[]) => PropertyDecorator & MethodDecorator & ParameterDecorator
type Bare = PropertyDecorator
const symbol = Symbol('go')

const casesOf = (loose: Loose, bare: Bare): Readonly<Record<string, () => unknown>> => ({
  'the getter "Images.url"': () => {
    class Images {
      @loose() get url(): string {
        return ''
      }
    }
    return Images
  },
  'the setter "Images.url"': () => {
    class Images {
      @loose() set url(_value: string) {}
    }
    return Images
  },
  'the field "Images.send"': () => {
    class Images {
      @loose() send = async () => {}
    }
    return Images
  },
  'the field "Images.bare"': () => {
    class Images {
      @bare bare = 1
    }
    return Images
  },
  'the method [Symbol(go)] of "Images"': () => {
    class Images {
      @loose() [symbol](): void {}
    }
    return Images
  },
  'parameter 1': () => {
    class Images {
      go(_a: string, @loose() _b: string): void {}
    }
    return Images
  },
})

describe.each([
  ['task', task, "or call task('name', fn)."],
  ['retry', retry, 'or call retry({ … })(fn).'],
])('@%s under legacy decorators', (name, decorator, way) => {
  const cases = casesOf(decorator as unknown as Loose, decorator)

  it.each(Object.entries(cases))('refuses %s', (what, declare) => {
    expect(declare).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message: `@${name} cannot decorate ${messageOf(what)}. Only classes, methods and functions can be tasks: write it above a class with run() or above a method such as async send() { … }, ${way}`,
      }),
    )
  })
})

function messageOf(what: string): string {
  return what.startsWith('the method [') ? `${what}, which has no name` : what
}
