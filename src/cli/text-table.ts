/** Lays rows out as aligned columns, within a width if it can: the columns that may are cut, with an ellipsis. */
import { escapeControls } from '../kernel/safe-text.js'

/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  /** May be cut where the table is wider than the terminal: `start` cuts off its beginning, `end` its end. Default: never. */
  readonly cut?: 'start' | 'end'
}

const GAP = '  '
/** A column that is cut keeps at least so much. */
const LEAST_WIDTH = 12

/** The lines of the table, titles first. Nothing is cut when `width` is Infinity. */
export function layOutTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string[] {
  const cells = rows.map((row) => columns.map((column) => escapeControls(column.value(row))))
  const table = [columns.map((column) => column.title), ...cells]
  const widths = fit(
    columns.map((_, index) =>
      table.reduce((most, line) => Math.max(most, widthOfText(line[index] ?? '')), 0),
    ),
    columns,
    width,
  )
  return table.map((line) => layOutLine(line, columns, widths))
}

/** Narrows the widest of the columns that may be cut, again and again, until the table fits or nothing more can be taken. */
function fit<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural]
  const gaps = GAP.length * (widths.length - 1)
  let excess = widths.reduce((sum, each) => sum + each, gaps) - width
  for (; excess > 0; excess -= 1) {
    const candidates = widths.map((each, index) => (columns[index]?.cut ? each : 0))
    const widest = Math.max(...candidates)
    if (widest <= LEAST_WIDTH) return widths
    widths[candidates.indexOf(widest)] = widest - 1
  }
  return widths
}

function layOutLine<Row>(
  line: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string {
  return line
    .map((text, index) => pad(cutTo(text, widths[index] ?? 0, columns[index]?.cut), widths[index] ?? 0))
    .join(GAP)
    .trimEnd()
}

function cutTo(text: string, width: number, side: 'start' | 'end' | undefined): string {
  if (side === undefined || widthOfText(text) <= width) return text
  const characters = [...text]
  while (characters.length > 0 && widthOfText(characters.join('')) > width - 1) {
    if (side === 'start') characters.shift()
    else characters.pop()
  }
  return side === 'start' ? `…${characters.join('')}` : `${characters.join('')}…`
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOfText(text)))
}

/** Characters that take two columns of a terminal: East Asian ones and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu
/** Characters that take none: what combines with the one before. */
const NO_WIDTH = /\p{Mark}|\u200b|\u200d/gu

function widthOfText(text: string): number {
  const wide = text.match(WIDE)?.length ?? 0
  const none = text.match(NO_WIDTH)?.length ?? 0
  return [...text].length + wide - none
}
