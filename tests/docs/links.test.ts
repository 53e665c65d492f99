/** Checks that every page can be reached from the README, and that the files and commands it names exist. */
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exists, textOf } from '../architecture/project-files.js'
import { allPages, prose } from './pages.js'

const LINK = /\]\(([^)\s#]+)[^)]*\)/g
const OWN_PATH = /`((?:src|tests|docs|examples|scripts|benchmarks|\.ci)\/[\w./-]+)`/g
const SCRIPT = /npm (?:run (\w+)|(test)\b)/g

/** Files the reader writes. */
const OF_THE_READER = new Set(['src/tasks.ts', 'src/main.ts'])

const pages = allPages()

describe('The pages', () => {
  it.each(pages)('name files that exist: $path', ({ text }) => {
    const named = [...text.matchAll(OWN_PATH)].map(([, path = '']) => path)

    expect(named.filter((path) => !exists(path) && !OF_THE_READER.has(path))).toEqual([])
  })

  it.each(pages)('name scripts that exist: $path', ({ text }) => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(SCRIPT)].map(([, script, test]) => script ?? test ?? '')

    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([])
  })
})

describe('The documentation', () => {
  it('can be reached from the README, page by page', () => {
    const reached = new Set<string>()
    const follow = (page: string) => {
      if (reached.has(page) || !page.endsWith('.md') || !exists(page)) return
      reached.add(page)
      for (const [, target = ''] of prose(textOf(page)).matchAll(LINK)) {
        if (!/^[a-z]+:/.test(target)) follow(posix.join(posix.dirname(page), target))
      }
    }

    follow('README.md')

    const missing = pages
      .map(({ path }) => path)
      .filter((path) => !reached.has(path) && !path.includes('/samples/'))
    expect(missing).toEqual([])
    expect(reached.size).toBeGreaterThan(30)
  })
})
