/** Checks that every table of options, on whatever page, has the members of its type, all of them and no others. */
import { readFileSync } from 'node:fs'
import ts from 'ts6'
import { describe, expect, it } from 'vitest'
import { pathsOf, textOf } from '../architecture/project-files.js'
import { allPages, ROOT } from './pages.js'

const TABLE = /<!-- members: (.+) -->\n\n((?:\|.*\n)+)/g
const tables = allPages().flatMap(({ text }) =>
  [...text.matchAll(TABLE)].map(([, types = '', table = '']) => ({ types, rows: rowsOf(table) })),
)

describe('The tables of options', () => {
  it('are there', () => {
    expect(tables.length).toBeGreaterThan(14)
  })

  it.each(tables)('have the members of $types', ({ types, rows }) => {
    const members = types.split(' ').flatMap((type) => membersOf(type))

    expect(rows.toSorted()).toEqual([...new Set(members)].toSorted())
  })

  it('have every variable of the environment that is read', () => {
    const read = pathsOf('src').flatMap(
      (path) => textOf(path).match(/\[['"](TASKALOPE_\w+|NODE_ENV)['"]\]/g) ?? [],
    )
    const [, listed = ''] =
      /<!-- environment -->\n\n((?:\|.*\n)+)/.exec(textOf('docs/reference/options.md')) ?? []

    expect(rowsOf(listed).toSorted()).toEqual([...new Set(read.map((name) => name.slice(2, -2)))].toSorted())
  })
})

/** The names in code at the beginning of the rows. */
function rowsOf(table: string): string[] {
  return [...table.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name)
}

/** The members of `path#Interface`, or of `path#Interface-without` that one. */
function membersOf(type: string): string[] {
  const [path = '', rest = ''] = type.split('#')
  const [name, without] = rest.split('-')
  const source = ts.createSourceFile(path, readFileSync(`${ROOT}/${path}`, 'utf8'), ts.ScriptTarget.ES2022)
  const found = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name)
  if (!found || !ts.isInterfaceDeclaration(found)) throw new Error(`${path} has no interface ${name}.`)
  const names = found.members.map((member) => (member.name as ts.Identifier).text)
  return names.filter((member) => member !== without)
}
