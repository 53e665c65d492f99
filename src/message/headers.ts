/** Every name of a header on the wire, once: Celery's protocol 2, RabbitMQ's own, and ours. */

/** The headers of Celery's protocol 2, in the order Celery writes them. */
export const CELERY = Object.freeze({
  lang: 'lang',
  task: 'task',
  id: 'id',
  shadow: 'shadow',
  eta: 'eta',
  expires: 'expires',
  group: 'group',
  groupIndex: 'group_index',
  retries: 'retries',
  timeLimit: 'timelimit',
  rootId: 'root_id',
  parentId: 'parent_id',
  argsRepr: 'argsrepr',
  kwargsRepr: 'kwargsrepr',
  origin: 'origin',
  ignoreResult: 'ignore_result',
  replacedTaskNesting: 'replaced_task_nesting',
  stampedHeaders: 'stamped_headers',
  stamps: 'stamps',
  compression: 'compression',
})

/** What this library writes as `lang`; Celery writes `py`. */
export const LANGUAGE = 'js'

/** What every header of ours begins with. */
export const OWN_PREFIX = 'taskalope-'

/** The headers of a dead letter: why it is one, and since when. */
export const DEAD_LETTER = Object.freeze({
  code: 'taskalope-error-code',
  class: 'taskalope-error-class',
  message: 'taskalope-error-message',
  stack: 'taskalope-error-stack',
  at: 'taskalope-error-at',
  worker: 'taskalope-error-worker',
  queue: 'taskalope-error-queue',
  attempts: 'taskalope-error-attempts',
  firstFailedAt: 'taskalope-error-first-failed-at',
})

/** On a call that is tried again, or put off: what Celery has no word for. */
export const RETRY = Object.freeze({
  /** What each policy has used of its budget, as JSON text. */
  budgets: 'taskalope-retries',
  /** The delay was relative, this many milliseconds: once the broker has kept it that long it is due, whatever a clock says. */
  delay: 'taskalope-delay',
  firstFailedAt: 'taskalope-first-failed-at',
})

/** On a message that was a dead letter and was sent again: how often. */
export const REPLAYS = 'taskalope-replays'

/** Beside it: which run sent it, so that one that is parked again is not sent again by the very same run. */
export const REPLAY_RUN = 'taskalope-replay-run'

const CELERY_NAMES: ReadonlySet<string> = new Set(Object.values(CELERY))

/** Whether a name has a meaning in Celery's protocol. */
export function isCeleryName(name: string): boolean {
  return CELERY_NAMES.has(name)
}

/** Whether RabbitMQ reads or writes headers of this name: `CC` and `BCC` make it send copies, `x-…` are its own. */
export function isBrokerName(name: string): boolean {
  return name === 'CC' || name === 'BCC' || name.startsWith('x-')
}

/** Whether a header of this name is RabbitMQ's record of what happened to a message, not a caller's: `x-tenant` is a caller's. */
export function isBrokerTrace(name: string): boolean {
  return name.startsWith('x-') && BROKER_TRACE.test(name)
}

const BROKER_TRACE =
  /^x-(?:death|first-death-|last-death-|delivery-count$|acquired-count$|received-from|stream-|opt-|delay$|exception-)/

/** What stands in place of a header table that could not be read, alone: why, in words, and the bytes of the table. */
export const UNREADABLE = Object.freeze({
  reason: 'taskalope-unreadable-headers',
  bytes: 'taskalope-unreadable-headers-bytes',
})

/** On a dead letter: what of the original could not be written again. */
export const NOT_KEPT = 'taskalope-error-not-kept'

/** On an answer: what Celery's has no word for. */
export const ANSWER = Object.freeze({
  attempts: 'taskalope-attempts',
  worker: 'taskalope-worker',
})
