/** Retry decorators on functions: around task(), inside of it, and on what never becomes a task. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combineRetries, createRetry, currentTask, retry, Task, task, type TaskContext } from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'
import { keysOf } from './policies.js'

const a = createRetry({ key: 'a' })
const b = createRetry({ key: 'b' })
const c = createRetry({ key: 'c' })
const d = createRetry({ key: 'd' })

describe('a retry decorator around a function task', () => {
  it('gives back that very task', () => {
    const add = task('retry-functions.same', (x: number, y: number) => x + y)

    expect(a(add)).toBe(add)
    expect(combineRetries(b, c)(add)).toBe(add)
    expect(add(1, 2)).toBe(3)
    expect(keysOf('retry-functions.same')).toEqual(['b', 'c', 'a'])
  })

  it('gives it back, or any code, where there is nothing to combine', () => {
    const code = () => 1

    expect(combineRetries()(code)).toBe(code)
    expect(combineRetries()(Task)).toBe(Task)
  })

  it('needs no policy', () => {
    retry(task('retry-functions.bare', () => 1))

    expect(keysOf('retry-functions.bare')).toEqual(['default'])
  })
})

describe('a retry decorator around a plain function', () => {
  it('gives back a function that task() finds the policy of, and leaves the function itself alone', () => {
    const code = async (x: number) => x
    const marked = a(code)
    task('retry-functions.marked', marked)
    task('retry-functions.unmarked', code)

    expect(marked).not.toBe(code)
    expect(keysOf('retry-functions.marked')).toEqual(['a'])
    expect(keysOf('retry-functions.unmarked')).toEqual([])
  })

  it('gives back a function that is called like it: with its `this`, its name and its length', () => {
    const marked = retry(function measure(this: unknown, x: number, y: number) {
      return [this, x, y]
    })
    const self = {}

    expect(marked.call(self, 1, 2)).toEqual([self, 1, 2])
    expect(marked.call(self, 1, 2)[0]).toBe(self)
    expect([marked.name, marked.length]).toEqual(['measure', 2])
    expect(() =>
      retry(() => {
        throw new RangeError('no')
      })(),
    ).toThrow(new RangeError('no'))
  })

  it('keeps the name that the task is called after', () => {
    const named = task(
      a(async function retryFunctionsNamed() {
        return 1
      }),
    )

    expect(named.taskName).toBe('retryFunctionsNamed')
    expect(keysOf('retryFunctionsNamed')).toEqual(['a'])
  })

  it('lets a function task see its context', async () => {
    const who = task(
      'retry-functions.who',
      a(function (this: TaskContext) {
        return [this.taskName, currentTask()]
      }),
    )

    expect(who()).toEqual(['retry-functions.who', undefined])
  })

  it('does not count for what was made of the function before', () => {
    const marked = a(() => 1)
    task('retry-functions.before', marked)
    task('retry-functions.after', b(marked))

    expect(keysOf('retry-functions.before')).toEqual(['a'])
    expect(keysOf('retry-functions.after')).toEqual(['b', 'a'])
  })
})

describe('retry decorators around and inside of task()', () => {
  it('count from the outermost to the innermost, wherever task() stands among them', () => {
    const decorators = { a, b, c, d }
    type Key = keyof typeof decorators
    let count = 0

    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.keys(decorators) as Key[]),
        fc.nat({ max: 4 }),
        (keys, inside) => {
          const name = `retry-functions.order.${(count += 1)}`
          const outer = keys.slice(0, Math.max(0, keys.length - inside))
          const inner = keys.slice(outer.length)
          const code = inner.reduceRight(
            (fn, key) => decorators[key](fn),
            (x: number) => x + 1,
          )

          const made = outer.reduceRight((fn, key) => decorators[key](fn), task(name, code))

          expect(keysOf(name)).toEqual(keys)
          expect(made.taskName).toBe(name)
          expect(made(1)).toBe(2)
        },
      ),
    )
  })

  it('come along when a task is made of a task, and when its class is extended', () => {
    const first = a(task('retry-functions.first', async (x: number) => x))
    task('retry-functions.second', first)

    @b
    @task('retry-functions.logged')
    class Logged extends first.Task {
      override async run(x: number): Promise<number> {
        return super.run(x)
      }
    }
    void Logged

    expect(keysOf('retry-functions.second')).toEqual(['a'])
    expect(keysOf('retry-functions.logged')).toEqual(['b', 'a'])
  })

  it('may be put on the class behind a function as well', () => {
    const add = task('retry-functions.class-behind', (x: number) => x)
    a(add.Task)

    expect(keysOf('retry-functions.class-behind')).toEqual(['a'])
    expect(new add.Task()).toBeInstanceOf(Task)
  })
})

describe('the rules of a definition', () => {
  it('are frozen, and the same ones every time', () => {
    a(task('retry-functions.frozen', () => 1))

    const rules = processRegistry().get('retry-functions.frozen')?.retryRules

    expect(Object.isFrozen(rules)).toBe(true)
    expect(processRegistry().get('retry-functions.frozen')?.retryRules).toBe(rules)
  })
})
