/** Where a fault test takes place: a broker, a ledger, and the processes that are started, killed and ended there. */
import { execa } from 'execa'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ThrowawayBroker } from '../../scripts/throwaway-broker.mjs'
import { until, type UntilOptions } from '../support/until.js'
import type { FaultKind, LedgerEvent } from './events.js'
import { Ledger } from './ledger.js'
import type { PlannedCall } from './plan.js'
import { readyIn } from './queues.js'

const PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), 'programs')
const TELL_EVERY_MS = 5_000
const POLL_MS = 50

/** What a fault test is given. */
export interface StageOptions {
  /** For the folder of its ledger. */
  readonly name: string
  /** With login and vhost. */
  readonly url: string
  /** The node itself, for tests that kill it. */
  readonly node?: ThrowawayBroker
  /** What the names of this test's queues begin with. */
  readonly namespace: string
  /** Progress, for people. */
  readonly say: (line: string) => void
  /** Ends every wait. */
  readonly signal?: AbortSignal
}

/** A process on the stage. */
export interface Actor {
  readonly name: string
  readonly pid: number
  /** What it printed, both streams. */
  output(): string
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly signal: string | undefined }>
  /** Whether it has ended. */
  readonly gone: boolean
  kill(signal: NodeJS.Signals): void
}

/** The stage. Close it, or its processes stay. */
export class Stage {
  readonly options: StageOptions
  readonly ledger: Ledger
  readonly queue: string
  readonly #actors = new Set<Actor>()
  #closed: Promise<void> | undefined
  #toldAt = 0
  #told = ''

  constructor(options: StageOptions) {
    this.options = options
    this.queue = `${options.namespace}.calls`
    this.ledger = new Ledger(mkdtempSync(join(tmpdir(), `taskalope-faults-${options.name}-`)))
  }

  /** Starts a program of the folder `programs`, with the stage's broker and a ledger file of its own. */
  start(
    program: string,
    options: Readonly<Record<string, unknown>> = {},
    env: Readonly<Record<string, string>> = {},
  ): Actor {
    const { url, namespace } = this.options
    const name = `${program}-${this.#actors.size + 1}`
    const told = { url, namespace, queue: this.queue, ledger: this.ledger.fileFor(name), ...options }
    return this.run(name, [join(PROGRAMS, `${program}.mjs`), JSON.stringify(told)], env)
  }

  /** Starts a worker and waits until it consumes. */
  async startWorker(
    options: Readonly<Record<string, unknown>> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Actor> {
    const worker = this.start('worker', { concurrency: 10, ...options }, env)
    await this.until(() => worker.gone || worker.output().includes('ready\n'), { what: 'a worker is ready' })
    return worker
  }

  /** Starts a sender of these calls. */
  startProducer(
    calls: readonly PlannedCall[],
    options: Readonly<Record<string, unknown>> = {},
    program = 'producer',
  ): Actor {
    const file = join(this.ledger.folder, `calls-${this.#actors.size + 1}.json`)
    writeFileSync(file, JSON.stringify(calls))
    return this.start(program, { calls: file, ...options })
  }

  /** Starts any program for Node. */
  run(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Actor {
    const child = execa(process.execPath, args, {
      env: { TASKALOPE_FAILPOINT: '', ...env },
      stdin: 'pipe',
      all: true,
      buffer: false,
      reject: false,
    })
    let output = ''
    child.all.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    const actor = {
      name,
      pid: child.pid ?? -1,
      output: () => output,
      ended: child.then(({ exitCode, signal }) => {
        actor.gone = true
        return { exitCode, signal }
      }),
      gone: false,
      kill: (signal: NodeJS.Signals) => void child.kill(signal),
    }
    this.#actors.add(actor)
    return actor
  }

  /** Kills a process, in a way it can do nothing against, and writes that down. */
  async kill(actor: Actor, what: FaultKind): Promise<void> {
    actor.kill('SIGKILL')
    this.record({ ev: 'fault', what, pid: actor.pid })
    await actor.ended
  }

  /** Kills the broker; its data stay. */
  async killBroker(): Promise<void> {
    const node = this.#node
    this.record({ ev: 'fault', what: 'broker-kill', pid: node.pid() ?? -1 })
    await node.kill9()
    this.options.say('The broker is killed.')
  }

  /** From its next start on, RabbitMQ tries after this long to move on a dead letter that found no way. */
  setDeadLetterRetry(ms: number): void {
    const setting = `[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, ${ms}}]}].\n`
    writeFileSync(join(this.#node.folder, 'conf/advanced.config'), setting)
  }

  /** How many connections the broker has to this stage, in its own words. */
  connections(): Promise<number> {
    return this.#node.connectionsOf(this.#vhost)
  }

  /** Starts the broker again; resolves when it takes connections. */
  async restartBroker(): Promise<void> {
    await this.#node.restart()
    this.record({ ev: 'up' })
    this.options.say('The broker is back.')
  }

  /** RabbitMQ 3.10 writes the name of a new quorum queue to disk up to two seconds late; killed before that it comes back without the queue's process. */
  async queuesAreOnDisk(names: readonly string[]): Promise<void> {
    const { folder } = this.#node
    const vhost = this.#vhost === '/' ? '%2F' : this.#vhost
    const isOnDisk = (name: string) => {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      const pattern = new RegExp(`${vhost}_${name.replaceAll('.', '\\.')}(?![0-9])`)
      return files
        .filter((path) => path.endsWith('names.dets'))
        .some((path) => pattern.test(readFileSync(join(folder, path), 'latin1')))
    }
    await this.until(() => names.every(isOnDisk), { what: 'the queues themselves are on disk' })
  }

  /** Writes a line into the ledger. */
  record(event: WithoutTime<LedgerEvent>): void {
    this.ledger.record({ t: Date.now(), ...event })
  }

  /** Waits for a condition, telling how far the calls are; default up to 60 s. */
  async until(condition: () => boolean | Promise<boolean>, options: UntilOptions = {}): Promise<void> {
    let interrupted = false
    const isMet = () => {
      interrupted = this.options.signal?.aborted ?? false
      this.#tell()
      return interrupted || condition()
    }
    await until(isMet, { timeoutMs: 60_000, intervalMs: POLL_MS, ...options })
    if (interrupted) throw new Error('Interrupted.')
  }

  /**
   * Waits until every call that was accepted is done, nothing is left in these queues, and nothing has run for `silenceMs`, since copies may
   * come late. Where that does not happen in time it gives up: the ledger tells what is missing.
   */
  async untilQuiet(
    queues: readonly string[],
    { silenceMs = 2_000, timeoutMs = 120_000 } = {},
  ): Promise<void> {
    let [runs, since] = [-1, 0]
    const isQuiet = async () => {
      const progress = this.ledger.progress()
      if (progress.runs !== runs) [runs, since] = [progress.runs, Date.now()]
      if (progress.open > 0 || Date.now() - since < silenceMs) return false
      return (await readyIn(this.options.url, queues)) === 0
    }
    try {
      await this.until(isQuiet, { timeoutMs, what: 'every accepted call is done' })
    } catch (error) {
      if (this.options.signal?.aborted) throw error
      this.options.say(error instanceof Error ? error.message : String(error))
    }
  }

  /** Ends all processes; the ledger stays where it is unless `forget` says otherwise. Only the first call counts. */
  close({ forget = false } = {}): Promise<void> {
    return (this.#closed ??= this.#close(forget))
  }

  async #close(forget: boolean): Promise<void> {
    for (const actor of this.#actors) actor.kill('SIGKILL')
    await Promise.all([...this.#actors].map(({ ended }) => ended))
    this.ledger.close()
    if (forget) rmSync(this.ledger.folder, { recursive: true, force: true })
  }

  get #vhost(): string {
    return decodeURIComponent(new URL(this.options.url).pathname.slice(1)) || '/'
  }

  get #node(): ThrowawayBroker {
    if (!this.options.node) throw new Error('This stage has no node of its own to kill.')
    return this.options.node
  }

  #tell(): void {
    if (performance.now() - this.#toldAt < TELL_EVERY_MS) return
    this.#toldAt = performance.now()
    const { submitted, open, runs } = this.ledger.progress()
    const line = `${submitted} calls sent, ${open} of them open, ${runs} runs.`
    if (submitted > 0 && line !== this.#told) this.options.say(line)
    this.#told = line
  }
}

type WithoutTime<E> = E extends LedgerEvent ? Omit<E, 't'> : never
