/** Writes what a command has to say: lines and tables for people, or JSON lines; control characters are never written as they are. */
import { escapeControls } from '../kernel/safe-text.js'
import { layOutTable, type Column } from './text-table.js'

/** Where text goes: process.stdout, process.stderr. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  /** Whether more was written than was read. */
  readonly writableNeedDrain?: boolean
  once?(event: 'drain', listener: () => void): unknown
}

/** How a command speaks. Answers go to stdout; everything else, errors and progress, goes to stderr. */
export interface Output {
  readonly json: boolean
  /** An answer: the fact as one JSON line (a text is JSON already), or the lines for people. */
  tell(fact: object | string, ...lines: readonly string[]): void
  /** Rows of an answer: one JSON line each, or a table for people. */
  table<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[]): void
  /** Resolves once what was told has been read, more or less: whoever tells without end waits for it, or holds all of it in memory. */
  taken(): Promise<void>
  /** What is not an answer: progress, warnings, errors. */
  note(fact: object, ...lines: readonly string[]): void
}

/** An output on these two streams. */
export function createOutput(
  json: boolean,
  streams: { readonly stdout: OutputStream; readonly stderr: OutputStream },
): Output {
  const { stdout, stderr } = streams
  return {
    json,
    tell: (fact, ...lines) => write(stdout, json ? [jsonLine(fact)] : lines),
    taken: () => drained(stdout),
    note: (fact, ...lines) => write(stderr, json ? [jsonLine(fact)] : lines),
    table: (rows, columns) =>
      write(stdout, json ? rows.map((row) => jsonLine(row)) : layOutTable(rows, columns, widthOf(stdout))),
  }
}

/** The JSON text of a fact, on one line. */
export function jsonLine(fact: object | string): string {
  if (typeof fact === 'string') return fact
  return JSON.stringify(fact, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

function write(stream: OutputStream, lines: readonly string[]): void {
  // In JSON, too, what a terminal would obey stands inside of texts only, where an escape means the same.
  if (lines.length > 0) stream.write(lines.map((line) => `${escapeControls(line)}\n`).join(''))
}

function drained(stream: OutputStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableNeedDrain && stream.once) stream.once('drain', resolve)
    else resolve()
  })
}

/** A table that goes to a file or another program is not cut to any width. */
function widthOf(stream: OutputStream): number {
  return stream.isTTY ? (stream.columns ?? 80) : Infinity
}
