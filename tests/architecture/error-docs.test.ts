/** Every code an error can carry has its place in docs/reference/errors.md, and nothing else has. */
import { describe, expect, it } from 'vitest'
import { textOf } from './project-files.js'

describe('docs/reference/errors.md', () => {
  it('has a heading, and so an anchor, for every code of src/kernel/errors.ts', () => {
    const headings = documentedCodes()

    expect(codesInSource().filter((code) => !headings.includes(code))).toEqual([])
  })

  it('describes no code that does not exist', () => {
    const codes = codesInSource()

    expect(documentedCodes().filter((code) => !codes.includes(code))).toEqual([])
  })

  it('describes each code once', () => {
    const headings = documentedCodes()

    expect(headings.filter((code, index) => headings.indexOf(code) !== index)).toEqual([])
  })
})

/** The members of the unions `…Code`. */
function codesInSource(): string[] {
  const unions = textOf('src/kernel/errors.ts').matchAll(/export type \w+Code =([^]*?)(?=\n\n|\n\/\*\*|$)/g)
  const codes = [...unions].flatMap(([, members]) =>
    [...(members ?? '').matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code ?? ''),
  )
  expect(codes.length).toBeGreaterThan(30)
  return [...new Set(codes)]
}

/** The codes that are headings of their own: `### ERR_TASK_NAME`, with or without backticks. */
function documentedCodes(): string[] {
  return [...textOf('docs/reference/errors.md').matchAll(/^#{2,5} `?(ERR_[A-Z_]+)`?\s*$/gm)].map(
    ([, code]) => code ?? '',
  )
}
