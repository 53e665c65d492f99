/** The folder in which every process of a fault test writes its own lines, and what can be told from them while they grow. */
import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerEvent } from './events.js'

const ENDING = '.jsonl'
const BLOCK_BYTES = 1 << 16

/** All lines of a folder. Each process has a file of its own there, to which it appends. */
export class Ledger {
  readonly folder: string
  readonly #events: LedgerEvent[] = []
  readonly #files = new Map<string, Growing>()
  readonly #accepted = new Set<string>()
  readonly #done = new Set<string>()
  readonly #own: number
  #submitted = 0
  #open = 0
  #runs = 0

  constructor(folder: string) {
    this.folder = folder
    this.#own = openSync(this.fileFor('harness'), 'a')
  }

  /** Where a process writes. */
  fileFor(name: string): string {
    return join(this.folder, `${name}${ENDING}`)
  }

  /** Writes a line of our own. */
  record(event: LedgerEvent): void {
    writeSync(this.#own, `${JSON.stringify(event)}\n`)
  }

  /** Everything written so far, by anybody; each file in its order. */
  events(): readonly LedgerEvent[] {
    this.#readOn()
    return this.#events
  }

  /** How many calls are sent, how many of them were accepted and are not done, and how often a task was entered. */
  progress(): { readonly submitted: number; readonly open: number; readonly runs: number } {
    this.#readOn()
    return { submitted: this.#submitted, open: this.#open, runs: this.#runs }
  }

  close(): void {
    closeSync(this.#own)
  }

  #readOn(): void {
    for (const name of readdirSync(this.folder)) {
      if (!name.endsWith(ENDING)) continue
      const file = this.#files.get(name) ?? new Growing(join(this.folder, name))
      this.#files.set(name, file)
      for (const line of file.newLines()) this.#take(JSON.parse(line) as LedgerEvent)
    }
  }

  #take(event: LedgerEvent): void {
    this.#events.push(event)
    if (event.ev === 'submit') this.#submitted += 1
    if (event.ev === 'start') this.#runs += 1
    if (event.ev === 'accept' && !this.#accepted.has(event.id)) {
      this.#accepted.add(event.id)
      if (!this.#done.has(event.id)) this.#open += 1
    }
    if (event.ev === 'end' && event.last && !this.#done.has(event.id)) {
      this.#done.add(event.id)
      if (this.#accepted.has(event.id)) this.#open -= 1
    }
  }
}

/** A file that is appended to. */
class Growing {
  readonly #path: string
  #position = 0
  #rest = ''

  constructor(path: string) {
    this.#path = path
  }

  /** The lines that are complete since the last time. */
  newLines(): string[] {
    const lines = (this.#rest + this.#read()).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines
  }

  #read(): string {
    const descriptor = openSync(this.#path, 'r')
    const blocks: Buffer[] = []
    try {
      for (;;) {
        const block = Buffer.alloc(BLOCK_BYTES)
        const length = readSync(descriptor, block, 0, BLOCK_BYTES, this.#position)
        if (length === 0) return Buffer.concat(blocks).toString()
        this.#position += length
        blocks.push(block.subarray(0, length))
      }
    } finally {
      closeSync(descriptor)
    }
  }
}
