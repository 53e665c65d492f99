/** Retry decorators on classes and methods: every way of writing them, above or below @task, and in which order they count. */
import { describe, expect, it } from 'vitest'
import {
  combineRetries,
  createRetry,
  makeRetryDecorator,
  Registry,
  retry,
  Task,
  task,
  tasks,
} from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'
import { keysOf } from './policies.js'

const a = createRetry({ key: 'a' })
const b = createRetry({ key: 'b' })

describe('a retry decorator on a class', () => {
  it('may stand above and below @task, in any order, and the topmost counts first', () => {
    @a
    @b
    @task('retry.class.1')
    class AboveBoth extends Task {
      run(): void {}
    }
    @a
    @task('retry.class.2')
    @b
    class Around extends Task {
      run(): void {}
    }
    @task('retry.class.3')
    @a
    @b
    class BelowBoth extends Task {
      run(): void {}
    }
    @b
    @a
    @task('retry.class.4')
    class Turned extends Task {
      run(): void {}
    }
    @b
    @task('retry.class.5')
    @a
    class TurnedAround extends Task {
      run(): void {}
    }
    @task('retry.class.6')
    @b
    @a
    class TurnedBelow extends Task {
      run(): void {}
    }
    void [AboveBoth, Around, BelowBoth, Turned, TurnedAround, TurnedBelow]

    for (const name of ['retry.class.1', 'retry.class.2', 'retry.class.3'])
      expect(keysOf(name)).toEqual(['a', 'b'])
    for (const name of ['retry.class.4', 'retry.class.5', 'retry.class.6'])
      expect(keysOf(name)).toEqual(['b', 'a'])
  })

  it('leaves the class what it is', () => {
    class Plain extends Task {
      run(): void {}
    }

    expect(a(Plain)).toBe(Plain)
    expect(combineRetries(b, createRetry({ key: 'c' }))(Plain)).toBe(Plain)
    expect(retry(Plain)).toBe(Plain)
  })

  it('needs no parentheses, and no policy', () => {
    @retry
    @task('retry.class.bare')
    class Bare extends Task {
      run(): void {}
    }
    @task('retry.class.empty')
    @retry()
    class Empty extends Task {
      run(): void {}
    }
    void [Bare, Empty]

    for (const name of ['retry.class.bare', 'retry.class.empty']) {
      expect(processRegistry().get(name)?.retryRules).toMatchObject([
        {
          ...{ key: 'default', on: [], when: undefined, delay: undefined, max: 3 },
          backoff: { type: 'exponential', baseMs: 1000, factor: 2, maxMs: 600_000, jitter: 'full' },
        },
      ])
    }
  })

  it('on its run() counts after those on the class itself', () => {
    @b
    @task('retry.class.run')
    class WithRun extends Task {
      @a override run(): void {}
    }
    void WithRun

    expect(keysOf('retry.class.run')).toEqual(['b', 'a'])
  })

  it('is not for its task methods, which have their own', () => {
    @a
    @task('retry.class.both')
    class Both extends Task {
      run(): void {}
      @b @task('retry.class.both.method') method(): void {}
    }
    tasks(Both)

    expect(keysOf('retry.class.both')).toEqual(['a'])
    expect(keysOf('retry.class.both.method')).toEqual(['b'])
  })

  it('works on a class that is handed over', () => {
    const HandedOver = a(
      task('retry.class.handed')(
        b(
          class {
            run(): void {}
          },
        ),
      ),
    )

    expect(HandedOver.taskName).toBe('retry.class.handed')
    expect(keysOf('retry.class.handed')).toEqual(['a', 'b'])
  })

  it('is known to a registry of one’s own, too', () => {
    @a
    @task('retry.class.own-registry')
    class Own extends Task {
      run(): void {}
    }

    expect(new Registry().add(Own).get('retry.class.own-registry')?.retryRules).toHaveLength(1)
  })
})

describe('a retry decorator on a method', () => {
  class Emails {
    @a @b @task('retry.method.1') aboveBoth(): void {}
    @a @task('retry.method.2') @b around(): void {}
    @task('retry.method.3') @a @b belowBoth(): void {}
    @b @a @task('retry.method.4') turned(): void {}
    @b @task('retry.method.5') @a turnedAround(): void {}
    @task('retry.method.6') @b @a turnedBelow(): void {}
    @retry @task('retry.method.bare') bare(): void {}
    @task @retry() empty(): void {}
    @a @task('retry.method.twin') twin(): void {}
    @task('retry.method.static-twin') @b static twin(): void {}
    @task('retry.method.none') none(): void {}
    @a undecorated(): string {
      return 'as before'
    }
  }
  tasks(Emails)

  it('may stand above and below @task, in any order, and the topmost counts first', () => {
    for (const name of ['retry.method.1', 'retry.method.2', 'retry.method.3'])
      expect(keysOf(name)).toEqual(['a', 'b'])
    for (const name of ['retry.method.4', 'retry.method.5', 'retry.method.6'])
      expect(keysOf(name)).toEqual(['b', 'a'])
  })

  it('needs no parentheses', () => {
    expect(keysOf('retry.method.bare')).toEqual(['default'])
    expect(keysOf('Emails.empty')).toEqual(['default'])
  })

  it('tells static methods from those of instances', () => {
    expect(keysOf('retry.method.twin')).toEqual(['a'])
    expect(keysOf('retry.method.static-twin')).toEqual(['b'])
  })

  it('counts for that method only', () => {
    expect(keysOf('retry.method.none')).toEqual([])
  })

  it('does nothing to a method that is no task', () => {
    expect(new Emails().undecorated()).toBe('as before')
    expect(() => tasks(Emails).undecorated).toThrow('"Emails.undecorated" is no task.')
  })
})

describe('makeRetryDecorator', () => {
  const onCode = makeRetryDecorator((code: string, max: number = 7) => ({ key: code, max }))

  it('makes a decorator that takes what its function takes', () => {
    class Orders {
      @onCode('E1') @task('retry.made') @onCode('E2', 0) send(): void {}
    }
    tasks(Orders)

    expect(processRegistry().get('retry.made')?.retryRules).toMatchObject([
      { key: 'E1', max: 7 },
      { key: 'E2', max: 0 },
    ])
  })

  it('asks its function again for every decorator', () => {
    let asked = 0
    const counted = makeRetryDecorator(() => ({ key: `k${(asked += 1)}` }))
    class Orders {
      @counted() @task('retry.made.1') one(): void {}
      @counted() @task('retry.made.2') two(): void {}
    }
    tasks(Orders)

    expect([keysOf('retry.made.1'), keysOf('retry.made.2')]).toEqual([['k1'], ['k2']])
  })
})

describe('combineRetries', () => {
  it('is as if its decorators stood above each other', () => {
    const both = combineRetries(a, b)
    @both
    @task('retry.combined.class')
    class Combined extends Task {
      run(): void {}
    }
    class Orders {
      @both @task('retry.combined.method') send(): void {}
      @task('retry.combined.nested') @combineRetries(combineRetries(b), a, retry) nested(): void {}
      @task('retry.combined.none') @combineRetries() none(): string {
        return 'as before'
      }
    }
    tasks(Orders)
    void Combined

    expect(keysOf('retry.combined.class')).toEqual(['a', 'b'])
    expect(keysOf('retry.combined.method')).toEqual(['a', 'b'])
    expect(keysOf('retry.combined.nested')).toEqual(['b', 'a', 'default'])
    expect(keysOf('retry.combined.none')).toEqual([])
    expect(new Orders().none()).toBe('as before')
  })
})

describe('the budgets of several policies', () => {
  class HttpError extends Error {}
  class SqlError extends Error {}

  it('have keys after the classes they are for, each once', () => {
    class Orders {
      @retry({ on: HttpError, max: 1 })
      @retry({ on: [HttpError, SqlError] })
      @retry({ on: HttpError, max: 2 })
      @retry()
      @retry({ max: 5 })
      @task('retry.keys')
      send(): void {}
    }
    tasks(Orders)

    expect(keysOf('retry.keys')).toEqual([
      'HttpError',
      'HttpError|SqlError',
      'HttpError#2',
      'default',
      'default#2',
    ])
  })

  it('are separate in each task that one decorator is used on', () => {
    class Orders {
      @a @task('retry.keys.1') one(): void {}
      @a @task('retry.keys.2') two(): void {}
    }
    tasks(Orders)

    const [one, two] = ['retry.keys.1', 'retry.keys.2'].map((name) => processRegistry().get(name)?.retryRules)
    expect(one).not.toBe(two)
    expect(one).toEqual(two)
  })
})

describe('maxRuns', () => {
  it('is kept in the definition', () => {
    task({ name: 'retry.max-runs', maxRuns: 4 }, () => 1)
    task({ name: 'retry.max-runs.most', maxRuns: 1_000_001 }, () => 1)

    expect(processRegistry().get('retry.max-runs')?.maxRuns).toBe(4)
    expect(processRegistry().get('retry.max-runs.most')?.maxRuns).toBe(1_000_001)
    expect(task('retry.max-runs.none', () => 1).taskName).toBe('retry.max-runs.none')
    expect(processRegistry().get('retry.max-runs.none')?.maxRuns).toBeUndefined()
  })
})
