/** Checks how commands speak: to people in lines and tables, to programs in JSON lines. */
import { describe, expect, it } from 'vitest'
import { createOutput } from '../../../src/cli/output.js'
import type { Column } from '../../../src/cli/text-table.js'
import { keptStream } from './streams.js'

interface Row {
  readonly name: string
  readonly place: string
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'TASK', value: ({ name }) => name },
  { title: 'DECLARED AT', value: ({ place }) => place, cut: 'start' },
]

function outputs(json: boolean, columns?: number) {
  const stdout = keptStream(columns)
  const stderr = keptStream(columns)
  return { stdout, stderr, output: createOutput(json, { stdout, stderr }) }
}

describe('An answer', () => {
  it('is its lines for people, on stdout', () => {
    const { output, stdout, stderr } = outputs(false)

    output.tell({ id: '1' }, 'first', 'second')

    expect(stdout.text()).toBe('first\nsecond\n')
    expect(stderr.text()).toBe('')
  })

  it('is one line of JSON for programs', () => {
    const { output, stdout } = outputs(true)

    output.tell({ id: '1', text: 'two\nlines' }, 'for people')

    expect(stdout.text()).toBe('{"id":"1","text":"two\\nlines"}\n')
  })

  it('that is JSON text already goes out as it is', () => {
    const { output, stdout } = outputs(true)

    output.tell('{"result":9007199254740993}', '9007199254740993')

    expect(stdout.text()).toBe('{"result":9007199254740993}\n')
  })

  it('for people that has no lines writes nothing', () => {
    const { output, stdout } = outputs(false)

    output.tell({ event: 'only for programs' })

    expect(stdout.text()).toBe('')
  })

  it('can neither command a terminal nor forge a line', () => {
    const { output, stdout } = outputs(false)

    output.tell({}, 'a\u001b[31mred\nERR: forged\u202edesrever\u0085')

    expect(stdout.text()).toBe('a\\u001b[31mred\\nERR: forged\\u202edesrever\\u0085\n')
  })

  it('in JSON shows a terminal no control either, and means the same', () => {
    const { output, stdout } = outputs(true)
    const fact = { text: '\u009b31m \u202e \u007f "quoted"' }

    output.tell(fact)

    expect(stdout.text()).not.toMatch(/[\u007f-\u009f\u202e]/)
    expect(JSON.parse(stdout.text())).toEqual(fact)
  })
})

describe('A note', () => {
  it('goes to stderr, as lines or as JSON', () => {
    const people = outputs(false)
    const programs = outputs(true)

    people.output.note({ event: 'waiting' }, 'Waiting.')
    programs.output.note({ event: 'waiting' }, 'Waiting.')

    expect([people.stdout.text(), people.stderr.text()]).toEqual(['', 'Waiting.\n'])
    expect([programs.stdout.text(), programs.stderr.text()]).toEqual(['', '{"event":"waiting"}\n'])
  })
})

describe('A table', () => {
  const rows = [
    { name: 'add', place: 'add (tasks.ts:12)' },
    { name: 'images.process', place: 'ProcessImage (src/jobs/images/process-image.ts:40)' },
  ]

  it('has aligned columns', () => {
    const { output, stdout } = outputs(false)

    output.table(rows, COLUMNS)

    expect(stdout.text().split('\n')).toEqual([
      'TASK            DECLARED AT',
      'add             add (tasks.ts:12)',
      'images.process  ProcessImage (src/jobs/images/process-image.ts:40)',
      '',
    ])
  })

  it('fits the terminal by cutting what may be cut', () => {
    const { output, stdout } = outputs(false, 40)

    output.table(rows, COLUMNS)

    const lines = stdout.text().trimEnd().split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBe(40)
    expect(lines[2]).toBe('images.process  …es/process-image.ts:40)')
  })

  it('is never cut below what can be read, nor in columns that may not be cut', () => {
    const { output, stdout } = outputs(false, 10)

    output.table(rows, COLUMNS)

    expect(stdout.text()).toContain('images.process  …mage.ts:40)\n')
  })

  it('aligns characters of two columns, and those of none', () => {
    const { output, stdout } = outputs(false)

    output.table(
      [
        { name: '画像', place: 'x' },
        { name: 'e\u0301', place: 'x' },
        { name: '🐇', place: 'x' },
      ],
      COLUMNS,
    )

    expect(stdout.text().split('\n').slice(1, 4)).toEqual(['画像  x', 'e\u0301     x', '🐇    x'])
  })

  it('is one JSON object a row for programs', () => {
    const { output, stdout } = outputs(true, 40)

    output.table(rows, COLUMNS)

    expect(
      stdout
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Row),
    ).toEqual(rows)
  })

  it('of a hundred thousand rows is laid out', () => {
    const { output, stdout } = outputs(false)

    output.table(
      Array.from({ length: 100_000 }, (_, index) => ({ name: `t${index}`, place: 'x' })),
      COLUMNS,
    )

    expect(stdout.text().split('\n')).toHaveLength(100_002)
  })
})
