/** What compilers say of a task that is declared wrongly: the mistake itself, and not that of the form of `task` it is taken for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../architecture/project-files.js'

const MISTAKES = [
  {
    mistake: 'an option misspelt before a function',
    code: "export const a = task({ name: 'a', queu: 'mail' }, (x: number) => x)",
    said: "'queu' does not exist",
  },
  {
    mistake: 'an option misspelt in a decorator',
    code: "@task({ queu: 'mail' }) export class B extends Task { run() {} }",
    said: "'queu' does not exist",
  },
  {
    mistake: 'an option of a wrong type',
    code: "export const c = task({ name: 'c', ignoreResult: 'yes' }, (x: number) => x)",
    said: "Type 'string' is not assignable to type 'boolean",
  },
  {
    mistake: 'a function that does not fit its params',
    code: "export const d = task({ name: 'd', params: [String] }, (x: number) => x)",
    said: "Types of parameters 'x' and 'arg' are incompatible",
  },
  {
    mistake: 'a method that does not fit its params',
    code: 'export class E { @task({ params: [String] }) run(x: number) { return x } }',
    said: "'its parameters do not fit `params`'",
  },
  {
    mistake: 'a class without run()',
    code: '@task() export class F { runs() {} }',
    said: "Property 'run' is missing in type 'F'",
  },
  {
    mistake: 'a getter',
    code: 'export class G { @task() get size() { return 1 } }',
    said: "Type 'number' is not assignable to type 'AnyFunction'",
  },
].map((mistake, index) => ({ ...mistake, file: `mistake-${index}.ts` }))

let folder = ''

beforeAll(() => {
  // Inside the project, where `taskalope` is the package that was built.
  mkdirSync(join(ROOT, 'build'), { recursive: true })
  folder = mkdtempSync(join(ROOT, 'build/compile-errors-'))
  const settings = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'], noEmit: true }
  const compilerOptions = { ...settings, experimentalDecorators: true, skipLibCheck: true }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  for (const { file, code } of MISTAKES) {
    writeFileSync(join(folder, file), `import { Task, task } from 'taskalope'\nvoid Task\n${code}\n`)
  }
})

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
})

describe.each(['ts5', 'ts6', 'typescript'])('compiled with %s', (compiler) => {
  let errors: string[] = []

  beforeAll(async () => {
    const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc')
    const { stdout } = await execa('node', [tsc, '-p', folder, '--pretty', 'false'], { reject: false })
    // What belongs to an error is indented below it.
    errors = stdout.split(/\n(?=\S)/)
  })

  it.each(MISTAKES)('one error names $mistake', ({ file, said }) => {
    const found = errors.filter((error) => error.includes(file))

    expect(found).toEqual([expect.stringContaining(said)])
  })
})
