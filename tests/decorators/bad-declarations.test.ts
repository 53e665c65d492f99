/** Declarations that cannot be: each is refused where it stands, with its code, what it is about and what to write instead. */
import { describe, expect, it } from 'vitest'
import {
  isTaskalopeError,
  listOf,
  mapOf,
  oneOf,
  optional,
  Registry,
  task,
  Task,
  tasks,
  type ErrorCode,
} from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'

/** `task` as code that is not type-checked sees it. */
const loose = task as unknown as (...args: unknown[]) => (...target: unknown[]) => void

interface Bad {
  readonly what: string
  readonly declare: () => unknown
  readonly code: ErrorCode
  readonly says: readonly string[]
}

function refuses(cases: readonly Bad[]): void {
  it.each(cases)('refuses $what', ({ declare, code, says }) => {
    const before = processRegistry().names()

    const error = thrownBy(declare)

    expect(isTaskalopeError(error, code), String(error)).toBe(true)
    for (const part of says) expect((error as Error).message).toContain(part)
    expect((error as Error).message).toMatch(/^([A-Z@"]|task\(\)).*[.?]$/s)
    expect(processRegistry().names()).toEqual(before)
  })
}

function thrownBy(declare: () => unknown): unknown {
  try {
    declare()
  } catch (error) {
    return error
  }
  throw new Error('nothing was refused')
}

describe('a task without a name', () => {
  refuses([
    {
      what: 'an arrow function passed straight to task()',
      declare: () => task(async (a: number) => a),
      code: 'ERR_TASK_NAME',
      says: ['A task has no name', 'bad-declarations.test.ts:', "task('name', fn)"],
    },
    {
      what: 'an arrow function with options but no name',
      declare: () => task({ queue: 'q' }, async () => 1),
      code: 'ERR_TASK_NAME',
      says: ["task({ name: 'name' }, fn)"],
    },
    {
      what: 'a class without a name',
      declare: () =>
        task()(
          class {
            run(): void {}
          },
        ),
      code: 'ERR_TASK_NAME',
      says: ['its class has none', "@task({ name: 'name' })"],
    },
    {
      what: 'an empty name',
      declare: () => task('', async () => 1),
      code: 'ERR_TASK_NAME',
      says: ['"" cannot be the name of the task'],
    },
  ])
})

describe('a name that is no legal one', () => {
  const bad = [
    ...['with space', 'line\nbreak', 'escape\u001b[31m', '<script>', '-dash', '.dot', 'tab\t', 'nul\0'],
    ...['größe', 'pаypal', '任务', 'emoji🙂', 'x'.repeat(256), 'x'.repeat(10_000)],
  ]

  it.each(bad.map((name) => ({ name, shown: JSON.stringify(name.slice(0, 80)) })))(
    'refuses $shown',
    ({ name, shown }) => {
      const error = thrownBy(() => task(name, async () => 1)) as Error

      expect(error).toMatchObject({ code: 'ERR_TASK_NAME' })
      expect(error.message).toContain(`${shown} cannot be the name`)
      expect(error.message.length).toBeLessThan(500)
      expect(error.message).not.toMatch(/\p{Cc}/u)
    },
  )

  it.each(['a', 'mail.send', 'proj.tasks:add', 'a/b', 'A-1', '_private', '$dollar', '1st', 'x'.repeat(255)])(
    'accepts %s',
    (name) => {
      expect(task(name, () => 1).taskName).toBe(name)
    },
  )

  it('accepts the names of Object.prototype, which are names like any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(processRegistry().get(name)).toBeUndefined()
      task(name, () => name)
      expect(processRegistry().get(name)?.name).toBe(name)
    }
  })

  it('is shown without the control characters and the length that the code’s own name may have', () => {
    const key = `a\u001b[31m${'b'.repeat(10_000)}`
    const declare = (): unknown => {
      class Computed {
        @task() [key](): void {}
      }
      return tasks(Computed)
    }

    const { message } = thrownBy(declare) as Error
    expect(message).toContain('cannot be the name of the task Computed.a?[31mbbb')
    expect(message.length).toBeLessThan(900)
    expect(message).not.toMatch(/\p{Cc}/u)
  })

  it('says which code has the bad name', () => {
    const größe = async () => 1

    expect(() => task(größe)).toThrow(
      '"größe" cannot be the name of the task größe (bad-declarations.test.ts:',
    )
  })
})

describe('an option that does not exist', () => {
  refuses([
    {
      what: 'a misspelt one, and names the nearest',
      declare: () => loose({ name: 'bad.option', quue: 'q' }, () => 1),
      code: 'ERR_OPTION_UNKNOWN',
      says: ['Task "bad.option" has an unknown option "quue". Did you mean "queue"?'],
    },
    {
      what: 'one with two letters swapped',
      declare: () => loose({ name: 'bad.option', ignoreReuslt: true })(() => 1),
      code: 'ERR_OPTION_UNKNOWN',
      says: ['Did you mean "ignoreResult"?'],
    },
    {
      what: 'one that is like none, and lists those there are',
      declare: () => loose({ name: 'bad.option', zzzzzzzzz: 1 }, () => 1),
      code: 'ERR_OPTION_UNKNOWN',
      says: ['unknown option "zzzzzzzzz". There are: name, queue, priority'],
    },
    {
      what: 'one that every object has',
      declare: () => loose({ name: 'bad.option', toString: 1 }, () => 1),
      code: 'ERR_OPTION_UNKNOWN',
      says: ['unknown option "toString"'],
    },
    {
      what: 'one on a method, named by class and method',
      declare: () => {
        class BadOption {
          @loose({ queu: 'q' }) go(): void {}
        }
        return BadOption
      },
      code: 'ERR_OPTION_UNKNOWN',
      says: ['go" has an unknown option "queu"'],
    },
    {
      what: 'one on a class',
      declare: () => {
        @loose({ priorty: 1 })
        class BadOptionOfClass {
          run(): void {}
        }
        return BadOptionOfClass
      },
      code: 'ERR_OPTION_UNKNOWN',
      says: ['Task "BadOptionOfClass" has an unknown option "priorty". Did you mean "priority"?'],
    },
  ])
})

describe('an option of the wrong type or range', () => {
  const bad: readonly (readonly [option: string, value: unknown, says: string])[] = [
    ['name', 5, 'must be a text, and it is 5'],
    ['queue', 5, 'must be a text of 1 to 255 bytes'],
    ['queue', '', 'must be a text of 1 to 255 bytes'],
    ['queue', 'ü'.repeat(128), 'must be a text of 1 to 255 bytes'],
    ['queue', 'a\nb', 'without control characters'],
    ['queue', 'amq.own', 'not starting with "amq."'],
    ['priority', 10, 'must be a whole number from 0 to 9, and it is 10'],
    ['priority', -1, 'from 0 to 9'],
    ['priority', 1.5, 'from 0 to 9'],
    ['priority', '5', 'from 0 to 9, and it is "5"'],
    ['priority', NaN, 'from 0 to 9, and it is NaN'],
    ['expires', '10 minutes', 'is "10 minutes", which is no duration'],
    ['expires', '-5m', 'which is no duration'],
    ['expires', '1e3s', 'which is no duration'],
    ['expires', -1, 'which is no duration'],
    ['expires', Infinity, 'which is no duration'],
    ['expires', null, 'which is no duration'],
    ['expires', 0, 'must be longer than 0'],
    ['expires', '0s', 'must be longer than 0'],
    ['ignoreResult', 'yes', 'must be true or false, and it is "yes"'],
    ['deadLetter', 0, 'must be true or false, and it is 0'],
    ['params', String, 'must be a list of types, one for each parameter, and it is a value of type function'],
    ['params', [String, undefined], 'and [1] is undefined (a circular import'],
    ['params', new Array(1), 'and [0] is undefined'],
    ['params', ['string'], 'and [0] is a value of type string'],
    ['params', [(value: unknown) => value], 'and [0] is the function (anonymous), which is no class'],
    ['params', [{ kind: 'set' }], 'and [0] is a value of type object'],
    ['returns', null, 'must be a type, and it is null'],
    ['onSuccess', 'log', 'must be a function, and it is "log"'],
    ['onFailure', {}, 'must be a function, and it is a value of type object'],
    ['beforeStart', [], 'must be a function, and it is a list'],
    ['afterRun', 1, 'must be a function'],
  ]

  refuses(
    bad.map(([option, value, says]) => ({
      what: `${option}: ${says}`,
      declare: () =>
        loose({ ...(option === 'name' ? {} : { name: 'bad.value' }), [option]: value }, function named() {}),
      code: 'ERR_OPTION_INVALID',
      says: [`Option "${option}" of task "${option === 'name' ? 'named' : 'bad.value'}"`, says],
    })),
  )
})

describe('something that cannot be a task', () => {
  refuses([
    {
      what: 'a class without run()',
      declare: () =>
        loose('bad.no-run')(
          class NoRun {
            go(): void {}
          },
        ),
      code: 'ERR_TASK_TARGET',
      says: ['NoRun (bad-declarations.test.ts:', 'cannot be a task: it has no method run()', 'async run(…)'],
    },
    {
      what: 'a class whose run is a field',
      declare: () => {
        class FieldRun {
          run = async () => 1
        }
        return loose('bad.field-run')(FieldRun)
      },
      code: 'ERR_TASK_TARGET',
      says: ['FieldRun', 'a field that holds a function is no method'],
    },
    {
      what: 'a class whose run is a getter',
      declare: () => {
        class GetterRun {
          get run() {
            return async () => 1
          }
        }
        return loose('bad.getter-run')(GetterRun)
      },
      code: 'ERR_TASK_TARGET',
      says: ['GetterRun', 'no method run()'],
    },
    {
      what: 'a class whose run() is static',
      declare: () => {
        class StaticRun {
          static run(): void {}
          go(): void {}
        }
        return loose('bad.static-run')(StaticRun)
      },
      code: 'ERR_TASK_TARGET',
      says: ['StaticRun', 'no method run()'],
    },
    {
      what: 'an abstract run(), which Task has',
      declare: () => {
        abstract class Abstract extends Task {}
        return task('bad.abstract')(Abstract)
      },
      code: 'ERR_TASK_TARGET',
      says: ['Abstract', 'no method run()'],
    },
    {
      what: 'a class with a static member of the handle’s',
      declare: () => {
        class OwnDelay {
          static delay(): void {}
          run(): void {}
        }
        return task('bad.own-delay')(OwnDelay)
      },
      code: 'ERR_TASK_TARGET',
      says: ['OwnDelay', 'it has a static member "delay" of its own', 'Rename it'],
    },
    ...[5, null, true, Symbol('x'), [], undefined].map((value): Bad => ({
      what: `task(${String(value)})`,
      declare: () => loose(value),
      code: 'ERR_TASK_TARGET',
      says: ['task() was given', "task('name', fn)"],
    })),
    ...[[5], ['name', 5], ['name', {}], [{ name: 'x' }, 5], [{ name: 'x' }, null]].map((args): Bad => ({
      what: `task(${JSON.stringify(args).slice(1, -1)})`,
      declare: () => loose(...args),
      code: 'ERR_TASK_TARGET',
      says: ['task() was given'],
    })),
    {
      what: 'a function with options behind it',
      declare: () => loose(function named() {}, { queue: 'q' }),
      code: 'ERR_TASK_TARGET',
      says: ['Options come first'],
    },
    {
      what: 'a value handed to a decorator that was made',
      declare: () => loose('bad.handed')(5),
      code: 'ERR_TASK_TARGET',
      says: ['@task cannot decorate a value of type number'],
    },
  ])
})

describe('two @task decorators', () => {
  it('on one class are one too many', () => {
    const declare = (): unknown => {
      @task('bad.twice.above')
      @task('bad.twice.below')
      class Twice {
        run(): void {}
      }
      return Twice
    }

    expect(declare).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message: '"Twice" has two @task decorators. Keep one of them.',
      }),
    )
    expect(processRegistry().has('bad.twice.above')).toBe(false)
  })

  it('on one method are one too many', () => {
    const declare = (): unknown => {
      class Twice {
        @task('bad.method-twice.above')
        @task('bad.method-twice.below')
        go(): void {}
      }
      return Twice
    }

    expect(declare).toThrow(/"(Twice\.)?go" has two @task decorators\. Keep one of them\./)
  })
})

describe('a type that is none', () => {
  it.each([
    ['listOf', listOf],
    ['optional', optional],
    ['mapOf', mapOf],
    ['oneOf', oneOf],
  ] as const)('is refused by %s()', (name, make) => {
    expect(() => (make as (of: unknown) => unknown)(undefined)).toThrow(
      expect.objectContaining({
        code: 'ERR_PAYLOAD_TYPE',
        message: `${name}() was given undefined (a circular import leaves a class undefined while modules load). Give it a class, a Standard Schema, or listOf, optional, mapOf, oneOf.`,
      }),
    )
  })

  it('is refused by oneOf() when there is nothing to choose', () => {
    expect(() => oneOf()).toThrow(expect.objectContaining({ code: 'ERR_PAYLOAD_TYPE' }))
  })
})

class Undecorated {
  go(): void {}
}

describe('Registry.add()', () => {
  it.each([
    ['a function that is no task', () => function plain() {}, '"plain"'],
    ['a class that is no task', () => Undecorated, '"Undecorated"'],
    ['a class that a circular import left undefined', () => undefined, 'a value of type undefined'],
    ['a name', () => 'mail.send', 'a value of type string'],
  ])('refuses %s', (_, make, shown) => {
    expect(() => new Registry().add(make() as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message: expect.stringContaining(`Registry.add() was given ${shown}, which is no task.`),
      }),
    )
  })
})
