/** What `this` is in a function task that is called where it stands, outside of any worker. */
import { silentLogger } from '../kernel/logger.js'
import { Retry } from './signals.js'
import type { TaskContext } from './task-context.js'

/** A context for a call that no message brought: it is never cut short, logs nothing, nobody follows its progress, and nobody catches its `Retry` but the caller. */
export function localContext(taskName: string, args: readonly unknown[]): TaskContext {
  return {
    id: 'local',
    taskName,
    args,
    attempt: 1,
    retries: {},
    queue: '',
    headers: {},
    redelivered: false,
    deliveryCount: undefined,
    rootId: 'local',
    parentId: undefined,
    eta: undefined,
    deadline: undefined,
    signal: new AbortController().signal,
    log: silentLogger,
    progress: () => Promise.resolve(),
    retry: (options) => {
      throw new Retry(options)
    },
  }
}
