/** Makes TypeScript files loadable, through @oxc-node/core of the project that wants it. */
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DeclarationError } from '../kernel/errors.js'
import type { ModuleFile } from './module-files.js'

const PACKAGE = '@oxc-node/core'

/**
 * Registers a compiler for TypeScript with Node, if one of these files needs it. Only that one emits the types of parameters: Node's own
 * type stripping refuses decorators, and esbuild and tsx leave the types out.
 * @throws DeclarationError ERR_PEER_MISSING where it is not installed
 */
export async function registerTypeScript(files: readonly ModuleFile[], folder: string): Promise<void> {
  const first = files.find(({ path }) => ['.ts', '.mts', '.cts'].includes(extname(path)))
  if (!first) return
  const main = findPackage([first.path, join(folder, 'package.json'), import.meta.url])
  if (main === undefined) {
    throw new DeclarationError(
      'ERR_PEER_MISSING',
      `"${first.shown}" is TypeScript, and ${PACKAGE}, which compiles it while it is loaded, is not installed. Install it (npm i -D ${PACKAGE}), or compile the tasks and name the .js files.`,
    )
  }
  await import(pathToFileURL(join(dirname(main), 'register.mjs')).href)
}

function findPackage(from: readonly string[]): string | undefined {
  for (const place of from) {
    try {
      return createRequire(place).resolve(PACKAGE)
    } catch {
      // Not installed there: the next place may have it.
    }
  }
  return undefined
}
