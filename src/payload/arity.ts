/** How many arguments a task takes: found out from its declaration, and held against a call. */
import type { Issue } from '../kernel/errors.js'
import { isOptional, type ParamSpec } from './param-spec.js'
import { takesAnyNumber } from './parameter-list.js'

/** The least and the greatest number of arguments; undefined where nothing says it (`fn.length` does not: defaults and rest parameters hide from it). */
export interface Arity {
  readonly min: number | undefined
  readonly max: number | undefined
}

/** What is wrong with calling this task with `count` arguments; nothing, where its declaration does not say how many it takes. */
export function checkArity(task: { readonly arity: Arity }, count: number): Issue[] {
  const { min, max } = task.arity
  if (max !== undefined && count > max) return [tooMany(count, max)]
  if (min !== undefined && count < min) return [tooFew(count, min)]
  return []
}

/** The arity a `params` list declares: everything up to the last parameter that is not optional is needed. */
export function arityOfParams(params: readonly (ParamSpec | undefined)[]): Arity {
  return { min: params.findLastIndex((spec) => !isOptional(spec)) + 1, max: params.length }
}

/** The arity that emitted types tell: how many at most. Which may be left out they do not say, and a rest parameter counts as one in them. */
export function arityOfEmitted(types: readonly unknown[], code: unknown): Arity {
  return { min: undefined, max: takesAnyNumber(code) ? undefined : types.length }
}

function tooMany(count: number, max: number): Issue {
  return { path: '', message: `${given(count)}, and it takes ${max === 0 ? 'none' : `at most ${max}`}` }
}

function tooFew(count: number, min: number): Issue {
  return { path: '', message: `${given(count)}, and it takes at least ${min}` }
}

function given(count: number): string {
  if (count === 0) return 'none was given'
  return count === 1 ? '1 was given' : `${count} were given`
}
