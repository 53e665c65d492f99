/** One name, one task: two declarations clash and both places are named; one that is loaded again replaces itself. */
import { describe, expect, it, vi } from 'vitest'
import { Registry, task, Task, tasks } from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'
import { declareSend } from './modules/legacy-mail.js'
import { makeTask } from './modules/make-task.js'
import { declareSend as declareOther } from './modules/other/legacy-mail.js'
import { declareHere } from './modules/use-make-task.js'

describe('two tasks under one name', () => {
  it('are refused, and the error names both places and what to do', () => {
    task('duplicates.send', async function sendFirst() {})
    const first = processRegistry().get('duplicates.send')

    expect(() => declareSend('duplicates.send')).toThrow(
      expect.objectContaining({
        name: 'DeclarationError',
        code: 'ERR_TASK_DUPLICATE',
        message: expect.stringMatching(
          /^Task "duplicates\.send" is declared twice, by sendFirst \(duplicates\.test\.ts:\d+\) and send \(legacy-mail\.ts:4\)\. Give one of them another name: @task\(\{ name: … \}\)\.$/,
        ),
      }),
    )
    expect(processRegistry().get('duplicates.send')).toBe(first)
  })

  it('are refused whatever they are: function, class, method', () => {
    task('duplicates.kinds', () => 1)
    const declareClass = (): unknown => {
      @task('duplicates.kinds')
      class Second extends Task {
        run(): void {}
      }
      return Second
    }
    const declareMethod = (): unknown => {
      class Second {
        @task('duplicates.kinds') send(): void {}
      }
      return tasks(Second)
    }

    expect(declareClass).toThrow(
      /by duplicates\.kinds \(duplicates\.test\.ts:\d+\) and Second \(duplicates\.test\.ts:\d+\)/,
    )
    expect(declareMethod).toThrow(/by duplicates\.kinds \(.*\) and Second\.send \(duplicates\.test\.ts:\d+\)/)
  })

  it('are refused when both are methods of one class', () => {
    const declare = (): unknown => {
      class Pair {
        @task('duplicates.pair') one(): void {}
        @task('duplicates.pair') two(): void {}
      }
      return tasks(Pair)
    }

    expect(declare).toThrow(/by Pair\.one \(.*\) and Pair\.two \(.*\)/)
  })

  it('are refused on one line', () => {
    // prettier-ignore
    const declare = () => [task('duplicates.line', () => 1), task('duplicates.line', () => 2)]

    expect(declare).toThrow(expect.objectContaining({ code: 'ERR_TASK_DUPLICATE' }))
  })

  it('are refused when one decorator makes both', () => {
    const again = task('duplicates.again')
    const declare = (): unknown => {
      class Again {
        @again one(): void {}
        @again two(): void {}
      }
      return tasks(Again)
    }

    expect(declare).toThrow(/by Again\.one \(.*\) and Again\.two \(.*\)/)
  })

  it('are shown with their folders where the files are called the same', () => {
    declareSend('duplicates.same-file')

    expect(() => declareOther('duplicates.same-file')).toThrow(
      'by send (modules/legacy-mail.ts:4) and send (other/legacy-mail.ts:4)',
    )
  })

  it('are refused when a function of the user’s own made both, from two files', () => {
    makeTask('duplicates.made')

    expect(() => declareHere('duplicates.made')).toThrow(
      expect.objectContaining({ code: 'ERR_TASK_DUPLICATE' }),
    )
  })

  it('are refused in a registry of one’s own, which is then what it was', () => {
    class Ours {
      @task('duplicates.ours.first') first(): void {}
      @task('duplicates.ours.second') second(): void {}
    }
    const registry = new Registry().add(tasks(Ours) && Ours)

    expect(registry.add(Ours).names()).toEqual(['duplicates.ours.first', 'duplicates.ours.second'])
  })
})

describe('a module that is loaded again', () => {
  it('replaces its own tasks, whatever they are', async () => {
    const first = await import('./modules/mail.js')
    const before = processRegistry()
      .names()
      .filter((name) => /reload/i.test(name))

    vi.resetModules()
    const second = await import('./modules/mail.js')

    expect(second.Send).not.toBe(first.Send)
    expect(before).toEqual([
      ...['ReloadBare', 'ReloadMethods.bare', 'ReloadMethods.sweep'],
      ...['reload.class', 'reload.method', 'reload.send', 'reloadNamed'],
    ])
    expect(
      processRegistry()
        .names()
        .filter((name) => /reload/i.test(name)),
    ).toEqual(before)
    expect(processRegistry().get('reload.class')?.target.cls).toBe(second.Send)
    expect(processRegistry().get('reload.method')?.target.cls).toBe(second.ReloadMethods)
    expect(processRegistry().get('reload.send')?.target.cls).toBe(second.send.Task)
  })

  it('leaves the handles of the one before working', () => {
    const make = (value: number) => task('reload.handle', () => value)

    const [first, second] = [1, 2].map(make)

    expect([first?.(), second?.()]).toEqual([1, 2])
    expect(processRegistry().get('reload.handle')?.target.cls).toBe(second?.Task)
  })
})
