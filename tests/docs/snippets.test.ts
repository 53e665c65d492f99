/** Checks that the code on every page is the code in files that tests run; `UPDATE_SNIPPETS=1 npx vitest run tests/docs` copies it there. */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allPages, codeBlocks, ROOT, withCode } from './pages.js'
import { snippet } from './snippets.js'

const CODE = ['ts', 'js', 'typescript', 'javascript', 'json', 'py', 'python']
if (process.env['UPDATE_SNIPPETS']) {
  for (const page of allPages()) {
    writeFileSync(`${ROOT}/${page.path}`, withCode(page.text, snippet))
  }
}

describe('Code on the pages', () => {
  const blocks = allPages().flatMap(({ path, text }) =>
    codeBlocks(text).map((block) => ({ ...block, where: `${path}:${block.line}` })),
  )
  const sourced = blocks.filter((block) => block.source !== undefined)

  it('has a source wherever it is a program', () => {
    const orphans = blocks.filter(({ language, source }) => CODE.includes(language) && source === undefined)

    expect(orphans.map(({ where }) => where)).toEqual([])
    expect(sourced.length).toBeGreaterThan(20)
  })

  it.each(sourced)('is at $where what $source says', ({ source = '', code }) => {
    expect(code).toBe(snippet(source))
  })

  it('comes from tests, or from examples whose output is compared', () => {
    const unchecked = sourced.filter(({ source = '' }) => !isRun(source.split('#')[0] ?? ''))

    expect(unchecked.map(({ where, source }) => `${where}: ${source}`)).toEqual([])
  })
})

/** first-task.test.ts runs the first task; run-examples.test.ts every example that has its output beside it. */
function isRun(path: string): boolean {
  if (path.startsWith('tests/') || path.startsWith('examples/first-task/')) return true
  return existsSync(`${ROOT}/${dirname(path)}/expected.txt`)
}
