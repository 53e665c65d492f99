/** The errors behind an error: looked at with care, and never more than a few of them. */
import { isList, readProperty } from '../kernel/guarded.js'

const LONGEST_CHAIN = 8
const MOST_ERRORS = 64

/** The value and its causes, the outermost first, as far as they are objects: at most 8, each once. */
export function causesOf(error: unknown): readonly object[] {
  return reachableFrom(error, LONGEST_CHAIN, (one) => [readProperty(one, 'cause')])
}

/** Like `causesOf`, with the members of AggregateErrors, the nearest first: at most 64, each once. */
export function errorsBehind(error: unknown): readonly object[] {
  return reachableFrom(error, MOST_ERRORS, (one) => [readProperty(one, 'cause'), ...membersOf(one)])
}

function membersOf(error: object): unknown[] {
  const members = readProperty(error, 'errors')
  if (!isList(members)) return []
  // By index, because a proxy's iterator may throw, or never end.
  return Array.from({ length: MOST_ERRORS }, (_, index) => readProperty(members, index))
}

function reachableFrom(start: unknown, most: number, next: (from: object) => unknown[]): readonly object[] {
  const found = new Set<object>()
  const add = (value: unknown) => {
    if (typeof value === 'object' && value !== null && found.size < most) found.add(value)
  }
  add(start)
  // A set gives what is added to it on the way as well.
  for (const one of found) next(one).forEach(add)
  return [...found]
}
