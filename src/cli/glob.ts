/** Finds the files a pattern means, for shells and process managers that leave that to the program. */
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Whether a path is a pattern and not the name of one file. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path)
}

/**
 * The files that match, absolute and sorted; a relative pattern starts at `folder`. `*` and `?` stay within one folder, `**` spans any number of
 * them, `[ab]` is one of some characters, `{a,b}` one of some texts. What starts with a dot, and node_modules, is found only where the pattern
 * names it; links to folders are not followed.
 */
export async function findFiles(pattern: string, folder: string): Promise<string[]> {
  const segments = splitPath(pattern)
  const firstWild = segments.findIndex(isGlob)
  const root = resolve(folder, [...segments.slice(0, firstWild), ''].join('/'))
  const wanted = segments.slice(firstWild)
  const files = await walk(root, [], new Set(wanted))
  const matches = new RegExp(`^${wanted.map(segmentSource).join('')}$`, 'u')
  return files
    .filter((path) => matches.test(`${path.join('/')}/`))
    .map((path) => resolve(root, ...path))
    .sort()
}

/** A backslash separates folders on Windows only; elsewhere it is a character like any other. */
function splitPath(pattern: string): string[] {
  return pattern.split(process.platform === 'win32' ? /[\\/]/ : '/')
}

async function walk(root: string, below: readonly string[], named: ReadonlySet<string>): Promise<string[][]> {
  const entries = await readdir(resolve(root, ...below), { withFileTypes: true }).catch(() => [])
  const found: string[][] = []
  for (const entry of entries) {
    const path = [...below, entry.name]
    if (isSetApart(entry.name) && !named.has(entry.name)) continue
    if (entry.isDirectory()) found.push(...(await walk(root, path, named)))
    else found.push(path)
  }
  return found
}

function isSetApart(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules'
}

/** The regular expression for one segment of a pattern, the slash behind it included. */
function segmentSource(segment: string): string {
  if (segment === '**') return '(?:[^/]+/)*'
  const tokens = segment.match(/\[[^\]]+\]|\{[^}]*\}|[^]/gu) ?? []
  return `${tokens.map(tokenSource).join('')}/`
}

function tokenSource(token: string): string {
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  if (token.length > 1 && token.startsWith('[')) return characterClass(token.slice(1, -1))
  if (token.length > 1 && token.startsWith('{')) {
    const texts = token.slice(1, -1).split(',')
    return `(?:${texts.map((text) => [...text].map(tokenSource).join('')).join('|')})`
  }
  return token.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

function characterClass(characters: string): string {
  const isNegated = /^[!^]/.test(characters)
  const inside = (isNegated ? characters.slice(1) : characters).replace(/[\\\]^[]/g, '\\$&')
  return `[${isNegated ? '^' : ''}${inside}]`
}
