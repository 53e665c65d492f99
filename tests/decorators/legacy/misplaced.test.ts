/** Legacy decorators on what cannot be a task. */
import { describe, expect, it } from 'vitest'
import { task } from 'taskalope'

/** `task` as code that is not type-checked sees it. */
const loose = task as unknown as (
  ...args: unknown[]
) => PropertyDecorator & MethodDecorator & ParameterDecorator
const bare = task as unknown as PropertyDecorator
const symbol = Symbol('go')

const cases: Readonly<Record<string, () => unknown>> = {
  'the getter "Images.url"': () => {
    class Images {
      @loose('misplaced') get url(): string {
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
}

describe('@task under legacy decorators', () => {
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
})
