/** Picks TCP ports on 127.0.0.1 that nobody listens on. */
import { createServer } from 'node:net'

// Below the range from which Linux takes ports for outgoing connections: what is free now stays free while a node boots.
const LOWEST = 20_000
const HIGHEST = 32_000
const TRIES = 200

/**
 * That many different free ports.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  /** @type {Set<number>} */
  const found = new Set()
  for (let tries = 0; found.size < count && tries < TRIES; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) found.add(port)
  }
  if (found.size < count)
    throw new Error(`Found no ${count} free ports on 127.0.0.1 between ${LOWEST} and ${HIGHEST}.`)
  return [...found]
}

/**
 * Whether nobody listens on that port of 127.0.0.1.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
