/** The page docs/architecture.md speaks of files that exist, and of every area of src. */
import { describe, expect, it } from 'vitest'
import { exists, foldersIn, textOf } from './project-files.js'

const PAGE = 'docs/architecture.md'

describe('docs/architecture.md', () => {
  it('names only paths that exist', () => {
    const paths = pathsIn(textOf(PAGE))

    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => !exists(path) && !exists(`src/${path}`))).toEqual([])
  })

  it('shows every area of src', () => {
    const page = textOf(PAGE)

    expect(foldersIn('src').filter((area) => !new RegExp(`\\b${area}/`).test(page))).toEqual([])
  })
})

describe('a path on the page', () => {
  it('is code that has a slash and ends in a file or a folder', () => {
    const page =
      'Open `task/enqueue.ts`, `src/app.ts` and `broker/amqp/`; not `delay()`, `a/b` or `*.ts` or `amqp://x/y.z`.'

    expect(pathsIn(page)).toEqual(['task/enqueue.ts', 'src/app.ts', 'broker/amqp/'])
  })
})

/** In code spans and code blocks: paths from the project's folder or from src. */
function pathsIn(page: string): string[] {
  const code = [...page.matchAll(/```[^]*?```|`[^`\n]+`/g)].map(([span]) => span).join('\n')
  const paths = [...code.matchAll(/(?<![\w:/.*…-])([a-z][\w.-]*\/)+([\w-]+(\.[\w-]+)+|(?![\w*.…-]))/g)]
  return [...new Set(paths.map(([path]) => path))]
}
