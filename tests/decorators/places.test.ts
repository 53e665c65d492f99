/** Where a task was declared, as people are told. */
import { describe, expect, it } from 'vitest'
import { task, Task, tasks } from 'taskalope'
import { processRegistry } from '../../src/registry/registry.js'
import { mailTask } from './modules/make-task.js'

const placeOf = (name: string) => processRegistry().get(name)?.place

/** The line this is called on. */
function here(): number {
  return Number(/places\.test\.ts:(\d+)/.exec(new Error().stack?.split('\n')[2] ?? '')?.[1])
}

describe('the place of a task', () => {
  it('is the line of a function', () => {
    const line = here()
    task('places.function', async function send() {})
    task({ name: 'places.anonymous' })(async () => {})

    expect(placeOf('places.function')).toBe(`send (places.test.ts:${line + 1})`)
    expect(placeOf('places.anonymous')).toBe(`places.anonymous (places.test.ts:${line + 2})`)
  })

  it('is the line of the decorator of a class or a method', () => {
    const line = here()
    @task('places.class')
    class Places extends Task {
      run(): void {}

      @task('places.method')
      method(): void {}
    }

    expect(placeOf('places.class')).toBe(`Places (places.test.ts:${line + 1})`)
    expect(placeOf('places.method')).toBe(`Places.method (places.test.ts:${line + 5})`)
    expect(tasks(Places).method.taskName).toBe('places.method')
  })

  it('is in the file that uses a decorator, not in the one that made it', () => {
    @mailTask
    class PlacesOfMail extends Task {
      run(): void {}
    }

    expect(placeOf(PlacesOfMail.taskName)).toMatch(/^PlacesOfMail \(places\.test\.ts:\d+\)$/)
  })
})
