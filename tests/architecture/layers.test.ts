/** The layer rules hold in src, and they notice when somebody breaks them. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkLayers } from '../../scripts/check/layers.mjs'
import { ROOT } from './project-files.js'

// One breach each, as a file of src and what it says.
const BREACHES: Record<string, readonly [file: string, text: string]> = {
  'layer-kernel': ['kernel/upward.ts', "export type { Broker } from '../broker/broker.js'"],
  'contracts-not-implementations': ['worker/knows-which.ts', "import '../broker/memory-broker.js'"],
  'decorators-take-the-handle-only': ['decorators/sends.ts', "import '../task/enqueue.js'"],
  'amqplib-stays-home': ['broker/bypass.ts', "import 'amqplib'"],
  'only-declared-packages': ['broker/undeclared.ts', "import 'execa'"],
  'everything-resolves': ['broker/typo.ts', "import './brokr.js'"],
  'no-cycles': ['kernel/half.ts', "export type { Other } from './other-half.js'\nexport type Half = 1"],
  'areas-are-known': ['new-area/first.ts', "import '../kernel/errors.js'"],
  'app-is-the-top': ['task/reaches-up.ts', "import '../app.js'"],
  'entry-points-are-exits': ['worker/enters.ts', "import '../index.js'"],
  'cli-and-testing-are-leaves': ['worker/tests-itself.ts', "import '../testing/index.js'"],
  'no-orphans': ['kernel/alone.ts', 'export const alone = 1'],
  'no-junk-drawers': ['kernel/opens-drawer.ts', "import './utils.js'"],
}
const COMPANIONS = [
  ['kernel/other-half.ts', "export type { Half as Other } from './half.js'"],
  ['kernel/utils.ts', 'export const anything = 1'],
] as const

describe('the layer rules', { timeout: 60_000 }, () => {
  it('hold in src, every file of which was looked at', async () => {
    expect(await checkLayers()).toEqual({ ok: true, output: '' })
  })

  it('do not hold where no module is seen', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'src'))

    const { ok, output } = await checkLayers(folder)

    expect([ok, output]).toEqual([false, 'No module was looked at.'])
    await rm(folder, { recursive: true })
  })
})

describe('a breach of the layer rules is noticed', () => {
  let folder: string
  let output: string

  beforeAll(async () => {
    folder = await temporaryFolder()
    await cp(join(ROOT, 'src'), join(folder, 'src'), { recursive: true })
    await cp(join(ROOT, 'package.json'), join(folder, 'package.json'))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    for (const [file, text] of [...Object.values(BREACHES), ...COMPANIONS]) await plant(file, text)
    output = (await checkLayers(folder)).output
  })

  afterAll(() => rm(folder, { recursive: true }))

  it.each(Object.entries(BREACHES))('%s', (rule, [file]) => {
    expect(output.split('\n').filter((line) => line.startsWith(`${rule}: src/${file}`))).toHaveLength(1)
  })

  async function plant(file: string, text: string): Promise<void> {
    const path = join(folder, 'src', file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
})

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'taskalope-layers-'))
}
