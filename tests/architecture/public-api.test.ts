/** What the package exports stands in public-api.txt, so that a change of it shows in every review. */
import { join } from 'node:path'
import ts from 'ts6'
import { describe, expect, it } from 'vitest'
import { ROOT } from './project-files.js'

const ENTRY_POINTS = {
  taskalope: 'src/index.ts',
  'taskalope/retry': 'src/decorators/ready-made.ts',
  'taskalope/testing': 'src/testing/index.ts',
}

describe('the public API', () => {
  it('is what public-api.txt lists; `npx vitest run tests/architecture/public-api -u` writes the list anew', async () => {
    const program = ts.createProgram(
      Object.values(ENTRY_POINTS).map((file) => join(ROOT, file)),
      { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: ['node'], noEmit: true },
    )
    const lists = Object.entries(ENTRY_POINTS).map(([name, file]) =>
      [`# ${name}`, ...exportsOf(program, file)].join('\n'),
    )

    await expect(`${lists.join('\n\n')}\n`).toMatchFileSnapshot('public-api.txt')
  }, 60_000)
})

function exportsOf(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(join(ROOT, file))
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) throw new Error(`${file} exports nothing.`)
  return checker
    .getExportsOfModule(module)
    .map((symbol) => `${symbol.name}: ${kindsOf(checker, symbol)}`)
    .toSorted()
}

function kindsOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const kinds = [
    [ts.SymbolFlags.Class, 'class'],
    [ts.SymbolFlags.Function, 'function'],
    [ts.SymbolFlags.Variable, 'value'],
    [ts.SymbolFlags.Enum, 'enum'],
    [ts.SymbolFlags.Interface, 'interface'],
    [ts.SymbolFlags.TypeAlias, 'type'],
  ] as const
  const names = kinds.filter(([flag]) => flags & flag).map(([, kind]) => kind)
  if (names.length === 0) throw new Error(`"${symbol.name}" is exported but declared nowhere.`)
  return names.join(' and ')
}
