/** Tasks by name: the registry of the process and those of apps. */
import { describe, expect, it, vi } from 'vitest'
import { task } from '../../../src/decorators/index.js'
import { processRegistry, Registry } from '../../../src/registry/registry.js'
import { Task } from '../../../src/task/task.js'

const add = task('registry.add', (a: number, b: number) => a + b)
const send = task('registry.mail.send', (to: string) => to)
class Images extends Task {
  run(): void {}
}
const image = task({ name: 'registry.images' })(Images)

describe('a registry of one’s own', () => {
  it('has nothing in it until something is added', () => {
    const registry = new Registry()

    expect(registry.names()).toEqual([])
    expect(registry.all()).toEqual([])
    expect(registry.get('registry.add')).toBeUndefined()
    expect(registry.has('registry.add')).toBe(false)
  })

  it('has what was added, in the order of the names', () => {
    const registry = new Registry().add(send, image, add)

    expect(registry.names()).toEqual(['registry.add', 'registry.images', 'registry.mail.send'])
    expect(registry.all().map(({ name }) => name)).toEqual(registry.names())
    expect(registry.has('registry.add')).toBe(true)
  })

  it('gives the definition the process-wide one gives', () => {
    expect(new Registry().add(add).get('registry.add')).toBe(processRegistry().get('registry.add'))
  })

  it('takes the same task twice as once', () => {
    const registry = new Registry().add(add).add(add, add.Task)

    expect(registry.names()).toEqual(['registry.add'])
  })

  it('shares nothing with another', () => {
    const [one, other] = [new Registry().add(add), new Registry().add(send)]

    expect(one.has('registry.mail.send')).toBe(false)
    expect(other.has('registry.add')).toBe(false)
  })
})

describe('names that are not there', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'registry.ad'])(
    'such as "%s" are unknown',
    (name) => {
      expect(new Registry().add(add).get(name)).toBeUndefined()
      expect(new Registry().add(add).has(name)).toBe(false)
    },
  )

  it('have near ones suggested, closest first', () => {
    const registry = new Registry().add(add, send, image)

    expect(registry.nearest('registry.mail.sned')).toEqual(['registry.mail.send'])
    expect(registry.nearest('registry.imagse')).toEqual(['registry.images'])
    expect(registry.nearest('entirely.different.thing')).toEqual([])
    expect(registry.nearest('x'.repeat(10_000))).toEqual([])
  })
})

describe('the registry of the process', () => {
  it('is always the same, and has what decorators declared', () => {
    expect(processRegistry()).toBe(processRegistry())
    expect(processRegistry().names()).toEqual(
      expect.arrayContaining(['registry.add', 'registry.images', 'registry.mail.send']),
    )
  })

  it('is shared by two copies of the package', async () => {
    vi.resetModules()
    const copy = {
      ...(await import('../../../src/registry/registry.js')),
      ...(await import('../../../src/decorators/index.js')),
    }

    const sub = copy.task('registry.of-the-copy', () => 1)

    expect(copy.processRegistry).not.toBe(processRegistry)
    expect(processRegistry().get('registry.of-the-copy')?.name).toBe('registry.of-the-copy')
    expect(copy.processRegistry().get('registry.add')?.name).toBe('registry.add')
    expect(new Registry().add(sub).names()).toEqual(['registry.of-the-copy'])
    expect(() => copy.task('registry.add', () => 1)).toThrow(
      expect.objectContaining({ code: 'ERR_TASK_DUPLICATE' }),
    )
  })
})

describe('Symbol.metadata', () => {
  it('is there for class bodies to use, and leaves no trace that breaks others', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Symbol, 'metadata')

    expect(descriptor).toMatchObject({ enumerable: false, writable: true, configurable: true })
    expect(typeof descriptor?.value).toBe('symbol')
  })
})
