/** Lets only so many things happen at a time. */

/**
 * @param {number} most
 * @returns {<T>(action: () => Promise<T>) => Promise<T>} runs the action when its turn has come, first come first served
 */
export function limited(most) {
  let running = 0
  /** @type {Array<() => void>} */
  const waiting = []

  return async (action) => {
    if (running >= most)
      await new Promise((/** @type {(value?: undefined) => void} */ resolve) => waiting.push(resolve))
    else running++
    try {
      return await action()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
