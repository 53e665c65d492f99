/** Every file of src says what it is responsible for, and its name does, too. */
import { describe, expect, it } from 'vitest'
import { filesOf, pathsOf } from './project-files.js'

const JUNK_DRAWER = /(^|[/-])(utils?|helpers?|common|misc|shared|manager|impl|info|data)([/.-]|$)/
const FOLDERS_WITH_SENTENCES = ['src', 'tests/support', 'tests/architecture', 'scripts']

const files = FOLDERS_WITH_SENTENCES.flatMap((folder) => [
  ...filesOf(folder, '.ts'),
  ...filesOf(folder, '.mjs'),
])

describe('every file', () => {
  it('opens with one sentence that says what it is responsible for', () => {
    const without = files.filter(({ text }) => !isOneSentence(openingComment(text))).map(({ path }) => path)

    expect(files.length).toBeGreaterThan(50)
    expect(without).toEqual([])
  })

  it('has a name in kebab-case that is no junk drawer', () => {
    const paths = ['src', 'scripts', 'examples', 'benchmarks']
      .flatMap(pathsOf)
      .filter((path) => /\.m?[jt]s$/.test(path))

    expect(paths.filter((path) => JUNK_DRAWER.test(path))).toEqual([])
    expect(paths.filter((path) => !/^[a-z0-9/.-]+$/.test(path))).toEqual([])
  })
})

describe('the opening sentence', () => {
  it.each(['', 'no full stop', 'lower case first.', 'Two sentences. This is the second.'])(
    'is not "%s"',
    (text) => {
      expect(isOneSentence(openingComment(`/** ${text} */\nexport {}\n`))).toBe(false)
    },
  )

  it('is not a comment further down', () => {
    expect(openingComment("import 'x'\n/** Says something. */\n")).toBeUndefined()
  })

  it('may run over lines, and follow the line that makes a file executable', () => {
    const text = '#!/usr/bin/env node\n/**\n * Says what it does,\n * at length.\n */\n'

    expect(openingComment(text)).toBe('Says what it does, at length.')
  })
})

function openingComment(text: string): string | undefined {
  const comment = /^(?:#!.*\n)?\/\*\*([^]*?)\*\//.exec(text)?.[1]
  return comment?.replaceAll(/\n\s*\*? ?/g, ' ').trim()
}

function isOneSentence(comment: string | undefined): boolean {
  return (
    comment !== undefined && /^[A-Z`@]/.test(comment) && comment.endsWith('.') && !/[.!?] [A-Z]/.test(comment)
  )
}
