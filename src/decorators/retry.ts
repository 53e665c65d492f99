/** `retry`, and what makes retry decorators of one's own: `createRetry`, `makeRetryDecorator`, `combineRetries`. */
import { DeclarationError } from '../kernel/errors.js'
import { placeOfCaller, showPlace } from '../registry/place.js'
import { retryRule } from '../retry/retry-rule.js'
import type { RetryPolicy, RetryRule } from '../retry/retry-types.js'
import { applyRetry } from './apply-retry.js'
import type { CreateRetry, MakeRetryDecorator, RetryDecorator, RetryFactory } from './retry-forms.js'
import { isApplied, targetOf } from './target.js'

/**
 * Tries a task again that threw: `@retry()`, `@retry`, `@retry({ on: HttpError, max: 5, delay: '20m' })`, on a class with run(), a task method or a function, above
 * or below `@task`. Without a policy: any error, 3 retries, exponential from 1 s to 10 min with full jitter. Of several the topmost that matches decides, also
 * when its budget is used up; each has a budget of its own, which is carried in the message under the policy's `key`. A task without any is never tried again.
 * What stands on a class is for its run(), and inherited by subclasses, whose own come first; one that names the key of an inherited one takes its place.
 * A plain function comes back wrapped, for `task()` to find the policy; on what never becomes a task it does nothing.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID for the policy; ERR_TASK_TARGET where it is put on something else, or after the task's first use
 */
export const retry = ((...args: readonly unknown[]): unknown => {
  if (isApplied(args)) return applyRetry(ruleOf({}, retry), targetOf('retry', args))
  return decoratorOf(ruleOf(args.length === 0 ? {} : policyFrom('retry', args), retry))
}) as RetryFactory

/**
 * A retry decorator from a policy: `const retryTwice = createRetry({ max: 2 })`, then `@retryTwice`. May be used any number of times; each task has its own budget.
 * `error` is typed after `on`, or after a type guard in `when`.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export const createRetry = ((...args: readonly unknown[]): RetryDecorator => {
  return decoratorOf(ruleOf(policyFrom('createRetry', args), createRetry))
}) as CreateRetry

/**
 * A retry decorator with parameters of its own, from a function that makes a policy of them:
 * `const retryOnStatus = makeRetryDecorator((status: number) => ({ on: HttpError, when: (e) => e.status === status }))`, then `@retryOnStatus(503)`.
 * Parameters of `build` need types of their own, those with defaults included.
 * @throws DeclarationError ERR_TASK_TARGET for what is no function. What it returns throws as createRetry does
 */
export const makeRetryDecorator = ((build: unknown) => {
  if (typeof build !== 'function') throw noBuilder(build)
  const make = (...args: readonly unknown[]): RetryDecorator => {
    const policy = (build as (...args: readonly unknown[]) => unknown)(...args)
    if (!isPolicy(policy)) throw noPolicyMade(policy)
    return decoratorOf(ruleOf(policy, make))
  }
  return make
}) as MakeRetryDecorator

/**
 * One decorator of several, as if they stood above each other in this order: the first is the topmost.
 * @throws DeclarationError ERR_TASK_TARGET for what is no decorator
 */
export function combineRetries(...decorators: readonly RetryDecorator[]): RetryDecorator {
  for (const decorator of decorators as readonly unknown[]) {
    if (typeof decorator !== 'function') throw notADecorator(decorator)
  }
  const combined = (target: unknown, ...place: readonly unknown[]): unknown => {
    // Only code that is handed over is asked for again; a decorator of a method gives nothing back.
    let given: unknown = place.length === 0 ? target : undefined
    for (const decorator of decorators.toReversed()) {
      given = (decorator as AnyDecorator)(given ?? target, ...place)
    }
    return given
  }
  return combined as RetryDecorator
}

type AnyDecorator = (...target: readonly unknown[]) => unknown

function decoratorOf(rule: RetryRule): RetryDecorator {
  const decorator: AnyDecorator = (...target) => applyRetry(rule, targetOf('retry', target))
  return decorator as RetryDecorator
}

/** Checked where it is written, not where it is used: `boundary` is what was called there. */
function ruleOf(policy: object, boundary: (...args: never[]) => unknown): RetryRule {
  const place = placeOfCaller(boundary)
  return retryRule(policy as RetryPolicy, `A retry policy${place ? ` (${showPlace(place)})` : ''}`)
}

function policyFrom(what: string, args: readonly unknown[]): object {
  const [policy] = args
  if (args.length === 1 && typeof policy === 'object' && policy !== null && !Array.isArray(policy))
    return policy
  throw new DeclarationError(
    'ERR_TASK_TARGET',
    `${what}() was given ${args.map(typeInWords).join(', ') || 'nothing'}. Write ${what}({ on: HttpError, max: 5, delay: '20m' }), and put what it gives on a task.`,
  )
}

function isPolicy(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function noPolicyMade(value: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `The function of makeRetryDecorator() returned ${typeInWords(value)}. It has to return a policy, such as { on: HttpError, max: 5 }.`,
  )
}

function noBuilder(build: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `makeRetryDecorator() was given ${typeInWords(build)}. Give it a function that returns a policy: makeRetryDecorator((max: number) => ({ max })).`,
  )
}

function notADecorator(value: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    `combineRetries() was given ${typeInWords(value)} among its decorators. Give it what retry(…) or createRetry(…) returned.`,
  )
}

function typeInWords(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`
}
