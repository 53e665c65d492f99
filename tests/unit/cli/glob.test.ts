/** Checks which files a pattern finds. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFiles, isGlob } from '../../../src/cli/glob.js'

const FILES = [
  'tasks.js',
  'mail.tasks.js',
  'b[1].js',
  'a/one.js',
  'a/b/two.js',
  'a/b/two.d.ts',
  '.hidden/three.js',
  'node_modules/pkg/four.js',
]

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'taskalope-glob-'))
  for (const file of FILES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), '')
  }
  symlinkSync(folder, join(folder, 'a/loop'))
})

afterAll(() => rmSync(folder, { recursive: true }))

async function found(pattern: string): Promise<string[]> {
  return (await findFiles(pattern, folder)).map((path) => relative(folder, path))
}

describe('A pattern', () => {
  it.each([
    ['*.js', ['b[1].js', 'mail.tasks.js', 'tasks.js']],
    ['*.tasks.js', ['mail.tasks.js']],
    ['./*.tasks.js', ['mail.tasks.js']],
    ['a/*.js', ['a/one.js']],
    ['a/**/*.js', ['a/b/two.js', 'a/one.js']],
    ['**/*.js', ['a/b/two.js', 'a/one.js', 'b[1].js', 'mail.tasks.js', 'tasks.js']],
    ['**/t*.js', ['a/b/two.js', 'tasks.js']],
    ['a/b/two.{js,d.ts}', ['a/b/two.d.ts', 'a/b/two.js']],
    ['a/{b,c}/t?o.js', ['a/b/two.js']],
    ['[tm]*.js', ['mail.tasks.js', 'tasks.js']],
    ['[!t]*.tasks.js', ['mail.tasks.js']],
    ['.hidden/*.js', ['.hidden/three.js']],
    ['*/.hidden/*.js', []],
    ['.*/*.js', []],
    ['node_modules/*/*.js', ['node_modules/pkg/four.js']],
    ['nowhere/*.js', []],
    ['a/*', ['a/loop', 'a/one.js']],
    ['*.+(js)', []],
  ])('%s finds %j', async (pattern, files) => {
    expect(await found(pattern)).toEqual(files)
  })

  it('may be absolute', async () => {
    expect(await found(`${folder}/a/*.js`)).toEqual(['a/one.js'])
  })

  it('is told from a name by the characters that mean something', () => {
    expect(['*.js', 'a?.js', 'a/[bc].js', '{a,b}.js'].map(isGlob)).toEqual([true, true, true, true])
    expect(['tasks.js', './dist/tasks.js', 'a+b(1).js'].map(isGlob)).toEqual([false, false, false])
  })
})
