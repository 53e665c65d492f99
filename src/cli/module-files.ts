/** Finds the module files that were named on the command line: paths and patterns, never URLs. */
import { realpath, stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { DeclarationError } from '../kernel/errors.js'
import { nearestNames } from '../kernel/nearest.js'
import { findFiles, isGlob } from './glob.js'
import { quoted } from './parse-options.js'

/** A file to load. */
export interface ModuleFile {
  /** As it was typed, or found. */
  readonly shown: string
  /** Absolute, links resolved. */
  readonly path: string
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'])
/** Two letters at least: one is a drive of Windows. */
const URL_SCHEME = /^[a-z][a-z0-9+.-]+:/i

/**
 * The files that the arguments mean, in their order, each once. Relative ones start at `folder`.
 * @throws DeclarationError ERR_MODULE_LOAD for what is missing, matches nothing, or is no module
 */
export async function moduleFiles(names: readonly string[], folder: string): Promise<ModuleFile[]> {
  const files = new Map<string, ModuleFile>()
  for (const name of names) {
    for (const file of await filesOf(name, folder)) if (!files.has(file.path)) files.set(file.path, file)
  }
  return [...files.values()]
}

async function filesOf(name: string, folder: string): Promise<ModuleFile[]> {
  if (URL_SCHEME.test(name)) {
    throw cannotLoad(
      `${quoted(name)} is a URL, and only files are loaded. Name a file, such as ./dist/tasks.js.`,
    )
  }
  const path = resolve(folder, name)
  const found = await stat(path).catch(() => undefined)
  if (!found && isGlob(name)) return matches(name, folder)
  if (!found) throw await missing(name, path)
  if (found.isDirectory()) {
    throw cannotLoad(
      `${quoted(name)} is a folder. Name its modules: ${quoted(`${name.replace(/[\\/]+$/, '')}/*.js`)}.`,
    )
  }
  if (isModule(path)) return [{ shown: name, path: await realpath(path) }]
  throw cannotLoad(
    `${quoted(name)} is no module that can be loaded. These can: ${[...EXTENSIONS].join(', ')} files, declarations (.d.ts) not.`,
  )
}

async function matches(pattern: string, folder: string): Promise<ModuleFile[]> {
  const paths = (await findFiles(pattern, folder)).filter(isModule)
  if (paths.length === 0) {
    throw cannotLoad(
      `${quoted(pattern)} matches no module in ${quoted(folder)}. Check the path, and whether it has been compiled.`,
    )
  }
  return Promise.all(paths.map(async (path) => ({ shown: path, path: await realpath(path) })))
}

function isModule(path: string): boolean {
  return EXTENSIONS.has(extname(path)) && !/\.d\.[cm]?ts$/.test(path)
}

async function missing(name: string, path: string): Promise<DeclarationError> {
  const beside = await findFiles(resolve(path, '..', '*'), '').catch(() => [])
  const [nearest] = nearestNames(
    basename(path),
    beside.map((each) => basename(each)),
  )
  const hint = nearest
    ? `Beside it is ${quoted(nearest)}.`
    : 'Check the path, and whether it has been compiled.'
  return cannotLoad(`${quoted(name)} does not exist (${quoted(path)}). ${hint}`)
}

function cannotLoad(message: string): DeclarationError {
  return new DeclarationError('ERR_MODULE_LOAD', message)
}
