/** What the tests of retry decorators look at. */
import { processRegistry } from '../../src/registry/registry.js'

/** The keys of a task's policies, in the order they are asked. */
export function keysOf(name: string): unknown[] | undefined {
  return processRegistry()
    .get(name)
    ?.retryRules.map(({ key }) => key)
}
