/** A project of a user's, in a temporary folder: taskalope installed as from npm, some modules, and the bin to run. */
import { execa } from 'execa'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild, type Child } from '../../support/child.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** What npm installs along with it. */
const DEPENDENCIES = [
  'amqplib',
  'cli-progress',
  'commander',
  'pino',
  'reflect-metadata',
  'class-transformer',
  'class-validator',
]

/** util-linux's way to give a program a terminal. */
export const SCRIPT = '/usr/bin/script'

/** What a command left behind. */
export interface Ended {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What is asked and answered at a terminal. */
export interface Dialog {
  readonly question: string
  readonly answer: string
}

/** How a command is run. */
export interface RunOptions {
  /** Added to an environment without any variable of ours; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Project {
  readonly folder: string
  /** Path of the bin. */
  readonly bin: string
  /** Writes a file, its folders included. */
  write(path: string, text: string): void
  /** Adds a package of this repository to node_modules. */
  install(name: string): void
  /** Runs `taskalope …` to its end, without a terminal. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>
  /** Starts `taskalope …`; it is stopped with the test. */
  start(args: readonly string[], options?: RunOptions): Child
  /** Runs `taskalope …` at a terminal, and types `answer` once `question` is on it. */
  runAtTerminal(args: readonly string[], dialog: Dialog, options?: RunOptions): Promise<Ended>
  /** Runs a shell command in the folder, with `$TASKALOPE` for the bin. */
  shell(command: string, options?: RunOptions): Promise<Ended>
  remove(): void
}

/** A new project; the library has to be built, as `npm test` does. */
export function createProject(files: Readonly<Record<string, string>> = {}): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'taskalope-cli-')))
  const bin = join(folder, 'node_modules/taskalope/dist/cli/main.js')
  installLibrary(folder)
  const project = projectIn(folder, bin)
  project.write('package.json', '{ "type": "module" }')
  for (const [path, text] of Object.entries(files)) project.write(path, text)
  return project
}

function installLibrary(folder: string): void {
  if (!existsSync(join(ROOT, 'dist/cli/main.js'))) throw new Error('The library is not built: npm run build')
  cpSync(join(ROOT, 'dist'), join(folder, 'node_modules/taskalope/dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(folder, 'node_modules/taskalope/package.json'))
  for (const name of DEPENDENCIES) link(name, folder)
}

function link(name: string, folder: string): void {
  const place = join(folder, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules', name), place)
}

function projectIn(folder: string, bin: string): Project {
  const surroundings = ({ env = {} }: RunOptions = {}) => ({ cwd: folder, env: { ...WITHOUT_OURS, ...env } })
  return {
    folder,
    bin,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
    install: (name) => link(name, folder),
    async run(args, options) {
      return ended(await execa(process.execPath, [bin, ...args], { ...surroundings(options), ...TO_THE_END }))
    },
    start: (args, options) => startChild(process.execPath, [bin, ...args], surroundings(options)),
    async runAtTerminal(args, { question, answer }, options) {
      const command = [process.execPath, bin, ...args].join(' ')
      const child = execa(SCRIPT, ['-qec', command, '/dev/null'], {
        ...surroundings(options),
        ...TO_THE_END,
        stdin: 'pipe',
      })
      let shown = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const wasAsked = shown.includes(question)
        shown += text
        if (!wasAsked && shown.includes(question)) child.stdin.write(answer)
      })
      return ended(await child)
    },
    async shell(command, options) {
      const { cwd, env } = surroundings(options)
      const variables = { ...env, TASKALOPE: `${process.execPath} ${bin}` }
      return ended(await execa('bash', ['-c', command], { cwd, env: variables, ...TO_THE_END }))
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

const TO_THE_END = { reject: false, stdin: 'ignore', timeout: 60_000, stripFinalNewline: false } as const

const WITHOUT_OURS = {
  TASKALOPE_BROKER_URL: undefined,
  NODE_ENV: undefined,
  NODE_OPTIONS: undefined,
  FORCE_COLOR: undefined,
  NO_COLOR: undefined,
}

function ended({ exitCode, stdout, stderr }: { exitCode?: number; stdout: string; stderr: string }): Ended {
  return { exitCode, stdout, stderr }
}

/** Lines of JSON, read. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
