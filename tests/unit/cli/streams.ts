/** A stream that keeps what is written to it, with the shape of a terminal or without. */
import type { OutputStream } from '../../../src/cli/output.js'

export interface KeptStream extends OutputStream {
  /** All that was written. */
  text(): string
}

export function keptStream(columns?: number): KeptStream {
  let text = ''
  return {
    ...(columns === undefined ? {} : { isTTY: true, columns }),
    write: (more) => (text += more),
    text: () => text,
  }
}
