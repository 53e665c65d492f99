/** Runs the built bin where no broker is needed, or none is named: help, lists, modules of all kinds, and what is refused. */
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProject, jsonLines, type Project } from './project.js'

const TASKS = `
import { task } from 'taskalope'
export const add = task('add', async (a, b) => a + b)
export const fail = task({ name: 'images.fail', queue: 'images' }, async () => { throw new TypeError('no good') })
`
const TYPED = `
import 'reflect-metadata'
import { Payload, Task, listOf, optional, task } from 'taskalope'
class ImageDto { url!: string }
@task({ name: 'images.process', queue: 'images' })
export class ProcessImage extends Task { async run(@Payload() image: ImageDto, width: number = 100) { return width } }
export const thumb = task({ name: 'thumb', params: [ImageDto, optional(listOf(Number))], returns: String }, async () => 'x')
`

let project: Project

beforeAll(() => {
  project = createProject({
    'tasks.js': TASKS,
    'tasks.ts': TYPED,
    'tsconfig.json':
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, "target": "es2022", "module": "nodenext" } }',
    'app.cjs':
      "const { Taskalope, Registry, task } = require('taskalope')\nexports.app = new Taskalope({ registry: new Registry().add(task('own', () => 1)), defaultQueue: 'mine' })",
    'memory.js':
      "import { Taskalope, task } from 'taskalope'\nexport const app = new Taskalope({ broker: 'memory://' })\nexport const t = task('t', () => 1)",
    'throws.js': '\nfunction deep() {\n  throw new RangeError("no\\nconfig")\n}\ndeep()',
    'throws-text.js': 'throw "only a text"',
    'syntax.js': 'export const a = 1\nconst = 3',
    'syntax.cjs': 'const = 3',
    'syntax.ts': 'const a: = 3',
    'imports-broken.js': 'import "./syntax.js"',
    'no-export.js': 'import { nothing } from "./tasks.js"',
    'no-package.js': 'import "a-package-nobody-has"',
    'twice.js': "import { task } from 'taskalope'\nexport const add = task('add', () => 1)",
    'hangs.js': 'await new Promise(() => {})',
    'none.js': 'export const handler = 1\nexport const config = 2',
    'later.js':
      "import { task } from 'taskalope'\ntask('later', () => 1)\nsetTimeout(() => { throw new Error('nobody catches this') }, 5)\nawait new Promise((resolve) => setTimeout(resolve, 30_000))",
    'many.js':
      "import { task } from 'taskalope'\nfor (let n = 0; n < 20_000; n += 1) task(`task-${n}`, () => 1)",
    'holds.js': "import { task } from 'taskalope'\ntask('holds', () => 1)\nsetInterval(() => {}, 1000)",
    'deep.js': 'import "./deep/0.js"',
  })
  for (let depth = 0; depth < 1000; depth += 1) {
    const text = depth < 999 ? `import './${depth + 1}.js'; import './0.js'` : "import '../tasks.js'"
    project.write(`deep/${depth}.js`, text)
  }
})

afterAll(() => project.remove())

describe('Help', () => {
  it('shows commands, examples, variables and exit codes, at no more than 80 columns', async () => {
    const { exitCode, stdout, stderr } = await project.run(['--help'])

    expect([exitCode, stderr]).toEqual([0, ''])
    for (const word of [
      'worker',
      'list',
      'call',
      'purge',
      'TASKALOPE_BROKER_URL',
      'Exit codes',
      '$ taskalope',
    ]) {
      expect(stdout).toContain(word)
    }
    expect(longestLine(stdout)).toBeLessThanOrEqual(80)
  })

  it.each(['worker', 'list', 'call', 'purge'])('of %s has examples, and fits a terminal', async (command) => {
    const { exitCode, stdout } = await project.run([command, '--help'])

    expect(exitCode).toBe(0)
    expect(stdout).toContain(`$ taskalope ${command}`)
    expect(longestLine(stdout)).toBeLessThanOrEqual(80)
    expect(await project.run(['help', command])).toMatchObject({ exitCode: 0, stdout })
  })

  it('is what comes of no command at all, which is an error', async () => {
    const { exitCode, stdout, stderr } = await project.run([])

    expect([exitCode, stdout]).toEqual([64, ''])
    expect(stderr).toContain('Usage: taskalope')
  })

  it('is not the version', async () => {
    const { exitCode, stdout } = await project.run(['--version'])

    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length))
}

describe('list', () => {
  it('shows the tasks of compiled modules', async () => {
    const { exitCode, stdout, stderr } = await project.run(['list', 'tasks.js'])

    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout.split('\n')).toEqual([
      'TASK         KIND      QUEUE      ARGUMENTS  RETRIES  DECLARED AT',
      'add          function  taskalope  any        none     add (tasks.js:3)',
      'images.fail  function  images     any        none     images.fail (tasks.js:4)',
      '',
    ])
  })

  it('says in words when each task is tried again', async () => {
    project.write(
      'retries.js',
      `import { retry, task } from 'taskalope'
      import { retryOnHttp } from 'taskalope/retry'
      retry({ on: RangeError, max: 2, delay: '20m' })(retry()(task({ name: 'twice', maxRuns: 4 }, () => 1)))
      retryOnHttp([500, 502])(task('http', () => 1))`,
    )

    const table = await project.run(['list', 'retries.js'])
    const json = await project.run(['list', 'retries.js', '--json'])

    expect(table.stdout).toContain(
      'RangeError: 2 × after 20m; any error: 3 ×, 1s…10m exponential, full jitter; 4 runs at most',
    )
    expect(jsonLines(json.stdout)).toMatchObject([
      { name: 'http', retries: ['http: HTTP 500, 502 after Retry-After or 20m: 5 ×'] },
      {
        name: 'twice',
        maxRuns: 4,
        retries: ['RangeError: 2 × after 20m', 'any error: 3 ×, 1s…10m exponential, full jitter'],
      },
    ])
  })

  it('shows the tasks of the app that a module exports, CommonJS included', async () => {
    const { exitCode, stdout } = await project.run(['list', 'app.cjs', '--json'])

    expect(exitCode).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([{ name: 'own', queue: 'mine', kind: 'function' }])
  })

  it('shows the task methods of an exported class, which standard decorators do not register by themselves', async () => {
    project.write(
      'standard.js',
      `import { task } from 'taskalope'
      export class Numbers {
        double(n) { return n * 2 }
        static {
          // What compilers make of @task({ name: 'numbers.double' }) on double().
          const context = { kind: 'method', name: 'double', static: false, private: false, metadata: {}, addInitializer() {} }
          task({ name: 'numbers.double' })(this.prototype.double, context)
          this[Symbol.metadata] = context.metadata
        }
      }`,
    )

    const { exitCode, stdout } = await project.run(['list', 'standard.js', '--json'])

    expect(exitCode).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([{ name: 'numbers.double', kind: 'method' }])
  })

  it('finds modules by pattern, where no shell did', async () => {
    const { exitCode, stdout } = await project.run(['list', './ta?ks.js'])

    expect(exitCode).toBe(0)
    expect(stdout).toContain('images.fail')
  })

  it('loads a thousand modules that import each other in circles', async () => {
    expect(await project.run(['list', 'deep.js'])).toMatchObject({ exitCode: 0 })
  })

  it('ends, although a module keeps a timer', async () => {
    expect(await project.run(['list', 'holds.js'])).toMatchObject({ exitCode: 0 })
  })

  it('ends quietly when nobody reads on', async () => {
    const { stdout, stderr } = await project.shell(
      '{ $TASKALOPE list many.js; echo "exit code $?" >&2; } | head -n 1',
    )

    expect(stdout).toBe('TASK        KIND      QUEUE      ARGUMENTS  RETRIES  DECLARED AT\n')
    expect(stderr).toBe('exit code 0\n')
  })
})

describe.skipIf(!existsSync('/dev/full'))('A list that cannot be written', () => {
  it('is no success', async () => {
    const { exitCode, stderr } = await project.shell('$TASKALOPE list tasks.js > /dev/full')

    expect(exitCode).toBe(70)
    expect(stderr).toContain('ENOSPC')
  })
})

describe('TypeScript', () => {
  it('is refused where nothing compiles it, naming the package', async () => {
    const { exitCode, stderr } = await project.run(['list', 'tasks.ts'])

    expect(exitCode).toBe(78)
    expect(stderr).toContain('ERR_PEER_MISSING: "tasks.ts" is TypeScript, and @oxc-node/core')
    expect(stderr).toContain('npm i -D @oxc-node/core')
  })

  it('is loaded with its types where @oxc-node/core is installed', async () => {
    const typed = createProject({ 'tasks.ts': TYPED, 'broken.ts': 'const a: = 3' })
    typed.write(
      'tsconfig.json',
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, "target": "es2022", "module": "nodenext" } }',
    )
    typed.install('@oxc-node/core')

    const { exitCode, stdout } = await typed.run(['list', 'tasks.ts', '--types'])
    const broken = await typed.run(['list', 'broken.ts'])
    typed.remove()

    expect(exitCode).toBe(0)
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      'images.process  class     (ImageDto, number)               ProcessImage (tasks.ts:5)',
      'thumb           function  (ImageDto, number[]?) => string  thumb (tasks.ts:7)',
    ])
    expect(broken.exitCode).toBe(78)
    expect(broken.stderr).toContain('"broken.ts" does not load.')
  })
})

it.each([
  [['nonsense'], 'Unknown command "nonsense". See taskalope --help.'],
  [['dlq', 'nonsense'], 'Unknown command "nonsense". See taskalope dlq --help.'],
  [['dlq', 'retry', '--nonsense'], 'Unknown option "--nonsense". See taskalope dlq retry --help.'],
  [['dlq', 'show'], 'See taskalope dlq show --help.'],
  [['list', '--nonsense'], 'Unknown option "--nonsense". See taskalope list --help.'],
])('names the page that helps after taskalope %j', async (args, message) => {
  const { exitCode, stderr } = await project.run(args)

  expect(exitCode).toBe(64)
  expect(stderr).toContain(message)
})

describe('A module that cannot be loaded', () => {
  it.each([
    ['throws.js', 'RangeError: no. At FOLDER/throws.js:3:9.'],
    ['throws-text.js', "NonError: 'only a text'."],
    ['syntax.js', "SyntaxError: Unexpected token '='. At FOLDER/syntax.js:2."],
    ['syntax.cjs', "SyntaxError: Unexpected token '='. At FOLDER/syntax.cjs:1."],
    ['imports-broken.js', "SyntaxError: Unexpected token '='. It is in a module that this one imports"],
    ['no-export.js', "does not provide an export named 'nothing'. At FOLDER/no-export.js:1."],
    ['no-package.js', "Cannot find package 'a-package-nobody-has' imported from FOLDER/no-package.js."],
    [
      'twice.js',
      'ERR_TASK_DUPLICATE: Task "add" is declared twice, by add (tasks.js:3) and add (twice.js:2).',
    ],
    ['hangs.js', 'has not finished loading within 1 s'],
    ['http://127.0.0.1:1/tasks.js', 'is a URL, and only files are loaded'],
    ['data:text/javascript,1', 'is a URL'],
    ['node:fs', 'is a URL'],
    ['../nowhere/tasks.js', 'does not exist'],
    ['takss.js', 'Beside it is "tasks.js".'],
  ])('%s ends with 78, and one says why', async (name, why) => {
    const { exitCode, stdout, stderr } = await project.run(['list', 'tasks.js', name, '--load-timeout', '1s'])

    expect([exitCode, stdout]).toEqual([78, ''])
    expect(stderr).toContain(`ERR_MODULE_LOAD: "${name}" `)
    expect(stderr).toContain(why.replaceAll('FOLDER', project.folder))
  })

  it('without tasks is refused with what it exports', async () => {
    const { exitCode, stderr } = await project.run(['worker', 'none.js'])

    expect(exitCode).toBe(78)
    expect(stderr).toContain(
      'ERR_MODULE_LOAD: "none.js" declares no task and exports no Taskalope app. Found: `config`, `handler`.',
    )
  })

  it('is one JSON object on stderr for programs', async () => {
    const { exitCode, stdout, stderr } = await project.run(['list', 'throws.js', '--json'])

    expect([exitCode, stdout]).toEqual([78, ''])
    expect(jsonLines(stderr)).toMatchObject([{ error: { code: 'ERR_MODULE_LOAD', exitCode: 78 } }])
  })

  it('later, outside of anybody’s hands, ends with 70 and the stack', async () => {
    const { exitCode, stderr } = await project.run(['list', 'later.js'])

    expect(exitCode).toBe(70)
    expect(stderr).toMatch(/^Uncaught Error: nobody catches this\n {4}at .*later\.js:3:/)
  })
})

describe('A command that was typed wrongly', () => {
  it.each([
    [['worker', 'tasks.js', '--concurrency', '0']],
    [['worker', 'tasks.js', '--concurrency', '-1']],
    [['worker', 'tasks.js', '--concurrency', 'abc']],
    [['worker', 'tasks.js', '--concurrency', '1e9']],
    [['worker', 'tasks.js', '--queues', '']],
    [['worker', 'tasks.js', '--queues', 'a,,b']],
    [['worker', 'tasks.js', '--queues', 'a,a']],
    [['worker', 'tasks.js', '--shutdown-timeout', '25']],
    [['worker']],
    [['wrker']],
    [['list', '--tipes', 'tasks.js']],
    [['call']],
    [['call', 'add', '[2, x]']],
    [['call', 'add', '{"a": 1}']],
    [['call', 'add', '[]', '--kwargs', '[]']],
    [['call', 'add', '--priority', '10']],
    [['call', 'add', '--countdown', '-5m']],
    [['call', 'add', '--eta', '2031-02-30T00:00:00Z']],
    [['call', 'add', '--countdown', '5s', '--eta', '2031-01-01T00:00:00Z']],
    [['call', 'add\u001b[2J', '[', '--wait']],
    [['purge', 'mail']],
  ])('ends with 64 and one line: %j', async (args) => {
    const { exitCode, stdout, stderr } = await project.run(args)

    expect([exitCode, stdout]).toEqual([64, ''])
    expect(stderr).toMatch(/^ERR_[A-Z_]+: [^\n]+\n$/)
    expect(stderr.trimEnd()).not.toMatch(/\p{Cc}/u)
  })

  it('says what was probably meant, and at which character JSON goes wrong', async () => {
    expect((await project.run(['wrker'])).stderr).toContain('Did you mean worker?')
    expect((await project.run(['list', '--tipes'])).stderr).toContain('Did you mean --types?')
    expect((await project.run(['call', 'add', '[2, x]'])).stderr).toContain('character 4')
    expect((await project.run(['purge', 'mail'])).stderr).toContain('--yes')
  })

  it('is one JSON object on stderr for programs', async () => {
    const { stderr } = await project.run(['worker', '--json', 'tasks.js', '--concurrency', '0'])

    expect(jsonLines(stderr)).toMatchObject([{ error: { code: 'ERR_OPTION_INVALID', exitCode: 64 } }])
  })

  it('shows no password that was typed at the wrong place', async () => {
    const url = 'amqp://me:S3CR3T-CANARY@localhost'

    for (const args of [['list', url], [url], ['worker', 'tasks.js', '--name', 'x', '--brokr', url]]) {
      const { stdout, stderr } = await project.run(args)
      expect(stdout + stderr).not.toContain('CANARY')
    }
  })
})

describe('Without a broker', () => {
  it.each([
    ['a worker', ['worker', 'tasks.js']],
    ['a worker of an app that has the embedded one', ['worker', 'memory.js']],
    ['a call', ['call', 'add', '[2, 3]']],
    ['a call that waits for a task nobody here knows', ['call', 'add', '[2, 3]', '--wait']],
    ['a purge', ['purge', 'mail', '--yes']],
  ])('%s is refused with the line to type', async (_, args) => {
    const { exitCode, stdout, stderr } = await project.run(args)

    expect([exitCode, stdout]).toEqual([78, ''])
    expect(stderr).toMatch(/^ERR_NO_BROKER: No broker is set\./)
    expect(stderr).toContain('\n  export TASKALOPE_BROKER_URL=amqp://')
  })

  it('nothing is made up in production', async () => {
    const { exitCode, stderr } = await project.run(['worker', 'tasks.js'], {
      env: { NODE_ENV: 'production' },
    })

    expect(exitCode).toBe(78)
    expect(stderr).toContain('ERR_NO_BROKER')
  })

  it('a call that waits is carried out in its own process, where the task is loaded', async () => {
    const { exitCode, stdout } = await project.run(['call', 'add', '[2, 3]', '--load', 'tasks.js', '--wait'])

    expect([exitCode, stdout]).toEqual([0, '5\n'])
  })

  it('a call that waits its turn is waited for longer, and runs when it is due', async () => {
    const startedAt = performance.now()
    const options = ['--load', 'tasks.js', '--countdown', '1500ms', '--wait', '1s']

    const { exitCode, stdout, stderr } = await project.run(['call', 'add', '[2, 3]', ...options])

    expect([exitCode, stdout]).toEqual([0, '5\n'])
    expect(stderr).toContain('due in 2s; waiting up to 1s after that.')
    expect(performance.now() - startedAt).toBeGreaterThan(1500)
  })

  it.each([
    ['a countdown beyond what a broker keeps', ['--countdown', '3650d'], 'ERR_DELAY_RANGE'],
    ['a moment in the year 0', ['--eta', '0000-01-01T00:00:00Z'], 'ERR_ETA_INVALID'],
    ['an end before its begin', ['--countdown', '5m', '--expires', '1m'], 'ERR_EXPIRES_BEFORE_ETA'],
  ])('%s is refused as typed wrongly', async (_what, options, code) => {
    const command = ['call', 'add', '[2, 3]', '--load', 'tasks.js', '--wait']

    expect(await project.run([...command, ...options])).toMatchObject({
      ...{ exitCode: 64, stdout: '' },
      stderr: expect.stringContaining(code),
    })
  })

  it('a task that fails there ends with 1', async () => {
    const { exitCode, stdout, stderr } = await project.run([
      'call',
      'images.fail',
      '--load',
      'tasks.js',
      '--wait',
    ])

    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain('ERR_TASK_FAILED: Task "images.fail"')
    expect(stderr).toContain('TypeError: no good')
  })

  it('a worker runs on the embedded broker where that is asked for', async () => {
    const worker = project.start(['worker', 'tasks.js', '--broker', 'memory://'])
    await worker.printed('Ready')

    worker.kill('SIGTERM')

    expect(await worker.ended).toEqual({ exitCode: 0, signal: undefined })
  })

  it.each([
    ['http://localhost', 'has the scheme "http"'],
    ['localhost:5672', 'has no scheme'],
    ['amqp://me:S3CR3T#CANARY@localhost', 'percent-encode'],
    ['amqp://me:S3CR3T%zzCANARY@localhost', 'percent-encode'],
  ])('%s is no place for one', async (url, why) => {
    const { exitCode, stdout, stderr } = await project.run(['worker', 'tasks.js'], {
      env: { TASKALOPE_BROKER_URL: url },
    })

    expect(exitCode).toBe(78)
    expect(stderr).toContain('ERR_BROKER_URL')
    expect(stderr.toLowerCase()).toContain(why)
    expect(stdout + stderr).not.toContain('CANARY')
  })
})
