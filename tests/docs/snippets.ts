/** The code that pages show, taken from files that tests run. */
import { readFileSync } from 'node:fs'
import { ROOT } from './pages.js'

/**
 * What `path` or `path#region` stands for. A region lies between `// #region name` and `// #endregion name`; several
 * of one name are put one below the other. Without a region it is the file, but for its first sentence.
 */
export function snippet(source: string): string {
  const [path = '', region] = source.split('#')
  const text = readFileSync(`${ROOT}/${path}`, 'utf8')
  return region === undefined ? wholeFile(text) : regionOf(text, region, path)
}

function wholeFile(text: string): string {
  return withoutMarks(text.replace(/^\/\*\*.*\*\/\n/, ''))
}

function regionOf(text: string, region: string, path: string): string {
  const parts = text.split(new RegExp(`^[ \\t]*(?://|#) #(?:end)?region ${region}\\n`, 'm'))
  if (parts.length < 3 || parts.length % 2 === 0) {
    throw new Error(`${path} has no whole region "${region}": // #region ${region} … // #endregion ${region}`)
  }
  return parts
    .filter((_, index) => index % 2 === 1)
    .map((part) => withoutIndent(withoutMarks(part)))
    .join('')
}

/** Regions may overlap; the marks of the others are not shown. */
function withoutMarks(text: string): string {
  return text.replaceAll(/^[ \t]*(?:\/\/|#) #(?:end)?region .*\n/gm, '')
}

function withoutIndent(text: string): string {
  const lines = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const indent = Math.min(...indents)
  return lines.map((line) => line.slice(indent)).join('\n')
}
