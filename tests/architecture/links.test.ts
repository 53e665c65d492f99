/** Every relative link in the documents leads to a file that exists, and to a heading in it where it names one. */
import { dirname, join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { exists, pathsOf, textOf } from './project-files.js'

const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter(exists),
  ...['docs', 'examples', 'benchmarks'].flatMap(pathsOf),
].filter((path) => path.endsWith('.md'))

describe('the links of', () => {
  it.each(DOCUMENTS)('%s lead somewhere', (document) => {
    expect(linksOf(textOf(document)).filter((link) => !leadsSomewhere(document, link))).toEqual([])
  })
})

describe('a link', () => {
  it.each(['nowhere.md', '#no-such-heading', 'docs/nowhere/'])('to %s is noticed', (link) => {
    expect(leadsSomewhere('package.json', link)).toBe(false)
  })
})

/** Relative ones only: what lies elsewhere is not ours to keep. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`\n]*`/g, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, link]) => link ?? '')
  return links.filter((link) => !/^[a-z]+:/.test(link))
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : join(dirname(document), path)
  if (!exists(target)) return false
  return anchor === undefined || !target.endsWith('.md')
    ? path !== '' || anchor === ''
    : anchorsOf(textOf(target)).includes(anchor)
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  const prose = text.replaceAll(/```[^]*?```/g, '')
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
