/** Reads the files of this project that the tests of its shape look at. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A file as these tests see it: its path from the project's folder, and its text. */
export interface ProjectFile {
  readonly path: string
  readonly text: string
}

/** Every file of a folder whose name ends like that, in every folder of it, sorted by path. */
export function filesOf(folder: string, ending: string): ProjectFile[] {
  return pathsOf(folder)
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path, text: textOf(path) }))
}

/** The path of every file of a folder, sorted; none where there is no such folder. */
export function pathsOf(folder: string): string[] {
  if (!exists(folder)) return []
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(ROOT.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.includes('node_modules/'))
    .toSorted()
}

/** The names of the folders right inside a folder. */
export function foldersIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

/** A file's text. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Whether there is such a file or folder. */
export function exists(path: string): boolean {
  return existsSync(join(ROOT, path))
}
