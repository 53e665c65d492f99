/** Checks which modules are found and how their app is; what Node itself says of broken ones is in tests/integration/cli. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Taskalope } from '../../../src/app.js'
import { findApp, requireTasks } from '../../../src/cli/find-app.js'
import { loadModules, type LoadedModule } from '../../../src/cli/load-modules.js'
import { moduleFiles } from '../../../src/cli/module-files.js'
import { Registry, task } from '../../../src/index.js'

let folder = ''

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'taskalope-load-')))
  mkdirSync(join(folder, 'sub'))
  const files = {
    'package.json': '{"type":"module"}',
    'good.js': 'export const value = 1',
    'good.mjs': 'export const value = 2',
    'good.cjs': 'exports.value = 3',
    'types.d.ts': '',
    'notes.txt': '',
    'hangs.js': 'await new Promise(() => {})',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
})

afterAll(() => rmSync(folder, { recursive: true }))

async function load(...names: string[]): Promise<LoadedModule[]> {
  return loadModules(await moduleFiles(names, folder), { folder, limitMs: 30_000 })
}

describe('The files of the command line', () => {
  it('are paths and patterns, each file once, in their order', async () => {
    const files = await moduleFiles(['good.mjs', './good.js', 'good.*', join(folder, 'good.js')], folder)

    expect(files.map(({ path }) => path)).toEqual(
      ['good.mjs', 'good.js', 'good.cjs'].map((name) => join(folder, name)),
    )
  })

  it.each([
    ['http://example.org/tasks.js', 'is a URL, and only files are loaded'],
    ['data:text/javascript,1', 'is a URL'],
    ['node:fs', 'is a URL'],
    ['file:///etc/passwd', 'is a URL'],
    ['amqp://me:S3CR3T-CANARY@host', 'is a URL'],
    ['godo.js', 'does not exist'],
    ['godo.js', 'Beside it is "good.js".'],
    ['nowhere/at/all.js', 'Check the path, and whether it has been compiled.'],
    ['sub', 'is a folder. Name its modules: "sub/*.js".'],
    ['sub/', 'Name its modules: "sub/*.js".'],
    ['notes.txt', 'is no module that can be loaded'],
    ['types.d.ts', 'is no module that can be loaded'],
    ['*.txt', 'matches no module'],
    ['none-*.js', 'matches no module'],
  ])('%s: %s', async (name, words) => {
    const refusal = await moduleFiles([name], folder).catch((error: unknown) => error)

    expect(refusal).toMatchObject({ code: 'ERR_MODULE_LOAD' })
    expect((refusal as Error).message).toContain(words)
    expect((refusal as Error).message).not.toContain('CANARY')
  })
})

describe('Loading', () => {
  it('takes ES modules and CommonJS', async () => {
    const modules = await load('good.js', 'good.mjs', 'good.cjs')

    expect(modules.map(({ exports }) => exports['value'])).toEqual([1, 2, 3])
  })

  it('ends with an error when a module never finishes', async () => {
    const files = await moduleFiles(['good.js', 'hangs.js'], folder)

    await expect(loadModules(files, { folder, limitMs: 200 })).rejects.toThrow(
      /^"hangs\.js" has not finished loading within 0\.2 s: .*--load-timeout\.$/,
    )
  })
})

describe('The app', () => {
  const module = (shown: string, exports: Record<string, unknown>): LoadedModule => ({
    file: { shown, path: `/${shown}` },
    exports,
  })

  it('is what a module exports as `app` or by default, also from CommonJS', () => {
    const app = new Taskalope()

    expect(findApp([module('a.js', { x: 1 }), module('b.js', { app })])).toBe(app)
    expect(findApp([module('a.js', { default: app })])).toBe(app)
    expect(findApp([module('a.cjs', { default: { app } })])).toBe(app)
    expect(findApp([module('a.js', { app, default: app }), module('b.js', { app })])).toBe(app)
  })

  it('is one, not two', () => {
    const modules = [module('a.js', { app: new Taskalope() }), module('b.js', { app: new Taskalope() })]

    expect(() => findApp(modules)).toThrow(/^"a\.js" and "b\.js" export different Taskalope apps/)
  })

  it('without any task is refused, with what was found instead', () => {
    const app = new Taskalope({ registry: new Registry() })

    expect(() => requireTasks(app, [module('./app.js', { handler: 1, config: 2 })])).toThrow(
      '"./app.js" declares no task and exports no Taskalope app. Found: `handler`, `config`.',
    )
    expect(() => requireTasks(app, [module('a.js', {}), module('b.js', {})])).toThrow(
      '"a.js", "b.js" declare no task and export no Taskalope app. Nothing is exported.',
    )
    expect(() => requireTasks(app, [module('a.js', { app })])).toThrow(
      'The Taskalope app that "a.js" exports knows no task.',
    )
  })

  it('with a task is taken', () => {
    const add = task('cli.add', (a: number, b: number) => a + b)

    expect(() => requireTasks(new Taskalope({ registry: new Registry().add(add) }), [])).not.toThrow()
  })
})
