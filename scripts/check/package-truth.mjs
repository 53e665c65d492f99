/** Packs the package as npm would and checks what users get: declarations, exports, files and size. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { command, ROOT } from './command.mjs'

const MAX_PACKED_BYTES = 400_000
const MUST_HOLD = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/cli/main.js',
]
const MAY_HOLD =
  /^(dist\/.*\.(js|d\.ts)|package\.json|docs\/reference\/[\w-]+\.md|README\.md|LICENSE|CHANGELOG\.md)$/

/** @type {import('./command.mjs').Command} */
export async function packageTruth() {
  const folder = await mkdtemp(join(tmpdir(), 'taskalope-pack-'))
  try {
    const { filename, files } = await pack(folder)
    const tarball = join(folder, filename)
    const results = [
      contents(files.map(({ path }) => path)),
      await size(tarball),
      await command('publint', 'run', tarball, '--strict')(),
      await command('attw', tarball, '--profile', 'esm-only', '--no-emoji', '--no-color')(),
    ]
    const failed = results.filter(({ ok }) => !ok)
    return { ok: failed.length === 0, output: failed.map(({ output }) => output).join('\n') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} folder
 * @returns {Promise<{ filename: string, files: Array<{ path: string }> }>}
 */
async function pack(folder) {
  // dist was built just before; building it again would take it away from the steps that run beside this one.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await execa('npm', args, { cwd: ROOT })
  return JSON.parse(stdout)[0]
}

/**
 * @param {string[]} files
 * @returns {import('./command.mjs').CommandResult}
 */
function contents(files) {
  const problems = [
    ...MUST_HOLD.filter((file) => !files.includes(file)).map((file) => `The package lacks ${file}.`),
    ...files
      .filter((file) => !MAY_HOLD.test(file))
      .map((file) => `The package holds ${file}, which no user needs.`),
  ]
  return { ok: problems.length === 0, output: problems.join('\n') }
}

/**
 * @param {string} tarball
 * @returns {Promise<import('./command.mjs').CommandResult>}
 */
async function size(tarball) {
  const bytes = (await stat(tarball)).size
  return {
    ok: bytes < MAX_PACKED_BYTES,
    output: `The package has ${bytes} bytes packed; the limit is ${MAX_PACKED_BYTES}.`,
  }
}
