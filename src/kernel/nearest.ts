/** Near misses: which known names a mistyped one was probably meant to be. */

/** Up to `limit` of `known` that are close to `name` (at most a third of its letters wrong, and never more than 3), closest first. */
export function nearestNames(name: string, known: Iterable<string>, limit = 3): string[] {
  const allowed = Math.min(3, Math.max(1, Math.floor(name.length / 3)))
  return [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name.slice(0, 200), candidate) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** Levenshtein's distance, a swap of two neighbours counting one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const lower = [a.toLowerCase(), b.toLowerCase()] as const
  let twoBack: number[] = []
  let previous = Array.from({ length: lower[1].length + 1 }, (_, index) => index)
  for (let row = 1; row <= lower[0].length; row += 1) {
    const current = [row]
    for (let column = 1; column <= lower[1].length; column += 1) {
      current.push(cellOf(lower, { row, column }, { twoBack, previous, current }))
    }
    twoBack = previous
    previous = current
  }
  return previous[lower[1].length] ?? 0
}

interface Rows {
  readonly twoBack: readonly number[]
  readonly previous: readonly number[]
  readonly current: readonly number[]
}

function cellOf([a, b]: readonly [string, string], at: { row: number; column: number }, rows: Rows): number {
  const { row, column } = at
  const cost = a[row - 1] === b[column - 1] ? 0 : 1
  const cell = (from: readonly number[], index: number) => from[index] ?? Infinity
  const best = Math.min(
    cell(rows.previous, column) + 1,
    cell(rows.current, column - 1) + 1,
    cell(rows.previous, column - 1) + cost,
  )
  const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
  return swapped ? Math.min(best, cell(rows.twoBack, column - 2) + 1) : best
}
