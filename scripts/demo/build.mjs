/** Compiles the library and the examples: what the demo and the tests of the examples run. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

/** Each project, and the folder of build/examples it goes to. */
const PROJECTS = { 'tsconfig.examples.json': '', 'examples/tc39-decorators/tsconfig.json': 'tc39-decorators' }

/**
 * @param {string} root of the repository
 * @param {AbortSignal} [signal]
 * @throws an Error with what the compiler says
 */
export async function buildAll(root, signal) {
  await run(root, [join(root, 'scripts/build.mjs')], signal)
  await buildExamples(root, signal)
}

/**
 * The examples alone, against a library that has been built. Several may do so at a time, while examples run.
 * @param {string} root
 * @param {AbortSignal} [signal]
 */
export async function buildExamples(root, signal) {
  const build = join(root, 'build')
  // Beside its goal, so that a file can be moved there in one step.
  const fresh = join(build, `.examples-${process.pid}`)
  try {
    for (const [project, folder] of Object.entries(PROJECTS)) {
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      await run(root, [tsc, '-p', project, '--outDir', join(fresh, folder)], signal)
    }
    moveChanged(fresh, join(build, 'examples'))
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/**
 * @param {string} root
 * @param {string[]} args
 * @param {AbortSignal} [signal]
 */
async function run(root, args, signal) {
  const options = { cwd: root, all: true, reject: false, ...(signal && { cancelSignal: signal }) }
  const { exitCode, all } = await execa(process.execPath, args, options)
  signal?.throwIfAborted()
  if (exitCode !== 0) throw new Error(`It does not compile:\n${all}`)
}

/**
 * Whoever reads a file meanwhile sees the old one or the new one.
 * @param {string} from
 * @param {string} to
 */
function moveChanged(from, to) {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const [source, target] = [join(from, name), join(to, name)]
    if (statSync(source).isDirectory()) continue
    if (existsSync(target) && readFileSync(target).equals(readFileSync(source))) continue
    mkdirSync(dirname(target), { recursive: true })
    renameSync(source, target)
  }
}
