/** The pages people read, taken apart: their code blocks and their prose. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** One page. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

/** A fenced block of code, and the snippet comment above it, if there is one. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
  /** `examples/first-task/src/tasks.ts#declare`. */
  readonly source: string | undefined
  readonly line: number
}

/** Every page: those at the top, those in docs and those of the examples. */
export function allPages(): readonly Page[] {
  const paths = ['', 'docs', 'examples'].flatMap((folder) => pathsIn(folder))
  return paths
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, 'utf8') }))
}

const BLOCK = /(?:<!-- snippet: (\S+) -->\n\n?)?^```(\w*)\n([^]*?)^```$/gm

/** The code blocks of a text. */
export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(BLOCK)].map((found) => {
    const [, source, language = '', code = ''] = found
    return { language, code, source, line: text.slice(0, found.index).split('\n').length }
  })
}

/** The same text with the code in its blocks replaced wherever `codeOf` gives some for a block's source. */
export function withCode(text: string, codeOf: (source: string) => string): string {
  return text.replace(BLOCK, (block: string, source: string | undefined, _language: string, code: string) => {
    if (source === undefined) return block
    return `${block.slice(0, block.length - code.length - '```'.length)}${codeOf(source)}\`\`\``
  })
}

/** The text without its code blocks and without code in the line. */
export function prose(text: string): string {
  return text.replace(BLOCK, '').replaceAll(/`[^`\n]*`/g, '')
}

function pathsIn(folder: string): string[] {
  const entries = readdirSync(`${ROOT}/${folder}`, { recursive: folder !== '', encoding: 'utf8' })
  return entries.map((entry) => posix.join(folder, entry.replaceAll('\\', '/'))).toSorted()
}
