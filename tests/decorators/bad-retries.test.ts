/** Retry decorators that cannot be: each is refused where it stands, with what it is about and what to write instead. */
import { describe, expect, it } from 'vitest'
import {
  combineRetries,
  createRetry,
  isTaskalopeError,
  makeRetryDecorator,
  Registry,
  retry,
  task,
  Task,
  tasks,
  type ErrorCode,
} from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'
import { keysOf } from './policies.js'

/** The same as code that is not type-checked sees them. */
type Loose = (...args: unknown[]) => (...target: unknown[]) => void
const looseRetry = retry as unknown as Loose
const looseCreate = createRetry as unknown as Loose
const looseMake = makeRetryDecorator as unknown as (build: unknown) => Loose
const looseCombine = combineRetries as unknown as Loose
const looseTask = task as unknown as Loose

const a = createRetry({ key: 'a' })

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
    expect((error as Error).message).toMatch(/[.?]$/)
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

describe('a policy that cannot be meant', () => {
  const bad: readonly (readonly [policy: object, code: ErrorCode, says: string])[] = [
    [{ maxRetries: 3 }, 'ERR_OPTION_UNKNOWN', 'has an unknown option "maxRetries"'],
    [{ dealy: '20m' }, 'ERR_OPTION_UNKNOWN', 'Did you mean "delay"?'],
    [{ max: -1 }, 'ERR_OPTION_INVALID', '"max" must be a whole number from 0 to 1000000'],
    [{ max: 1.5 }, 'ERR_OPTION_INVALID', '"max"'],
    [{ max: NaN }, 'ERR_OPTION_INVALID', '"max"'],
    [{ delay: '-5m' }, 'ERR_OPTION_INVALID', 'which is no duration'],
    [{ delay: '1e3s' }, 'ERR_OPTION_INVALID', 'which is no duration'],
    [{ delay: '' }, 'ERR_OPTION_INVALID', 'which is no duration'],
    [{ delay: Infinity }, 'ERR_OPTION_INVALID', '"delay"'],
    [{ delay: '1s', backoff: {} }, 'ERR_OPTION_INVALID', 'has both "delay" and "backoff"'],
    [{ backoff: { jitter: 'some' } }, 'ERR_OPTION_INVALID', '"jitter" must be one of'],
    [{ on: 'HttpError' }, 'ERR_OPTION_INVALID', '"on" must be a class of errors'],
    [{ on: [undefined] }, 'ERR_OPTION_INVALID', '"on" must be a class of errors'],
    [{ when: true }, 'ERR_OPTION_INVALID', '"when" must be a function'],
    [{ key: '' }, 'ERR_OPTION_INVALID', '"key" must be a text of 1 to 100 characters'],
  ]
  const makers: readonly (readonly [name: string, make: (policy: object) => unknown])[] = [
    ['retry()', (policy) => looseRetry(policy)],
    ['createRetry()', (policy) => looseCreate(policy)],
    ['makeRetryDecorator()', (policy) => looseMake(() => policy)()],
  ]

  refuses(
    makers.flatMap(([name, make]) =>
      bad.map(([policy, code, says]) => ({
        what: `${name}: ${says}`,
        declare: () => make(policy),
        code,
        says: ['retry policy (bad-retries.test.ts:', says],
      })),
    ),
  )

  it('may be Infinity, 0, and whatever is undefined', () => {
    expect(() => createRetry({ max: Infinity, delay: 0 })).not.toThrow()
    expect(() => looseCreate({ max: 0, delay: undefined, on: undefined, when: undefined })).not.toThrow()
  })

  it('is not what it was given afterwards', () => {
    class First extends Error {}
    class Second extends Error {}
    const on = [First]
    const policy = { on, max: 1 }
    createRetry(policy)(task('bad-retries.changed', () => 1))

    policy.max = 2
    on.push(Second)

    expect(processRegistry().get('bad-retries.changed')?.retryRules).toMatchObject([{ max: 1, on: [First] }])
  })
})

describe('what is no policy', () => {
  const values: readonly unknown[] = [5, null, 'HttpError', true, Symbol('x'), undefined, [], [{}]]

  refuses([
    ...values.flatMap((value): Bad[] => [
      {
        what: `retry(${String(value)})`,
        declare: () => looseRetry(value),
        code: 'ERR_TASK_TARGET',
        says: ['retry() was given ', 'Write retry({ on: HttpError'],
      },
      {
        what: `createRetry(${String(value)})`,
        declare: () => looseCreate(value),
        code: 'ERR_TASK_TARGET',
        says: ['createRetry() was given ', 'Write createRetry({ on: HttpError'],
      },
    ]),
    {
      what: 'createRetry() without anything',
      declare: () => looseCreate(),
      code: 'ERR_TASK_TARGET',
      says: ['createRetry() was given nothing.'],
    },
    {
      what: 'createRetry put on a class by itself',
      declare: () => {
        class Uncalled {
          run(): void {}
        }
        return looseCreate(Uncalled)
      },
      code: 'ERR_TASK_TARGET',
      says: ['createRetry() was given a value of type function'],
    },
    {
      what: 'a policy and a function at once',
      declare: () => looseRetry({ max: 1 }, () => 1),
      code: 'ERR_TASK_TARGET',
      says: ['retry() was given a value of type object, a value of type function'],
    },
    {
      what: 'a function and a policy at once',
      declare: () => looseRetry(() => 1, { max: 1 }),
      code: 'ERR_TASK_TARGET',
      says: ['Options come first: retry({ … })(fn).'],
    },
    {
      what: 'makeRetryDecorator() of a policy',
      declare: () => looseMake({ max: 1 }),
      code: 'ERR_TASK_TARGET',
      says: ['makeRetryDecorator() was given a value of type object', '(max: number) => ({ max })'],
    },
    {
      what: 'a function of makeRetryDecorator() that makes none',
      declare: () => looseMake(() => undefined)(),
      code: 'ERR_TASK_TARGET',
      says: ['The function of makeRetryDecorator() returned a value of type undefined'],
    },
    {
      what: 'combineRetries() of a policy',
      declare: () => looseCombine(a, { max: 1 }),
      code: 'ERR_TASK_TARGET',
      says: ['combineRetries() was given a value of type object among its decorators'],
    },
    {
      what: 'combineRetries() of what a circular import left undefined',
      declare: () => looseCombine(a, undefined),
      code: 'ERR_TASK_TARGET',
      says: ['combineRetries() was given a value of type undefined among its decorators'],
    },
  ])

  it('passes on what the function of makeRetryDecorator() throws', () => {
    const make = makeRetryDecorator((): object => {
      throw new RangeError('no such code')
    })

    expect(() => make()).toThrow(new RangeError('no such code'))
  })
})

describe('two policies with one key', () => {
  const said = 'has two retry policies with the key "a". Each needs a budget of its own'

  refuses([
    {
      what: 'on a class',
      declare: () => {
        @a
        @createRetry({ key: 'a', max: 1 })
        class Twice {
          run(): void {}
        }
        return Twice
      },
      code: 'ERR_OPTION_INVALID',
      says: [`"Twice" ${said}`],
    },
    {
      what: 'on a method',
      declare: () => {
        class Twice {
          @a
          @a
          send(): void {}
        }
        return Twice
      },
      code: 'ERR_OPTION_INVALID',
      says: [`send" ${said}`],
    },
    {
      what: 'on a function',
      declare: () => a(a(() => 1)),
      code: 'ERR_OPTION_INVALID',
      says: [said],
    },
    {
      what: 'on a class and its run()',
      declare: () => {
        @createRetry({ key: 'a', max: 1 })
        class Twice {
          @a run(): void {}
        }
        return Twice
      },
      code: 'ERR_OPTION_INVALID',
      says: [`"Twice" ${said}`],
    },
  ])

  it('are one policy, where it is the same that stands on a class and on its run()', () => {
    @a
    @task('bad-retries.class-and-run')
    class ClassAndRun extends Task {
      @a override run(): void {}
    }
    void ClassAndRun

    expect(keysOf('bad-retries.class-and-run')).toEqual(['a'])
  })
})

describe('a policy that comes too late', () => {
  it('is refused for a function task that has been used, and changes nothing', () => {
    const add = task('bad-retries.late', () => 1)
    a(add)
    add.s()

    expect(() => createRetry({ key: 'b' })(add)).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message:
          'A retry policy came too late for "bad-retries.late": its task has been used already, by a call, a worker or a list, and would not know of it. Put @retry where the task is declared.',
      }),
    )
    expect(keysOf('bad-retries.late')).toEqual(['a'])
  })

  it('is refused for a class, and for one that a task of it extends', () => {
    class Base extends Task {
      run(): void {}
    }
    const Late = task('bad-retries.late-class')(class extends Base {})
    const Other = task('bad-retries.other-class')(
      class extends Task {
        run(): void {}
      },
    )
    new Registry().add(Late).all()

    expect(() => a(Late)).toThrow('A retry policy came too late for')
    expect(() => a(Base)).toThrow('A retry policy came too late for "Base"')
    expect(() => a(Other)).not.toThrow()
  })

  it('is not the first that is put on a task that was only declared', () => {
    const add = task('bad-retries.only-declared', () => 1)
    new Registry().add(add)
    void [add.taskName, add(), processRegistry().has('bad-retries.only-declared')]

    expect(() => a(add)).not.toThrow()
  })
})

describe('a class of which only the methods are tasks', () => {
  it('cannot have a policy, which its methods would not take over', () => {
    const onClass = a as unknown as ClassDecorator
    const declare = (): unknown => {
      @onClass
      class OnlyMethods {
        @task() send(): void {}
      }
      return OnlyMethods
    }

    expect(declare).toThrow(
      expect.objectContaining({
        code: 'ERR_TASK_TARGET',
        message:
          '@retry on the class "OnlyMethods" would do nothing: it has no run(), and its task methods do not take over what stands on the class. Put @retry on the methods.',
      }),
    )
  })

  it('may be an abstract one, whose run() comes later', () => {
    @a
    abstract class Later extends Task {
      abstract override run(): void
      @task() cleanup(): void {}
    }
    @task('bad-retries.later')
    class Now extends Later {
      run(): void {}
    }
    tasks(Now)

    expect(keysOf('bad-retries.later')).toEqual(['a'])
  })
})

describe('maxRuns', () => {
  const values: readonly unknown[] = [0, -1, 1.5, NaN, Infinity, 1_000_002, '5', null]

  refuses(
    values.map((value) => ({
      what: String(value),
      declare: () => looseTask({ name: 'bad-retries.max-runs', maxRuns: value }, () => 1),
      code: 'ERR_OPTION_INVALID',
      says: ['Option "maxRuns" of task "bad-retries.max-runs" must be a whole number from 1 to 1000001'],
    })),
  )
})

describe('what Celery calls it', () => {
  const names: readonly (readonly [option: string, says: string])[] = [
    ['autoretry_for', '@retry({ on: [HttpError] })'],
    ['dont_autoretry_for', '@retry({ when: (e) => … })'],
    ['retry_backoff', "@retry({ backoff: { base: '1s', factor: 2 } })"],
    ['retry_backoff_max', "@retry({ backoff: { max: '10m' } })"],
    ['retry_jitter', "@retry({ backoff: { jitter: 'full' } })"],
    ['retry_kwargs', "@retry({ max: 3, delay: '3m' })"],
    ['max_retries', '@retry({ max: 3 })'],
    ['maxRetries', '@retry({ max: 3 })'],
    ['default_retry_delay', "@retry({ delay: '3m' })"],
    ['retry', "@retry({ max: 3, delay: '3m' })"],
    ['throws', 'no @retry'],
  ]

  refuses(
    names.map(([option, says]) => ({
      what: `${option}, and says what to write`,
      declare: () => looseTask({ name: 'bad-retries.celery', [option]: 1 }, () => 1),
      code: 'ERR_OPTION_UNKNOWN',
      says: [`Task "bad-retries.celery" has an unknown option "${option}".`, says],
    })),
  )
})
