/** Compiles the library and the examples: what the demo and the tests of the examples run. */
import { join } from 'node:path'
import { execa } from 'execa'

const EXAMPLES = ['tsconfig.examples.json', 'examples/tc39-decorators/tsconfig.json']

/**
 * @param {string} root of the repository
 * @param {AbortSignal} [signal]
 * @throws when something does not compile; what the compiler says is on the screen, or in `all` of the error.
 */
export async function buildAll(root, signal) {
  const options = /** @type {const} */ ({ cwd: root, all: true, ...(signal && { cancelSignal: signal }) })
  await execa(process.execPath, [join(root, 'scripts/build.mjs')], options)
  await buildExamples(root, signal)
}

/**
 * The examples alone, against a library that has been built.
 * @param {string} root
 * @param {AbortSignal} [signal]
 */
export async function buildExamples(root, signal) {
  const options = /** @type {const} */ ({ cwd: root, all: true, ...(signal && { cancelSignal: signal }) })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  for (const project of EXAMPLES) await execa(process.execPath, [tsc, '-p', project], options)
}
