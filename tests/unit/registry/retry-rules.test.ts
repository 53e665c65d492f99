/** Where retry policies are kept: in the store that every copy of the package shares. */
import { expect, it } from 'vitest'
import { createRetry, task } from '../../../src/decorators/index.js'
import { retriesAt } from '../../../src/registry/metadata.js'
import { celeryEquivalent } from '../../../src/registry/celery-options.js'
import { processRegistry } from '../../../src/registry/registry.js'

it('a store that an older copy of the package made, which knows of no policies, takes them', () => {
  task('retry-rules.before', () => 1)
  const store = (globalThis as { [key: symbol]: { retries?: unknown } })[Symbol.for('taskalope.registry/1')]
  if (!store) throw new Error('There is no store of the process.')
  const known = store.retries
  delete store.retries

  try {
    createRetry({ key: 'a' })(task('retry-rules.older', () => 1))

    expect(processRegistry().get('retry-rules.older')?.retryRules).toMatchObject([{ key: 'a' }])
  } finally {
    store.retries = known
  }
})

it('each spot of a class has its own policies, the same object every time', () => {
  const [holder, other] = [{}, {}]

  expect(retriesAt(holder, 'itself')).toBe(retriesAt(holder, 'itself'))
  expect(retriesAt(holder, 'instance run')).not.toBe(retriesAt(holder, 'static run'))
  expect(retriesAt(other, 'itself')).not.toBe(retriesAt(holder, 'itself'))
})

it.each(['queue', 'toString', '__proto__', 'bind', ''])(
  '"%s" is no option of Celery’s about retries',
  (option) => {
    expect(celeryEquivalent(option)).toBeUndefined()
  },
)
