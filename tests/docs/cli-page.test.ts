/** Checks that docs/reference/cli.md has every command, option and exit code there is, and that pages use no others. */
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/exit-codes.js'
import { createProgram } from '../../src/cli/program.js'
import { textOf } from '../architecture/project-files.js'
import { allPages } from './pages.js'

const page = textOf('docs/reference/cli.md')
const nothing = async () => undefined
const program = createProgram(
  '0.0.0',
  { worker: nothing, list: nothing, call: nothing, purge: nothing, dlq: nothing },
  () => {},
)
const commands = program.commands
  .flatMap((command) => leavesOf(command))
  .map(({ name, command }) => ({
    name,
    flags: command.options.map(({ long, short }) => [long, short].filter(Boolean).join(' ')),
  }))

describe('docs/reference/cli.md', () => {
  it.each(commands)('has $name and its options', ({ name, flags }) => {
    const tables = [...page.matchAll(/<!-- options: (.+) -->\n\n((?:\|.*\n)+)/g)]
      .filter(([, names = '']) => names.split(', ').includes(name))
      .map(([, , table = '']) => table)
    const listed = tables.join('').match(/^\| `.*?(?= +\|)/gm) ?? []

    const rows = listed.map((cell) => cell.slice(2).replaceAll(/[`,]/g, ''))
    expect(rows.toSorted()).toEqual(flags.toSorted())
    expect(page).toMatch(new RegExp(`^(## taskalope ${name}$|\\| \`taskalope ${name} )`, 'm'))
  })

  it('has the exit codes', () => {
    const codes = [...page.matchAll(/^\| (\d+) /gm)].map(([, code]) => Number(code))

    expect(codes).toEqual(Object.values(EXIT))
  })
})

describe('The pages', () => {
  it('use commands and options that exist', () => {
    const used = allPages().flatMap(({ path, text }) =>
      [...text.matchAll(/npx taskalope ((?:dlq )?[a-z]+)([^\n`|]*)/g)].map(([, name = '', rest = '']) => ({
        path,
        name,
        rest,
      })),
    )

    const wrong = used.filter(({ name, rest }) => {
      const command = commands.find((known) => known.name === name)
      const flags = rest.match(/(?<= )--(?!help)[a-z-]+/g) ?? []
      return !command || flags.some((flag) => !command.flags.join(' ').split(' ').includes(flag))
    })
    expect(used.length).toBeGreaterThan(3)
    expect(wrong).toEqual([])
  })
})

/** The commands that do something, with their whole names: `dlq list`. */
function leavesOf(command: Command, prefix = ''): { name: string; command: Command }[] {
  const name = `${prefix}${command.name()}`
  if (command.commands.length === 0) return [{ name, command }]
  return command.commands.flatMap((sub) => leavesOf(sub, `${name} `))
}
