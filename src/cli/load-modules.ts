/** Loads the modules that declare tasks, and says of one that does not load which it is and why. */
import { pathToFileURL } from 'node:url'
import { systemClock } from '../kernel/clock.js'
import { DeclarationError } from '../kernel/errors.js'
import { explainLoadError } from './explain-load-error.js'
import type { ModuleFile } from './module-files.js'
import { registerTypeScript } from './typescript-loader.js'

/** A module, loaded. */
export interface LoadedModule {
  readonly file: ModuleFile
  readonly exports: Readonly<Record<string, unknown>>
}

/** How modules are loaded. */
export interface LoadOptions {
  /** Where to look for the TypeScript compiler of the project. */
  readonly folder: string
  /** How long all of them together may take. */
  readonly limitMs: number
}

/**
 * Loads them one after the other.
 * @throws DeclarationError ERR_MODULE_LOAD, naming the file; ERR_PEER_MISSING
 */
export async function loadModules(
  files: readonly ModuleFile[],
  { folder, limitMs }: LoadOptions,
): Promise<LoadedModule[]> {
  await registerTypeScript(files, folder)
  const deadline = systemClock.monotonic() + limitMs
  const loaded: LoadedModule[] = []
  for (const file of files) {
    const exports = await withinLimit(load(file), deadline, () => tooLong(file, limitMs))
    loaded.push({ file, exports })
  }
  return loaded
}

async function load(file: ModuleFile): Promise<LoadedModule['exports']> {
  try {
    return (await import(pathToFileURL(file.path).href)) as LoadedModule['exports']
  } catch (error) {
    const why = await explainLoadError(error, file.path)
    throw new DeclarationError('ERR_MODULE_LOAD', `"${file.shown}" does not load. ${why}`, { cause: error })
  }
}

function withinLimit<T>(work: Promise<T>, deadline: number, onLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.after(deadline - systemClock.monotonic(), () => reject(onLate()))
    work.then(resolve, reject).finally(() => timer.stop())
  })
}

function tooLong({ shown }: ModuleFile, limitMs: number): DeclarationError {
  return new DeclarationError(
    'ERR_MODULE_LOAD',
    `"${shown}" has not finished loading within ${limitMs / 1000} s: it, or a module it imports, waits at its top level (\`await\`) for something that does not come. A module that needs longer gets it with --load-timeout.`,
  )
}
