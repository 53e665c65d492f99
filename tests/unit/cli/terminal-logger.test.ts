/** Checks what people read of a worker's log on a terminal. */
import { describe, expect, it } from 'vitest'
import { terminalLogger } from '../../../src/cli/terminal-logger.js'
import type { LogFields } from '../../../src/kernel/logger.js'
import { keptStream } from './streams.js'

const ID = '1f3c9a02-8a52-4c1e-b1f0-1a2b3c4d5e6f'

function line(fields: LogFields, message: string): string {
  const stream = keptStream(80)
  terminalLogger('debug', stream).info(fields, message)
  return stream.text().replace(/^\d\d:\d\d:\d\d info  /, '')
}

describe('A line for people', () => {
  it('has the time, the level, the task with the start of its id, and the fields', () => {
    const stream = keptStream(80)

    terminalLogger('info', stream).warn(
      { task: 'add', id: ID, attempt: 1, queue: 'q', ms: 12 },
      'task succeeded',
    )

    expect(stream.text()).toMatch(/^\d\d:\d\d:\d\d warn  add\[1f3c9a02\] task succeeded queue=q ms=12\n$/)
  })

  it('shows an id that is no UUID whole, and the attempt from the second on', () => {
    expect(line({ task: 'add', id: 'order-2024-0001', attempt: 2 }, 'x')).toBe(
      'add[order-2024-0001] x attempt=2\n',
    )
  })

  it('tells an error in a few words, with the line of code', () => {
    const told = line({ task: 'add', id: ID, err: new TypeError('no good') }, 'task failed')

    expect(told).toMatch(
      /^add\[1f3c9a02\] task failed: TypeError: no good \(at terminal-logger\.test\.ts:\d+:\d+\)\n$/,
    )
  })

  it('is one line, whatever is in it', () => {
    const told = line(
      { note: 'two\nlines', odd: '\u001b[31m', list: [1, 'a b'], gone: undefined, big: 10n },
      'about\nto \u001b]0;title\u0007',
    )

    expect(told.trimEnd()).not.toMatch(/\p{Cc}/u)
    expect(told).toMatch(/^about\\nto \\u001b\]0;title\\u0007 note="two\\nlines" /)
    expect(told).not.toContain('gone')
  })

  it('survives values that throw when they are looked at', () => {
    const nasty = {
      get x(): never {
        throw new Error('do not look')
      },
    }

    expect(line({ nasty, err: nasty }, 'still here')).toMatch(/^still here: /)
  })
})

describe('The level', () => {
  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('%s lets %d of four kinds through', (level, count) => {
    const stream = keptStream(80)
    const logger = terminalLogger(level, stream)

    for (const kind of ['debug', 'info', 'warn', 'error'] as const) logger[kind]({}, kind)

    expect(stream.text().split('\n').length - 1).toBe(count)
  })
})
