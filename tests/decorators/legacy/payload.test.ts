/** Types of parameters, as legacy decorators and the compiler's metadata give them. */
import { describe, expect, it } from 'vitest'
import { listOf, Payload, Task, task, tasks } from 'taskalope'
import { processRegistry } from '../../../src/registry/registry.js'

class ImageDto {
  url!: string
}
interface Shape {
  readonly corners: number
}

const paramsOf = (name: string) => processRegistry().get(name)?.params
const arityOf = (name: string) => processRegistry().get(name)?.arity

describe('a task method', () => {
  class Typed {
    @task('payload.all') all(text: string, count: number, image: ImageDto, at: Date): unknown {
      return [text, count, image, at]
    }
    @task('payload.vague') vague(
      shape: Shape,
      list: string[],
      either: string | number,
      fn: () => void,
    ): unknown {
      return [shape, list, either, fn]
    }
    @task('payload.none') none(): void {}
    @task('payload.rest') rest(first: string, ...more: number[]): unknown {
      return [first, more]
    }
    @task('payload.spread') spread(list: number[]): unknown {
      return [...list]
    }
    @task('payload.optional') optional(a: string, b?: number, c = 'x'): unknown {
      return [a, b, c]
    }
    @task('payload.arguments') varied(_a: string): unknown {
      return arguments.length
    }
    @task('payload.static') static onClass(a: string): unknown {
      return a
    }
  }
  tasks(Typed)

  it('has the types of its parameters recorded', () => {
    expect(paramsOf('payload.all')).toEqual([String, Number, ImageDto, Date])
    expect(paramsOf('payload.static')).toEqual([String])
  })

  it('has nothing recorded for a type that is nothing at run time', () => {
    expect(paramsOf('payload.vague')).toBeUndefined()
  })

  it('takes at most as many arguments as it has parameters, which may all be left out', () => {
    expect(arityOf('payload.all')).toEqual({ min: undefined, max: 4 })
    expect(arityOf('payload.vague')).toEqual({ min: undefined, max: 4 })
    expect(arityOf('payload.none')).toEqual({ min: undefined, max: 0 })
    expect(arityOf('payload.optional')).toEqual({ min: undefined, max: 3 })
    expect(arityOf('payload.spread')).toEqual({ min: undefined, max: 1 })
    expect(arityOf('payload.static')).toEqual({ min: undefined, max: 1 })
  })

  it('takes any number of arguments with a rest parameter, or where it looks at `arguments`', () => {
    expect(arityOf('payload.rest')).toEqual({ min: undefined, max: undefined })
    expect(arityOf('payload.arguments')).toEqual({ min: undefined, max: undefined })
  })

  it('goes by `params` where both say something', () => {
    class Both {
      @task({ name: 'payload.params', params: [ImageDto] }) go(@Payload(String) image: ImageDto): unknown {
        return image
      }
    }

    expect(paramsOf('payload.params')).toEqual([ImageDto])
    expect(arityOf('payload.params')).toEqual({ min: 1, max: 1 })
    expect(Both).toBeTypeOf('function')
  })

  it('has its own types where it overrides one, and the inherited ones where it does not', () => {
    class Base {
      @task() go(a: string): unknown {
        return a
      }
      @task() kept(a: string): unknown {
        return a
      }
    }
    class Wider extends Base {
      override go(a: string, b?: number): unknown {
        return [a, b]
      }
    }
    tasks(Wider)

    expect(arityOf('Base.go')).toEqual({ min: undefined, max: 1 })
    expect(arityOf('Wider.go')).toEqual({ min: undefined, max: undefined })
    expect(paramsOf('Wider.kept')).toEqual([String])
  })
})

describe('run() of a class task', () => {
  it('has types only where one of its parameters is decorated', () => {
    @task('payload.run.bare')
    class WithoutPayload extends Task {
      run(image: ImageDto): unknown {
        return image
      }
    }
    @task('payload.run.marked')
    class WithPayload extends Task {
      run(@Payload() image: ImageDto, width: number): unknown {
        return [image, width]
      }
    }

    expect([WithoutPayload.taskName, paramsOf('payload.run.bare')]).toEqual(['payload.run.bare', undefined])
    expect(arityOf('payload.run.bare')).toEqual({ min: undefined, max: undefined })
    expect([WithPayload.taskName, paramsOf('payload.run.marked')]).toEqual([
      'payload.run.marked',
      [ImageDto, Number],
    ])
    expect(arityOf('payload.run.marked')).toEqual({ min: undefined, max: 2 })
  })

  it('inherits them with run() itself', () => {
    class Base extends Task {
      run(@Payload() image: ImageDto): unknown {
        return image
      }
    }
    @task('payload.run.inherited')
    class Sub extends Base {}

    expect([Sub.taskName, paramsOf('payload.run.inherited')]).toEqual(['payload.run.inherited', [ImageDto]])
  })
})

describe('@Payload', () => {
  it('names a type the compiler could not emit', () => {
    class Named {
      @task('payload.named') go(
        @Payload(listOf(ImageDto)) images: ImageDto[],
        @Payload(ImageDto) shape: Shape,
        plain: string,
      ): unknown {
        return [images, shape, plain]
      }
    }
    tasks(Named)

    expect(paramsOf('payload.named')).toEqual([{ kind: 'list', of: ImageDto }, ImageDto, String])
  })

  it('without a type is refused where the compiler emitted nothing to go by, and says why', () => {
    const declareShape = (): unknown => {
      class Shapes {
        @task('payload.bad.shape') go(plain: string, @Payload() shape: Shape): unknown {
          return [plain, shape]
        }
      }
      return Shapes
    }
    const declareList = (): unknown => {
      @task('payload.bad.list')
      class Lists extends Task {
        run(@Payload() images: ImageDto[]): unknown {
          return images
        }
      }
      return Lists
    }

    expect(declareShape).toThrow(
      expect.objectContaining({
        code: 'ERR_PAYLOAD_TYPE',
        message: expect.stringMatching(
          /^Parameter 1 of task "payload\.bad\.shape", Shapes\.go \(payload\.test\.ts:\d+\), is marked @Payload\(\), and its type is not known\. Its type was emitted as Object, because an interface, a union, a generic or an import type is no class at run time\. Name a class or a schema: @Payload\(ImageDto\)\.$/,
        ),
      }),
    )
    expect(declareList).toThrow(
      /Parameter 0 of task "payload\.bad\.list".*emitted as Array.*@Payload\(listOf\(ImageDto\)\)/,
    )
    expect(processRegistry().has('payload.bad.shape')).toBe(false)
    expect(processRegistry().has('payload.bad.list')).toBe(false)
  })

  it('without a type is refused where nothing was emitted at all, naming the compiler setting and the way out', () => {
    class Plain extends Task {
      run(image: ImageDto): unknown {
        return image
      }
    }
    // What a compiler does that knows parameter decorators and emits no types, as esbuild.
    Payload()(Plain.prototype, 'run', 0)

    expect(() => task('payload.bad.nothing')(Plain)).toThrow(
      expect.objectContaining({
        code: 'ERR_PAYLOAD_TYPE',
        message: expect.stringMatching(
          /Parameter 0 .*The compiler emitted no types\. Turn on "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig\.json.*@Payload\(ImageDto\), or @task\(\{ params: \[ImageDto\] \}\)\./,
        ),
      }),
    )
    expect(task({ name: 'payload.good.params', params: [ImageDto] })(Plain).taskName).toBe(
      'payload.good.params',
    )
  })

  it('is refused without its parentheses, with something that is no type, and in other places', () => {
    const loose = Payload as unknown as (...args: unknown[]) => (...target: unknown[]) => void
    class Somewhere {
      go(): void {}
    }

    expect(() => loose(Somewhere.prototype, 'go', 0)).toThrow('@Payload has to be called: write @Payload()')
    expect(() => loose(undefined)).toThrow('@Payload() was given undefined (a circular import')
    expect(() => loose('string')).toThrow(expect.objectContaining({ code: 'ERR_PAYLOAD_TYPE' }))
    expect(() => loose()(Somewhere, undefined, 0)).toThrow(
      expect.objectContaining({ code: 'ERR_TASK_TARGET' }),
    )
    expect(() => loose()(Somewhere.prototype, 'go', {})).toThrow('@Payload() is for parameters of run()')
  })
})
