/** `npm run build`: compiles src to dist, which is swapped in whole, so that nobody who runs it ever sees half of it. */
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

await build()

async function build() {
  const dist = join(ROOT, 'dist')
  // Beside dist, so that the swap is a rename.
  const fresh = join(ROOT, `.dist-${process.pid}`)
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const options = /** @type {const} */ ({ cwd: ROOT, stdio: 'inherit', reject: false })
    const { exitCode } = await execa(
      process.execPath,
      [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh],
      options,
    )
    if (exitCode !== 0) {
      process.exitCode = 1
      return
    }
    makeExecutable(join(fresh, 'cli/main.js'))
    swap(fresh, dist)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** @param {string} file */
function makeExecutable(file) {
  if (existsSync(file)) chmodSync(file, 0o755)
}

/**
 * @param {string} fresh
 * @param {string} dist
 */
function swap(fresh, dist) {
  const old = `${fresh}-old`
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
}
