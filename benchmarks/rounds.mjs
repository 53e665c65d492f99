/** Interleaved rounds and their medians: both sides see the same machine, and one bad moment decides nothing. */

/**
 * Runs each side once a round, in turn, the order of the sides swapped every round; the first round warms up and does not count.
 * @template {string} Side
 * @param {number} count
 * @param {Record<Side, (round: number) => Promise<number>>} sides each gives one figure
 * @param {(line: string) => void} say
 * @returns {Promise<Record<Side, number[]>>}
 */
export async function interleave(count, sides, say) {
  const names = /** @type {Side[]} */ (Object.keys(sides))
  const figures = /** @type {Record<Side, number[]>} */ (
    /** @type {unknown} */ (Object.fromEntries(names.map((name) => [name, []])))
  )
  for (let round = 0; round <= count; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figure = await sides[name](round)
      if (round > 0) figures[name].push(figure)
    }
    say(round === 0 ? 'warmed up' : `round ${round}/${count}`)
  }
  return figures
}

/** @param {readonly number[]} figures */
export function median(figures) {
  return percentile(figures, 50)
}

/**
 * @param {readonly number[]} figures
 * @param {number} percent
 */
export function percentile(figures, percent) {
  const sorted = figures.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * (percent / 100)
  const below = sorted[Math.floor(at)] ?? NaN
  const above = sorted[Math.ceil(at)] ?? NaN
  return below + (above - below) * (at - Math.floor(at))
}
